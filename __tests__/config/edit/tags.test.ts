import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Addition, addNewTags, addTags } from '../../../src/config/edit/tags.ts';
import type { Config, Entry } from '../../../src/config/images/config.ts';
import { parseConfig } from '../../../src/config/images/parse.ts';
import { splitList } from '../../../src/config/policies/fields.ts';
import { readYaml } from '../../../src/config/yaml/tree.ts';
import { formatName } from '../../../src/image/names/reference.ts';
import { isNumberPattern } from '../../../src/image/tags/form.ts';

const RUBY = 'docker.io/library/ruby';

/** An addition beside the first place where `beside` is written, or its `nth`. */
function beside(text: string, written: string, tag: string, source = RUBY, nth = 0): Addition {
  const offset = text
    .split(written)
    .slice(0, nth + 1)
    .join(written).length;
  const before = text
    .slice(0, offset)
    .replace(/^\uFEFF/, '')
    .split('\n');
  const column = (before.at(-1)?.length ?? 0) + 1;
  const bare = written.replace(/^['"]|['"]$/g, '').replace(/^.*:/, '');
  return { source, line: before.length, column, beside: bare, tag };
}

function entryOf({ entries }: Config, source: string): Entry {
  const entry = entries.find((one) => formatName(one.source) === source);
  if (entry === undefined) throw new Error(`no entry is of ${source}`);
  return entry;
}

function add(text: string, written: string, ...tags: readonly string[]) {
  return addTags(
    text,
    tags.map((tag) => beside(text, written, tag)),
  );
}

const entry = (tags: string) => `images:\n  - source: ruby\n${tags}`;

describe('a list that cannot be edited', () => {
  it('stops nobody but itself', () => {
    const shared = '- source: ruby\n  tags: &lines ["3.4"]\n  ignore: *lines\n';
    const text = `mirror: a.io/m\nimages:\n${shared}- {source: perl, tags: ["5.4"]}\n- {source: golang, tags: ["1.4"]}\n`;
    const { config } = parseConfig(Buffer.from(text), 'images.yaml');
    const wanted = ['ruby 3.4 3.5', 'perl 5.4 5.5', 'golang 1.4 1.5'].map((row) => {
      const [source = '', listed = '', name = ''] = row.split(' ');
      return { entry: entryOf(config, `docker.io/library/${source}`), beside: listed, tag: name };
    });
    const edited = addNewTags(config, text, text, wanted);
    expect(edited.text).toBe(text.replace('"5.4"', '"5.4", "5.5"').replace('"1.4"', '"1.4", "1.5"'));
    expect(edited.untouched).toEqual([
      { wanted: wanted[0], reason: 'the change would alter the meaning of the file' },
    ]);
  });

  it('leaves `to` of its entry where it is', () => {
    const text = 'mirror: a.io/m\nimages:\n- {source: ruby, to: base/ruby, tags: ["3.4"]}\n';
    const { config } = parseConfig(Buffer.from(text), 'images.yaml');
    const wanted = [{ entry: entryOf(config, RUBY), beside: '3.4', tag: '3.5' }];
    expect(addNewTags(config, text, text, wanted).text).toBe(text.replace('"3.4"', '"3.4", "3.5"'));
  });
});

describe('addTags', () => {
  it.each([
    [
      'double quotes',
      '    tags:\n      - "3.3"\n      - "3.4" # new\n\n      # old\n',
      '"3.4"',
      '      - "3.4" # new\n      - "3.5"\n\n      # old\n',
    ],
    ['single quotes', "    tags:\n    -   '3.4'\n", "'3.4'", "    -   '3.4'\n    -   '3.5'\n"],
    ['plain that is no number', '    tags:\n    - 3.4-slim\n', '3.4-slim', '    - 3.4-slim\n    - "3.5"\n'],
    ['no end of line', '    tags:\n    - "3.4"', '"3.4"', '    - "3.4"\n    - "3.5"'],
    [
      'a list that counts down',
      '    tags:\n    - "3.4"\n    - "3.3"\n',
      '"3.4"',
      '    - "3.5"\n    - "3.4"\n    - "3.3"\n',
    ],
    ['an anchored item', '    tags:\n    - &a "3.4"\n', '"3.4"', '    - &a "3.4"\n    - "3.5"\n'],
    ['a comma list as an item', '    tags:\n    - "3.3, 3.4"\n', '"3.3, 3.4"', null],
    ['flow', '    tags: ["3.3", "3.4"] # two\n', '"3.4"', '["3.3", "3.4", "3.5"] # two\n'],
    ['flow, in between', '    tags: ["3.4", "9.0-x"]\n', '"3.4"', '["3.4", "3.5", "9.0-x"]\n'],
    ['flow that counts down', '    tags: ["3.4", "3.3"]\n', '"3.4"', '["3.5", "3.4", "3.3"]\n'],
    ['flow with a last comma', '    tags: ["3.4",]\n', '"3.4"', '["3.4", "3.5",]\n'],
    [
      'flow over lines',
      '    tags: [\n      "3.3",\n      "3.4" # c\n    ]\n',
      '"3.4"',
      '      "3.4", # c\n      "3.5"\n    ]\n',
    ],
    [
      'flow over lines, last comma',
      '    tags: [\n      "3.4", # c\n    ]\n',
      '"3.4"',
      '      "3.4", # c\n      "3.5",\n    ]\n',
    ],
    [
      'a flow map',
      '    tags: {}\n  - {source: ruby, tags: [3.4-slim]}\n',
      '3.4-slim',
      '{source: ruby, tags: [3.4-slim, "3.5"]}\n',
    ],
    ['a comma list', '    tags: latest, 3.4 # c\n', 'latest, 3.4', null],
  ])('keeps the style: %s', (_name, tags, written, expected) => {
    const text = entry(tags);
    const edited = add(text, written, '3.5');
    if (expected === null) {
      const { untouched } = addTags(text, [{ ...beside(text, written, '3.5'), beside: '3.4' }]);
      expect(untouched).toEqual([]);
    } else {
      expect(edited).toEqual({ text: expect.stringContaining(expected), untouched: [], listed: [] });
    }
  });

  it.each([
    ['    tags: latest,3.4\n', '    tags: latest,3.4,3.5,3.6\n'],
    ["    tags: 'latest, 3.4, x'\n", "    tags: 'latest, 3.4, 3.5, 3.6, x'\n"],
    ['    tags: "3.4"\n', '    tags: "3.4, 3.5, 3.6"\n'],
    ['    tags: [a]\n  - {source: ruby, tags: v3.4}\n', null],
  ])('adds to the comma list %j', (tags, expected) => {
    const text = entry(tags);
    const at = expected === null ? 'v3.4' : (/tags: (.*)/.exec(tags)?.[1] ?? '');
    const two = ['3.5', '3.6'].map((tag) => ({
      ...beside(text, at, tag),
      beside: expected === null ? 'v3.4' : '3.4',
    }));
    const edited = addTags(text, two);
    expect(edited.untouched).toEqual([]);
    expect(edited.text).toContain(expected ?? '{source: ruby, tags: "v3.4, 3.5, 3.6"}');
  });

  it('adds a shorthand beside a shorthand', () => {
    const text = 'images:\r\n  - docker.io/library/ruby:3.4 # x\r\n  - golang:1.25\r\n';
    const edited = addTags(text, [{ ...beside(text, 'docker.io', '3.5'), beside: '3.4' }]);
    expect(edited.text).toBe(
      'images:\r\n  - docker.io/library/ruby:3.4 # x\r\n  - docker.io/library/ruby:3.5\r\n  - golang:1.25\r\n',
    );
  });

  it('adds at the end of a list that is named by its own place', () => {
    const text = entry('    tags: ["3.3", "3.4"]\n');
    const { line, column, ...rest } = beside(text, '["3.3"', '3.5');
    expect(addTags(text, [{ ...rest, line, column, beside: null }]).text).toContain('"3.4", "3.5"]');
  });

  it('tells entries apart that look alike', () => {
    const text = 'images:\n- source: python\n  tags: ["3.4"]\n- source: ruby\n  tags: ["3.4"]\n';
    const edited = addTags(text, [beside(text, '"3.4"', '3.5', RUBY, 1)]);
    expect(edited.text).toBe(text.replace(/\["3.4"\]\n$/, '["3.4", "3.5"]\n'));
  });

  it('keeps a byte order mark, and passes over what is listed', () => {
    const text = `\uFEFF${entry('    tags: ["3.4"]\n')}`;
    expect(add(text, '"3.4"', '3.4', '3.5', '3.5').text).toBe(text.replace('"3.4"', '"3.4", "3.5"'));
    expect(add(text, '"3.4"', '3.4')).toEqual({
      text,
      untouched: [],
      listed: [expect.objectContaining({ tag: '3.4' })],
    });
  });

  const SHARED = 'images:\n- source: ruby\n  tags: &t ["3.4"]\n- source: python\n  tags: *t\n';

  it('follows an alias to a list that one source uses', () => {
    const text = 'images:\n- source: ruby\n  exclude: &t ["3.4"]\n  tags: *t\n';
    expect(add(text, '"3.4"', '3.5').untouched).toEqual([
      { wanted: expect.anything(), reason: 'the change would alter the meaning of the file' },
    ]);
    const same = 'images:\n- source: ruby\n  tags: &t ["3.4"]\n- source: library/ruby\n  tags: *t\n';
    expect(add(same, '"3.4"', '3.5')).toEqual({
      text: same.replace('"]', '", "3.5"]'),
      untouched: [],
      listed: [],
    });
    const alias = 'images:\n- source: python\n  tags: [&v "3.4"]\n- source: ruby\n  tags: [*v , x]\n';
    expect(add(alias, '"3.4"', '3.5').untouched).toHaveLength(1);
  });

  it('changes a shared list only when all who use it want the tag', () => {
    expect(add(SHARED, '"3.4"', '3.5').untouched[0]?.reason).toMatch(/shared by .*ruby and .*python/);
    const both = [beside(SHARED, '"3.4"', '3.5'), beside(SHARED, '"3.4"', '3.5', 'docker.io/library/python')];
    expect(addTags(SHARED, both)).toEqual({
      text: SHARED.replace('"]', '", "3.5"]'),
      untouched: [],
      listed: [],
    });
  });

  it.each([
    [
      'another source',
      entry('    tags: ["3.4"]\n').replace('ruby', 'python'),
      '"3.4"',
      '3.5',
      /another source/,
    ],
    ['no tag', entry('    tags: ["3.4"]\n'), '"3.4"', '"]\n- evil', /is not a valid tag/],
    ['nothing there', entry('    tags: ["3.4"]\n'), 'source', '3.5', /no list at this place/],
    [
      'text over two lines',
      entry('    tags:\n    - >-\n      x-1\n'),
      '>-',
      '3.5',
      /no list at this place|more than one line/,
    ],
    ['a dash of its own', entry('    tags:\n    -\n      "3.4"\n'), '"3.4"', '3.5', /line of its own/],
    ['no YAML', 'images: [', 'images', '3.5', /no list at this place/],
  ])('leaves alone: %s', (_name, text, written, tag, reason) => {
    expect(add(text, written, tag)).toEqual({
      text,
      listed: [],
      untouched: [{ wanted: expect.anything(), reason: expect.stringMatching(reason) }],
    });
  });
});

type Style = 'block' | 'compact' | 'flow' | 'lines' | 'comma' | 'shorthand';
const STYLES: readonly Style[] = ['block', 'compact', 'flow', 'lines', 'comma', 'shorthand'];
// A free-standing N makes a form of a tag, which is refused.
const tag = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,8}$/).filter((one) => !isNumberPattern(one));
const item = fc.record({
  style: fc.constantFrom(...STYLES),
  tags: fc.uniqueArray(tag, { minLength: 1, maxLength: 5 }),
  quote: fc.constantFrom('"', "'", ''),
  note: fc.constantFrom('', ' # note', '   # "a", [b]'),
  gap: fc.constantFrom('', '\n', '# between\n', '      # deep\n'),
  pick: fc.nat(),
  added: fc.uniqueArray(tag, { minLength: 0, maxLength: 3 }),
});
type Item = typeof item extends fc.Arbitrary<infer T> ? T : never;

