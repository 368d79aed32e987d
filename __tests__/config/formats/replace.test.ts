// Whatever a file looks like, another reference at one site changes that site alone, and every other byte stays.

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  type ReferenceSite,
  replaceSite,
  type SplitParts,
} from '../../../src/config/references/reference-site.ts';
import type { Reader } from '../../../src/config/references/sources.ts';
import { DOCKERFILE, FIELD, keyReader, LIST, readText } from './read.ts';

const HEX = '0123456789abcdef';
const hex = fc.string({ unit: fc.constantFrom(...HEX), minLength: 64, maxLength: 64 });
const host = fc.constantFrom(
  '',
  'docker.io/',
  'quay.io/',
  'registry.internal:5000/',
  '[::1]:5000/',
  'localhost/',
);
const path = fc.constantFrom('ruby', 'library/ruby', 'a/b/c', 'x--y/z__1', 'acme/app');
// Each would be something else than text in YAML: a number, a truth value, null, a date, a number to the base of 60.
const tag = fc.constantFrom(
  '1',
  '3.10',
  '1e3',
  'true',
  'null',
  '2026-01-01',
  '0x1f',
  '3.4-slim',
  'v1_2',
  'latest',
  '_',
);
const reference = fc.tuple(host, path, tag, fc.option(hex)).map(([registry, name, version, digest]) => {
  return `${registry}${name}:${version}${digest === null ? '' : `@sha256:${digest}`}`;
});
const eol = fc.constantFrom('\n', '\r\n');
const mark = fc.constantFrom('', '\ufeff');

/** How a text may be written after a key and a colon; `indent` is that of the lines below. */
const STYLES: readonly ((text: string, end: string, indent: string) => string)[] = [
  (text) => (text.startsWith('[') ? `"${text}"` : text),
  (text) => `'${text}'`,
  (text) => `"${text}"`,
  (text) => `!!str "${text}"`,
  (text) => `&anchor '${text}' # why: "not"`,
  (text, end, indent) => `"${text.slice(0, 3)}\\${end}${indent}  ${text.slice(3)}"`,
  (text, end, indent) => `>-${end}${indent}  ${text}`,
  (text, end, indent) => `>${end}${indent}   ${text}${end}`,
  (text, end, indent) => `|2-  # why${end}${indent}  ${text}`,
  (text, end, indent) => `|+${end}${end}${indent}  ${text}${end}${end}`,
  (text, end, indent) => `${end}${indent}  # why${end}${indent}  "${text}"`,
];

/** A file, and the references in it, in the order of the text. */
type Written = { readonly text: string; readonly references: readonly string[] };

const styled = fc.record({ reference, style: fc.constantFrom(...STYLES), comment: fc.boolean() });
const items = fc.array(styled, { minLength: 1, maxLength: 6 });

/** A map of references under `I`, at the end of a document of its own. */
const map = fc.tuple(items, eol, mark).map(([list, end, bom]): Written => {
  const lines = list.map(({ reference: written, style, comment }, at) => {
    return `${comment ? `  # a: b:1${end}` : ''}  "k ${at}": ${style(written, end, '  ')}${end}`;
  });
  const text = `${bom}%YAML 1.2${end}---${end}ä: "😀"${end}I:${end}${lines.join('')}z: [1]${end}`;
  return { text, references: list.map((item) => item.reference) };
});

/** Manifests of many documents. */
const manifests = fc.tuple(items, eol, mark).map(([list, end, bom]): Written => {
  const documents = list.map(({ reference: written, style }) => {
    return `a:${end}- b: 1${end}  image: ${style(written, end, '  ')}${end}  c: 2${end}`;
  });
  return { text: bom + documents.join(`---${end}`), references: list.map((item) => item.reference) };
});

/** A flow map in lines of their own, and JSON. */
const flow = fc
  .tuple(fc.array(reference, { minLength: 1, maxLength: 6 }), eol, mark, fc.boolean())
  .map(([list, end, bom, json]): Written => {
    const quote = json ? '"' : "'";
    const lines = list.map((written, at) => `\t"k${at}"${json ? ' ' : ''}: ${quote}${written}${quote}`);
    return { text: `${bom}{"I":${end} {${end}${lines.join(`,${end}`)}}}`, references: list };
  });

const dockerfile = fc.tuple(items, eol, mark).map(([list, end, bom]): Written => {
  const lines = list.map(({ reference: written, comment }, at) => {
    const forms = [
      `from --platform=linux/amd64 \\${end}# c${end} ${written} AS s${at}${end}`,
      `FROM "${written}" as s${at}${end}RUN <<E${end}FROM x${end}E${end}`,
      `FROM scratch${end}COPY --link --from=${written} \\${end} /a /b${end}`,
      `FROM scratch${end}RUN --mount=type=bind,from=${written},target=/x ls${end}`,
      `FROM ${written.slice(0, 3)}\\${end}${written.slice(3)}${end}`,
    ];
    return forms[(at + Number(comment)) % forms.length] ?? '';
  });
  return { text: bom + lines.join(''), references: list.map((item) => item.reference) };
});

const list = fc.tuple(items, eol, mark).map(([all, end, bom]): Written => {
  const lines = all.map(({ reference: written, comment }) =>
    comment ? ` ${written}  # why${end}${end}` : written + end,
  );
  return { text: bom + lines.join(''), references: all.map((item) => item.reference) };
});

