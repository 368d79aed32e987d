// The walls of the house, as tools/house.ts names them: imports go down, no two files import each other in a circle, a
// room is seen by its face, pure rooms are pure, and the outside world is met in the few files that are named for it.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, it } from '@jest/globals';
import { type Room, TOP, WINGS } from '../tools/house.ts';

const ROOT = join(import.meta.dirname, '..');
const SRC = join(ROOT, 'src');
const MOST_FILES = 8;
const MOST_LINES = 260;

type Place = { readonly wing: string; readonly floor: number; readonly room: Room | null };

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.ts'));
const sources = new Map(files.map((file) => [file, readFileSync(join(SRC, file), 'utf8')]));
const rooms = WINGS.flatMap(({ name, floor, rooms: inside }) =>
  inside.map(
    (room) => [room.name === '' ? name : `${name}/${room.name}`, { wing: name, floor, room }] as const,
  ),
);
const PLACES: ReadonlyMap<string, Place> = new Map<string, Place>([
  ...rooms,
  ['.', { wing: '.', floor: TOP.floor, room: null }],
]);

function placeOf(file: string): Place {
  const place = PLACES.get(dirname(file));
  if (place === undefined) throw new Error(`${file} stands in no room of tools/house.ts`);
  return place;
}

/** The text without its comments. */
function codeOf(text: string): string {
  return text.replace(/^\s*(?:\/\/.*|\/\*[\s\S]*?\*\/)$/gm, '');
}