const plainIsText = (one: string) =>
  typeof (readYaml(Buffer.from(`a: ${one}`), '') as { value?: { a?: unknown } }).value?.a === 'string';
const quoted = ({ quote }: Item, one: string) => {
  const mark = quote === '' && !plainIsText(one) ? '"' : quote;
  return `${mark}${one}${mark}`;
};

function write(one: Item, source: string): string {
  const tags = one.tags.map((name) => quoted(one, name));
  switch (one.style) {
    case 'block':
      return `  - source: ${source}\n    tags:${one.note}\n${tags.map((name) => `      - ${name}${one.note}\n${one.gap}`).join('')}`;
    case 'compact':
      return `  -   tags:\n      -   ${tags.join(`${one.note}\n      -   `)}\n      source: ${source}\n`;
    case 'flow':
      return `  - { source: ${source}, tags: [${tags.join(', ')}] }${one.note}\n`;
    case 'lines':
      return `  - source: ${source}\n    tags: [${one.note}\n      ${tags.join(`,${one.note}\n      `)}${one.note}\n    ]\n`;
    case 'comma':
      return `  - source: ${source}\n    tags: "${one.tags.join(',')}"${one.note}\n`;
    case 'shorthand':
      return `  - "${source}:${one.tags[0]}"${one.note}\n`;
  }
}