/** The references of a text; the sites of a Dockerfile come in the order of the text. */
function read(text: string, reader: Reader): readonly ReferenceSite[] {
  const { sites, mistakes, unmet } = readText(text, reader);
  expect([...mistakes, ...unmet]).toEqual([]);
  return sites;
}

function written(sites: readonly ReferenceSite[]): string[] {
  return sites.map((site) => site.written);
}

describe('another reference at one site', () => {
  it.each<[string, fc.Arbitrary<Written>, Reader]>([
    ['a map', map, keyReader('I')],
    ['manifests', manifests, FIELD],
    ['flow and JSON', flow, keyReader('I')],
    ['a Dockerfile', dockerfile, DOCKERFILE],
    ['a list', list, LIST],
  ])('%s: that site is changed, and every other byte stays', (_name, files, reader) => {
    fc.assert(
      fc.property(files, reference, fc.nat(), ({ text, references }, replacement, pick) => {
        const sites = read(text, reader);
        expect(written(sites)).toEqual(references);
        const at = pick % sites.length;
        const site = sites[at];
        if (site === undefined) return;
        const changed = replaceSite(text, site, replacement);
        const wanted = references.with(at, replacement);
        expect(written(read(changed, reader))).toEqual(wanted);
        expect(changed.startsWith(text.slice(0, site.start))).toBe(true);
        expect(changed.endsWith(text.slice(site.end))).toBe(true);
        // And back again: not one byte is left behind.
        const back = read(changed, reader)[at];
        if (back === undefined || text.slice(site.start, site.end).includes('\n')) return;
        if (back.quoting !== site.quoting || text.slice(site.start, site.end).includes('\\')) return;
        expect(replaceSite(changed, back, references[at] ?? '')).toBe(text);
      }),
      { numRuns: 400 },
    );
  });
});

const part = fc.constantFrom('"', "'", '');
const quoted = (text: string, quote: string) => {
  return quote === '' && /^[\w.-]*[a-z][\w./-]*$/.test(text) && !/^(?:true|null)$|e\d|^0x/.test(text)
    ? text
    : `"${text}"`.replaceAll('"', quote || '"');
};

/** Helm's values and Kustomize's images, with and without parts that may be missing. */
const split = fc
  .record({
    quote: part,
    end: eol,
    bom: mark,
    flowing: fc.boolean(),
    kind: fc.constantFrom('helm', 'bitnami', 'kustomize'),
  })
  .chain(({ quote, end, bom, flowing, kind }) =>
    fc.tuple(tag, fc.option(hex), fc.boolean()).map(([version, digest, last]) => {
      const pin = digest === null ? '' : `sha256:${digest}`;
      const rows = {
        helm: [`repository: ${quoted('acme/app', quote)}`, `tag: "${version}${pin === '' ? '' : `@${pin}`}"`],
        bitnami: [
          'registry: quay.io',
          `repository: ${quoted('acme/app', quote)}`,
          `tag: "${version}"`,
          `digest: "${pin}"`,
        ],
        kustomize: [
          'name: app',
          `newName: ${quoted('acme/app', quote)}`,
          `newTag: "${version}"`,
          ...(pin === '' ? [] : [`digest: "${pin}"`]),
        ],
      }[kind];
      const order = last ? rows.toReversed() : rows;
      const lines = flowing
        ? `{ ${order.join(', ')} }`
        : order.map((row) => `${row} # why`).join(`${end}    `);
      const image = kind === 'kustomize' ? `images:${end}  - ${lines}` : `image:${end}    ${lines}`;
      return `${bom}kind: Kustomization${end}${image}${end}z: 1${end}`;
    }),
  );

/** The text without the parts of a site. */
function around(text: string, parts: SplitParts): string {
  const all = [parts.registry, parts.repository, parts.tag, parts.digest].filter((one) => one !== null);
  const inOrder = all.toSorted((a, b) => a.start - b.start);
  return (
    inOrder.map(({ start }, at) => text.slice(inOrder[at - 1]?.end ?? 0, start)).join('·') +
    text.slice(inOrder.at(-1)?.end)
  );
}

it('another reference in parts: all of them say it together, and every other byte stays', () => {
  fc.assert(
    fc.property(split, reference, (text, replacement) => {
      const [site, ...others] = read(text, FIELD);
      if (site === undefined || site.parts === 'whole')
        throw new Error(`no parts in ${JSON.stringify(text)}`);
      expect(others).toEqual([]);
      const changed = replaceSite(text, site, replacement);
      const [reread] = read(changed, FIELD);
      const full = site.parts.registry !== null && !/^[^/]*[.:\]][^/]*\/|^localhost\//.test(replacement);
      expect(reread?.written).toBe(full ? `docker.io/${replacement}` : replacement);
      if (reread === undefined || reread.parts === 'whole') throw new Error('the parts are gone');
      const isAdded = site.parts.digest === null && reread.parts.digest !== null;
      if (isAdded) expect(changed.split(/\r?\n|, /)).toHaveLength(text.split(/\r?\n|, /).length + 1);
      else expect(around(changed, reread.parts)).toBe(around(text, site.parts));
    }),
    { numRuns: 600 },
  );
});