function importsOf(file: string): string[] {
  const text = sources.get(file) ?? '';
  const found = [...text.matchAll(/(?:from|import\()\s*(?:\/\*.*?\*\/\s*)?'(\.[^']+)'/g)].map(
    (match) => match[1] ?? '',
  );
  return found
    .map((path) => relative(SRC, join(SRC, dirname(file), path)).replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.ts'));
}

const arrows = files.flatMap((file) => importsOf(file).map((to) => [file, to] as const));

it('every file stands in a room, and every room has files', () => {
  expect(files.filter((file) => !PLACES.has(dirname(file)))).toEqual([]);
  expect([...PLACES.keys()].filter((room) => !files.some((file) => dirname(file) === room))).toEqual([]);
});

it('no import goes up or sideways', () => {
  const wrong = arrows.filter(([from, to]) => {
    const [upper, lower] = [placeOf(from), placeOf(to)];
    if (dirname(from) === dirname(to)) return false;
    if (upper.wing !== lower.wing) return upper.floor <= lower.floor;
    return (upper.room?.order ?? 0) <= (lower.room?.order ?? 0);
  });
  expect(wrong).toEqual([]);
});

it('of registry/ the story sees the doors alone', () => {
  const story = ['run/observe', 'run/apply', 'run/modes'];
  const wrong = arrows.filter(
    ([from, to]) =>
      story.includes(dirname(from)) && placeOf(to).wing === 'registry' && dirname(to) !== 'registry/doors',
  );
  expect(wrong).toEqual([]);
});

it('a room is seen by its face, and shows no more than is looked at', () => {
  const seen = new Map<string, Set<string>>();
  for (const [from, to] of arrows) {
    if (dirname(from) === dirname(to)) continue;
    seen.set(dirname(to), (seen.get(dirname(to)) ?? new Set()).add(to.slice(dirname(to).length + 1, -3)));
  }
  const faces = rooms.map(([path, { room }]) => [path, [...room.face].sort()]);
  expect(rooms.map(([path]) => [path, [...(seen.get(path) ?? [])].sort()])).toEqual(faces);
});

it('no files import each other in a circle', () => {
  const left = new Set(files);
  let before = -1;
  while (left.size !== before) {
    before = left.size;
    for (const file of left) if (!importsOf(file).some((to) => left.has(to))) left.delete(file);
  }
  expect([...left]).toEqual([]);
});

it('no room has more files than one takes in at a glance, no file more lines than one reads in one go', () => {
  const full = [...Map.groupBy(files, dirname)].filter(([, inside]) => inside.length > MOST_FILES);
  expect(full).toEqual([]);
  const long = [...sources].filter(([, text]) => text.split('\n').length - 1 > MOST_LINES);
  expect(long.map(([file]) => file)).toEqual([]);
});

it('pure rooms are pure', () => {
  const impure =
    /'node:(?:fs|http|https|net|tls|dns|child_process|timers)[/']|'@actions\/|'@octokit\/|\bprocess\.|\bset(?:Timeout|Interval)\(|\bDate\.now\(|\bnew Date\(\)|\bperformance\.|\bMath\.random\b/;
  const found = files.filter(
    (file) => placeOf(file).room?.pure === true && impure.test(codeOf(sources.get(file) ?? '')),
  );
  expect(found).toEqual([]);
});

it('no exported type has two owners', () => {
  const names = [...sources.values()].flatMap((text) =>
    [...text.matchAll(/^export (?:type|interface|class) (\w+)/gm)].map(([, name]) => name ?? ''),
  );
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
});

it('nothing is exported that only its own file uses', () => {
  const seen = new Set(everywhere().flatMap(([file, text]) => importedNames(file, text)));
  const unused = [...sources].flatMap(([file, text]) =>
    [...text.matchAll(/^export (?:type|class|const|(?:async )?function\*?) (\w+)/gm)]
      .map(([, name]) => name ?? '')
      .filter((name) => !seen.has(`src/${file}: ${name}`) && !seen.has(`src/${file}: *`))
      .map((name) => `${file}: ${name}`),
  );
  expect(unused).toEqual([]);
});

/** Every TypeScript file of the project, by its path from the root. */
function everywhere(): (readonly [string, string])[] {
  return ['src', '__tests__', 'bench', 'tools'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => [`${folder}/${file}`, readFileSync(join(ROOT, folder, file), 'utf8')] as const),
  );
}

/** `src/run/modes/run.ts: run` for each name that a file takes from another, with `*` for a whole file. */
function importedNames(file: string, text: string): string[] {
  const clauses = [
    ...text.matchAll(/^(?:import|export)(?: type)? (\{[^}]*\}|\* as \w+) from '(\.[^']+)'/gm),
    ...text.matchAll(/(\{[^}]*\}|\w+) = (?:await )?import\('(\.[^']+)'\)/g),
  ];
  return clauses.flatMap(([, clause = '', path = '']) => {
    const target = join(dirname(file), path);
    if (!clause.startsWith('{')) return [`${target}: *`];
    const names = [...clause.matchAll(/(?:^|[{,])\s*(?:type )?(\w+)/g)];
    return names.map(([, name]) => `${target}: ${name}`);
  });
}

it.each([
  [
    /'@actions\//,
    ['registry/install/install.ts', 'github/client.ts', 'github/runner.ts', 'inputs.ts', 'input-reader.ts'],
  ],
  [/process\.env/, ['inputs.ts']],
  // Each of these loads megabytes of tables about languages, in every run that comes by.
  [/\bIntl\.|\.toLocale|\.localeCompare/, ['base/text/words.ts']],
])('%s stands only where it belongs', (pattern, allowed) => {
  const found = files.filter((file) => pattern.test(sources.get(file) ?? ''));
  expect(found.filter((file) => !allowed.includes(file))).toEqual([]);
});

it('the bundle has no letter outside ASCII: one beyond Latin-1 would make V8 keep it at twice its size', () => {
  const bundle = readFileSync(join(ROOT, 'dist/index.js'));
  expect(bundle.filter((byte) => byte > 0x7e)).toHaveLength(0);
});

it('the bundle loads undici where it is used, and not at the start of every run', () => {
  const bundle = readFileSync(join(ROOT, 'dist/index.js'), 'latin1');
  const loads = bundle.match(/^(?:const|var) undici(?:_1)? = .*$/gm) ?? [];
  expect(loads.filter((line) => !line.includes('= new Proxy({}, { get: (_, key) => '))).toEqual([]);
  expect(loads).toHaveLength(2);
});