/** Every tag of every source, as sets: the order in a list is looked at by the table above. */
function meaning(text: string): Map<string, Set<string>> {
  const yaml = readYaml(Buffer.from(text), 'images.yaml');
  if (yaml.kind === 'unreadable') throw new Error(JSON.stringify(yaml.diagnostics));
  const value = yaml.tree.value as { images: (string | { source: string; tags: string | string[] })[] };
  const result = new Map<string, Set<string>>();
  for (const one of value.images) {
    const [source, tags] =
      typeof one === 'string' ? [one.split(':')[0] ?? '', one.split(':')[1] ?? ''] : [one.source, one.tags];
    result.set(source, new Set([...(result.get(source) ?? []), ...[tags].flat().flatMap(splitList)]));
  }
  return result;
}

/** How many tags are put in; FRESH_MIRROR_EDITS=100000 makes a long run of it, FRESH_MIRROR_SEED another one. */
const EDITS = Number(process.env.FRESH_MIRROR_EDITS) || 1500;
const SEED = Number(process.env.FRESH_MIRROR_SEED) || 20261121;

/** True when `after` is `before` with text put in and nothing taken away. */
function isKept(before: string, after: string): boolean {
  let at = 0;
  for (const character of after) if (character === before[at]) at += 1;
  return at === before.length;
}

