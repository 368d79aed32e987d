// Pins move on in files of every format: what is read afterwards is what was read before with the bump, and every byte
// that is not of a tag or digest stays. FRESH_MIRROR_EDITS=100000 tries so many.

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type MovedPins, movePins, type PinMove, sitesOf } from '../../../src/config/edit/pins.ts';
import type { ReferenceSite } from '../../../src/config/references/reference-site.ts';
import type { Reader } from '../../../src/config/references/sources.ts';
import { DOCKERFILE, FIELD, keyReader, LIST } from '../formats/read.ts';

const RUNS = Number(process.env.FRESH_MIRROR_EDITS) || 1_500;

const HEX = '0123456789abcdef';
const digest = fc
  .string({ unit: fc.constantFrom(...HEX), minLength: 64, maxLength: 64 })
  .map((hex) => `sha256:${hex}` as const);
const host = fc.constantFrom('', 'docker.io/', 'registry.internal:5000/', '[::1]:5000/', 'localhost/');
const path = fc.constantFrom('ruby', 'a/b/c', 'x--y/z__1', 'latest', 'acme/1.2');
const tag = fc.constantFrom(
  '1',
  '1.2',
  '3.10',
  '1e3',
  'true',
  'null',
  '2026-01-01',
  '3.4-slim',
  'v1_2',
  'latest',
  '_',
);
const pin = fc.record({ host, path, tag, digest });
type Written = { host: string; path: string; tag: string; digest: `sha256:${string}` };
const textOf = (one: Written) => `${one.host}${one.path}:${one.tag}@${one.digest}`;

const eol = fc.constantFrom('\n', '\r\n');
const mark = fc.constantFrom('', '\ufeff');
const quote = fc.constantFrom('"', "'", '');
const quoted = (text: string, sign: string) => (text.startsWith('[') ? `"${text}"` : `${sign}${text}${sign}`);

/** A file in lines, with how it is read; `end` is how its lines end. */
type Made = { readonly lines: (end: string) => string; readonly reader: Reader; readonly name: string };

/** The styles in which a reference is written in one piece behind a key; `indent` is that of the lines below. */
const STYLES: readonly ((text: string, end: string, indent: string) => string)[] = [
  (text) => quoted(text, ''),
  (text) => quoted(text, "'"),
  (text) => quoted(text, '"'),
  (text) => `!!str "${text}"`,
  (text) => `&anchor${text.length} '${text}' # ${text}: "not"`,
  (text, end, indent) => `>-${end}${indent}  ${text}`,
  (text, end, indent) => `|2-  # why${end}${indent}  ${text}`,
  (text, end, indent) => `${end}${indent}  # why${end}${indent}  "${text}"`,
];
const style = fc.constantFrom(...STYLES);
const styled = fc.array(fc.record({ pin, style }), { minLength: 1, maxLength: 5 });

