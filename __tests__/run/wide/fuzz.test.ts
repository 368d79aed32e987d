// Whatever becomes of a report, a merge ends with an answer, says nothing better than without it, and offers nothing new.

import { expect, it } from '@jest/globals';
import { SYNC } from '../../../src/run/modes/sync.ts';
import { type Heard, mergeOver, shardsOf } from './stage.ts';
import { Dice, makeWorld } from './world.ts';

const TEXTS = [
  ...[
    '@everyone',
    '<img src=x onerror=1>',
    '../../../etc/passwd',
    '::error::x',
    '##[add-mask]x',
    'sha256:00',
  ],
  ...[
    `sha256:${'e'.repeat(64)}`,
    'docker.io/evil/evil',
    '9.9',
    '1.4',
    '![x](https://evil.example)',
    '--> <script>',
  ],
  ...[
    '`` ` ``',
    'x'.repeat(20_000),
    'toString',
    'constructor',
    'fresh',
    'failed',
    'no-match',
    'check',
    '1/3',
  ],
];
const VALUES: readonly unknown[] = [true, -1, 0, 1, 7.5, 1e15, 1e300, '', [], {}, [null], { source: 'x' }];

/** The value with one thing in it changed, doubled or gone. */
function spoiled(value: unknown, dice: Dice): unknown {
  if (typeof value === 'string' && dice.chance(0.8)) return dice.one(['', ...TEXTS]);
  if (typeof value === 'number' && dice.chance(0.5)) return value + dice.below(3);
  if (typeof value !== 'object' || value === null || dice.chance(0.05))
    return dice.one([null, ...TEXTS, ...VALUES]);
  if (Array.isArray(value)) {
    const at = dice.below(value.length + 1);
    if (at === value.length) return [...value, dice.one([value[0], ...TEXTS])];
    if (dice.chance(0.2)) return value.toSpliced(at, 1);
    if (dice.chance(0.2)) return [...value, value[at]];
    return value.with(at, spoiled(value[at], dice));
  }
  const keys = Object.keys(value);
  const key = keys[dice.below(keys.length)] ?? 'x';
  const fields = value as Readonly<Record<string, unknown>>;
  if (dice.chance(0.1)) return Object.fromEntries(Object.entries(fields).filter(([name]) => name !== key));
  return { ...fields, [key]: spoiled(fields[key], dice) };
}

const offers = ({ asked }: Heard) =>
  asked
    .filter(({ what }) => what === 'pull-request' || what === 'issue')
    .flatMap(({ offer }) => (offer as { tags: unknown[][] }).tags.map((tag) => JSON.stringify(tag)));
const RANK = ['cancelled', 'failed', 'partial', 'stale', 'deferred', 'synced', 'fresh'];

it('on 400 spoiled reports', async () => {
  const worlds = await Promise.all(
    [3, 4, 5, 8].map(async (seed) => {
      const world = makeWorld(seed);
      return { world, files: await shardsOf(world, SYNC, 3) };
    }),
  );
  const good = await Promise.all(worlds.map(({ world, files }) => mergeOver(world, files)));
  let believed = 0;
  let refused = 0;
  for (let seed = 1; seed <= 400; seed += 1) {
    const dice = new Dice(seed);
    const { world, files } = worlds[seed % worlds.length] ?? { world: makeWorld(1), files: [] };
    const whole = good[seed % worlds.length];
    const bad = files.map((file, at) => {
      return at === 1 ? { ...file, text: JSON.stringify(spoiled(JSON.parse(file.text), dice)) } : file;
    });
    const heard = await mergeOver(world, bad);
    expect(`${seed} ${heard.failed ?? ''}`).not.toContain('internal error');
    expect(RANK).toContain(heard.report.status);
    const words = JSON.stringify([heard.report, heard.outputs]);
    expect(words).not.toMatch(/"::|##\[/);
    const shown = heard.summary.replaceAll(/(`+)[\s\S]*?\1/g, '');
    expect(`${seed} ${shown}`).not.toMatch(/@everyone|<img|<script|evil\.example/);
    // What nobody saw is not offered, but for a tag of a series that the config lists.
    const listed = new Set(whole === undefined ? [] : offers(whole));
    const added = offers(heard).filter((tag) => !listed.has(tag));
    expect(added.filter((tag) => !/"(?:9\.9|1\.4)"/.test(tag))).toEqual([]);
    if (heard.report.notices.some(({ message }) => message.includes('2/3 has no report'))) refused += 1;
    else believed += 1;
  }
  expect([believed > 80, refused > 80]).toEqual([true, true]);
}, 300_000);