/** How many lines of `before` are not in `after`, in their order: the longest common subsequence leaves them out. */
function lostLines(before: readonly string[], after: readonly string[]): number {
  let row = after.map(() => 0);
  for (const line of before) {
    const next: number[] = [];
    for (const [at, other] of after.entries()) {
      const same = line === other ? (row[at - 1] ?? 0) + 1 : 0;
      next.push(Math.max(same, row[at] ?? 0, next[at - 1] ?? 0));
    }
    row = next;
  }
  return before.length - (row.at(-1) ?? 0);
}

it('any config with any new tags: the same and these tags, not a byte lost, every other line as it was', () => {
  let edits = 0;
  const property = fc.property(
    fc.array(item, { minLength: 1, maxLength: 5 }),
    fc.boolean(),
    fc.boolean(),
    (items, crlf, end) => {
      const lines = `# head\nmirror: ghcr.io/acme\nimages:\n${items.map((one, at) => one.gap.trimStart() + write(one, `source${at}`)).join('')}`;
      const text = (end ? lines : lines.trimEnd()).replaceAll('\n', crlf ? '\r\n' : '\n');
      const { config } = parseConfig(Buffer.from(text), 'images.yaml');
      const wanted = items.flatMap((one, at) => {
        const tags = one.style === 'shorthand' ? one.tags.slice(0, 1) : one.tags;
        const chosen = tags[one.pick % tags.length] ?? '';
        return one.added.map((name) => ({
          entry: entryOf(config, `docker.io/library/source${at}`),
          beside: chosen,
          tag: name,
        }));
      });
      const edited = addNewTags(config, text, text, wanted);
      expect(edited.untouched).toEqual([]);
      expect(isKept(text, edited.text)).toBe(true);
      edits += wanted.length;

      const expected = meaning(text);
      for (const one of wanted)
        expected.get(one.entry.source.repository.split('/').at(-1) ?? '')?.add(one.tag);
      expect(meaning(edited.text)).toEqual(expected);

      // Every line of before is still there, in its order, but for a comma or a tag put into it.
      const gone = lostLines(text.split('\n'), edited.text.split('\n'));
      const touchable = items.filter((one) => ['flow', 'comma', 'lines'].includes(one.style)).length;
      expect(gone).toBeLessThanOrEqual(touchable + (end ? 0 : 1));
      if (crlf) expect(edited.text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    },
  );
  fc.assert(property, { numRuns: Math.ceil(EDITS / 3), seed: SEED });
  expect(edits).toBeGreaterThanOrEqual(EDITS);
}, 3_600_000);

it('never throws and never adds anything else, whatever the text is', () => {
  const piece = fc.constantFrom(
    'images:',
    '\n',
    '  ',
    '- ',
    'source: ruby',
    'tags: ',
    '[',
    ']',
    '{',
    '}',
    '"3.4"',
    '&a ',
    '*a',
    ', ',
    '#',
    '|',
    '? ',
    '~',
  );
  const text = fc
    .array(piece, { maxLength: 25 })
    .map((pieces) => `images:\n- source: ruby\n  tags: ${pieces.join('')}`);
  const property = fc.property(
    text,
    fc.integer({ min: 1, max: 6 }),
    fc.integer({ min: 1, max: 20 }),
    (one, line, column) => {
      const edited = addTags(one, [{ source: RUBY, line, column, beside: '3.4', tag: '3.5' }]);
      expect(edited.text === one || (edited.untouched.length === 0 && edited.text.includes('3.5'))).toBe(
        true,
      );
    },
  );
  fc.assert(property, { numRuns: 1000 });
});

describe('addNewTags on another version of the file', () => {
  const seen =
    'mirror: ghcr.io/acme\nimages:\n- source: ruby\n  tags:\n  - "3.4"\n- source: python\n  tags:\n  - "3.4"\n';
  const { config } = parseConfig(Buffer.from(seen), 'images.yaml');
  const ruby = entryOf(config, RUBY);
  const wanted = [{ entry: ruby, beside: '3.4', tag: '3.5' }];
  const ADDED = '- source: ruby\n  tags:\n  - "3.4"\n  - "3.5"\n';

  it.each([
    ['the same', seen],
    ['line ends', seen.replaceAll('\n', '\r\n')],
    ['lines above', `# a\n# b\n${seen}`],
    ['lines below', `${seen}- golang:1.25\n`],
    ['another list below', seen.replace(/- "3.4"\n$/, '- "3.3"\n')],
  ])('finds its lines again: %s', (_name, now) => {
    const edited = addNewTags(config, seen, now, wanted);
    expect(edited.untouched).toEqual([]);
    expect(edited.text.replaceAll('\r\n', '\n')).toContain(ADDED);
  });

  it.each([
    ['the list changed', seen.replace('"3.4"', '"3.3"'), /line 5 differs/],
    ['the source above it changed', seen.replace('source: ruby', 'source: golang'), /another source/],
    ['the file is another one', 'images: []\n', /differs/],
  ])('leaves it alone: %s', (_name, now, reason) => {
    expect(addNewTags(config, seen, now, wanted)).toEqual({
      text: now,
      listed: [],
      untouched: [{ wanted: wanted[0], reason: expect.stringMatching(reason) }],
    });
  });

  it('says what it does not know', () => {
    const unknown = [{ entry: ruby, beside: '9', tag: '10' }];
    expect(addNewTags(config, seen, seen, unknown).untouched[0]?.reason).toBe(
      '9 is not listed for this source',
    );
  });
});