const map = styled.map(
  (all): Made => ({
    name: 'vars.yml',
    reader: keyReader('I'),
    lines: (end) =>
      `ä: "😀"${end}I:${end}${all.map(({ pin: one, style: as }, at) => `  "k ${at}": ${as(textOf(one), end, '  ')}${end}`).join('')}z: [1]${end}`,
  }),
);
const manifests = styled.map(
  (all): Made => ({
    name: 'app.yaml',
    reader: FIELD,
    lines: (end) =>
      all
        .map(({ pin: one, style: as }) => `a:${end}- b: 1${end}  image: ${as(textOf(one), end, '  ')}${end}`)
        .join(`---${end}`),
  }),
);
const json = fc.array(pin, { minLength: 1, maxLength: 5 }).map(
  (all): Made => ({
    name: 'a.json',
    reader: keyReader('I'),
    lines: (end) => `{"I":${end}{${all.map((one, at) => `\t"k${at}" : "${textOf(one)}"`).join(`,${end}`)}}}`,
  }),
);
const template = fc.array(fc.record({ pin, quote }), { minLength: 1, maxLength: 5 }).map(
  (all): Made => ({
    name: 't.yaml',
    reader: FIELD,
    lines: (end) =>
      `{{- if .x }}${end}${all.map(({ pin: one, quote: sign }) => `  - image: ${quoted(textOf(one), sign)}${end}`).join('')}  image: {{ .y }}${end}{{- end }}${end}`,
  }),
);
const dockerfile = fc.array(fc.record({ pin, form: fc.nat(5) }), { minLength: 1, maxLength: 5 }).map(
  (all): Made => ({
    name: 'Dockerfile',
    reader: DOCKERFILE,
    lines: (end) => {
      const bases = all
        .filter(({ form }) => form === 5)
        .map(({ pin: one }, at) => `ARG B${at}="${textOf(one)}" # ${at}${end}`);
      const stages = all.map(({ pin: one, form }, at) => {
        const forms = [
          `from --platform=linux/amd64 \\${end}# c${end} ${textOf(one)} AS s${at}${end}`,
          `FROM "${textOf(one)}" as s${at}${end}RUN <<E${end}FROM ${textOf(one)}${end}E${end}`,
          `FROM scratch${end}COPY --link --from=${textOf(one)} \\${end} /a /b${end}`,
          `FROM scratch${end}RUN --mount=type=bind,from=${textOf(one)},target=/x ls${end}`,
          `FROM ${textOf(one)}${end}# ${textOf(one)}${end}`,
        ];
        return forms[form] ?? '';
      });
      const named = bases.map((_, at) => `FROM \${B${at}}${end}`);
      return [...bases, ...stages, ...named].join('');
    },
  }),
);
const list = fc.array(fc.record({ pin, comment: fc.boolean() }), { minLength: 1, maxLength: 5 }).map(
  (all): Made => ({
    name: 'list.txt',
    reader: LIST,
    lines: (end) =>
      all
        .map(
          ({ pin: one, comment }) =>
            `${comment ? ' ' : ''}${textOf(one)}${comment ? `  # ${textOf(one)}` : ''}${end}`,
        )
        .join(''),
  }),
);
const split = fc
  .record({ pin, quote, flowing: fc.boolean(), last: fc.boolean(), kind: fc.nat(2) })
  .map(({ pin: one, quote: sign, flowing, last, kind }): Made => {
    const rows =
      [
        [`repository: "${one.host}${one.path}"`, `tag: "${one.tag}@${one.digest}"`],
        [
          'registry: quay.io',
          `repository: ${sign}acme/app${sign}`,
          `tag: "${one.tag}"`,
          `digest: ${sign}${one.digest}${sign}`,
        ],
        ['name: app', `newName: ${sign}acme/app${sign}`, `newTag: '${one.tag}'`, `digest: "${one.digest}"`],
      ][kind] ?? [];
    const order = last ? rows.toReversed() : rows;
    const body = (end: string) =>
      flowing ? `{ ${order.join(', ')} }` : order.map((row) => `${row} # why`).join(`${end}    `);
    return {
      name: 'kustomization.yaml',
      reader: FIELD,
      lines: (end) =>
        `${kind === 2 ? `images:${end}  - ${body(end)}` : `image:${end}    ${body(end)}`}${end}z: 1${end}`,
    };
  });

const files = fc.oneof(map, manifests, json, template, dockerfile, list, split);

/** A pin of the file in the shape in which `movePins` is asked. */
function pinOf({ written }: ReferenceSite): PinMove['from'] {
  const [name = '', found = ''] = written.split('@');
  return { tag: name.slice(name.lastIndexOf(':') + 1), digest: found as `sha256:${string}` };
}

/** The text without what may change. */
function bare(text: string, moves: readonly PinMove[]): string {
  const digests = new Set(moves.flatMap(({ from, to }) => [from.digest, to.digest]));
  const tags = new Set(moves.flatMap(({ from, to }) => [from.tag, to.tag]));
  const texts = [...digests].reduce<string>((rest, one) => rest.replaceAll(one, '·'), text);
  return [...tags]
    .sort((a, b) => b.length - a.length)
    .reduce<string>((rest, one) => rest.replaceAll(one, '·'), texts);
}

describe('pins of any file', () => {
  it('move on, and nothing else does', () => {
    fc.assert(
      fc.property(
        files,
        eol,
        mark,
        fc.array(fc.option(fc.record({ tag, digest })), { maxLength: 6 }),
        ({ lines, reader, name }, end, bom, wishes) => {
          const file = { file: name, text: bom + lines(end), readers: [reader] };
          const before = sitesOf(file);
          const moves = new Map(
            before.flatMap((site, at): [number, PinMove][] => {
              const to = wishes[at];
              return !site.readable || to === null || to === undefined
                ? []
                : [[site.start, { from: pinOf(site), to }]];
            }),
          );
          const changed: MovedPins<PinMove> = movePins(file, (site) => moves.get(site.start) ?? null);
          expect(changed.unmoved).toEqual([]);
          const after = sitesOf({ ...file, text: changed.text });
          const wanted = before.map((site) => {
            const move = moves.get(site.start);
            if (move === undefined) return site.written;
            const head = site.written.slice(0, -move.from.tag.length - move.from.digest.length - 1);
            return `${head}${move.to.tag}@${move.to.digest}`;
          });
          expect(after.map(({ written }) => written)).toEqual(wanted);
          expect(after.map(({ quoting }) => quoting)).toEqual(before.map(({ quoting }) => quoting));
          expect(bare(changed.text, [...moves.values()])).toBe(bare(file.text, [...moves.values()]));
          // And back again: not one byte is left behind.
          const returns = new Map(
            after.map((site, at) => [site.start, { site, move: moves.get(before[at]?.start ?? -1) }]),
          );
          const back = movePins({ ...file, text: changed.text }, (site) => {
            const move = returns.get(site.start)?.move;
            return move === undefined ? null : { from: move.to, to: move.from };
          });
          expect(back.text).toBe(file.text);
        },
      ),
      { numRuns: RUNS },
    );
  }, 3_600_000);
});

const OLD = `sha256:${'a'.repeat(64)}` as const;
const NEW = `sha256:${'b'.repeat(64)}` as const;
const MOVE: PinMove = { from: { tag: '1', digest: OLD }, to: { tag: '1', digest: NEW } };
const moved = (text: string, reader: Reader) =>
  movePins({ file: 'f', text, readers: [reader] }, ({ written }) => (written.includes(OLD) ? MOVE : null));

describe('what is not written in one piece', () => {
  it.each<[string, string, Reader]>([
    ['a variable inside', `ARG V=1@${OLD}\nFROM ruby:\${V}\n`, DOCKERFILE],
    ['a line break inside', `FROM ruby\\\n:1@${OLD}\n`, DOCKERFILE],
    ['an escape inside', `image: "ruby\\x3a1@${OLD}"\n`, FIELD],
    [
      'a digest that another reference shares',
      `a:\n  image: { repository: x, tag: "1", digest: &d "${OLD}" }\nb:\n  image: { repository: y, tag: "2", digest: *d }\n`,
      FIELD,
    ],
  ])('%s: is left to a person, with the text to write', (name, text, reader) => {
    const changed =
      name === 'a digest that another reference shares'
        ? movePins({ file: 'f', text, readers: [reader] }, ({ written }) =>
            written.startsWith('x') ? MOVE : null,
          )
        : moved(text, reader);
    expect(changed.text).toBe(text);
    expect(changed.unmoved.map(({ wanted }) => wanted)).toEqual([
      `${name.startsWith('a digest') ? 'x' : 'ruby'}:1@${NEW}`,
    ]);
  });

  it('stops no other pin of the file', () => {
    const changed = moved(`FROM ruby:1@${OLD}\nFROM ruby\\\n:1@${OLD}\n`, DOCKERFILE);
    expect(changed.text).toBe(`FROM ruby:1@${NEW}\nFROM ruby\\\n:1@${OLD}\n`);
    expect(changed.moved).toHaveLength(1);
  });
});

it('a digest that both references share moves for both', () => {
  const text = `a:\n  image: { repository: x, tag: &t "1", digest: &d "${OLD}" }\nb:\n  image: { repository: y, tag: *t, digest: *d }\n`;
  expect(moved(text, FIELD).text).toBe(text.replaceAll(OLD, NEW));
});
