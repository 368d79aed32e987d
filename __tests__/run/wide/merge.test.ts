// Parts of a run, merged: they say what one run says.

import { describe, expect, it } from '@jest/globals';
import type { Report } from '../../../src/report/rows/report.ts';
import { CHECK } from '../../../src/run/modes/check.ts';
import { SYNC } from '../../../src/run/modes/sync.ts';
import { type Heard, mergeOver, registriesOf, runOver, shardsOf } from './stage.ts';
import { makeWorld } from './world.ts';

type Said = Pick<Heard, 'outputs' | 'end' | 'asked'> & { readonly report: object };

/** All that a run says but times, counts of requests, and what it is made of; costs as far as one run knows them. */
function said({ report, outputs, end, asked }: Heard, isPriced: boolean): Said {
  const { milliseconds: _time, usage: _usage, parts: _parts, costs, ...rest } = report;
  const priced = { ...rest, costs: costs === null ? null : { ...costs, pulls: 0 } };
  return { outputs, end, asked, report: isPriced ? priced : unpriced(rest) };
}

/** One run measures 20 images, and so does each part: where there are more, the parts know better. */
function isExact({ costs, newTags, stale }: Report): boolean {
  const totals = [costs?.newTags, costs?.stale, costs?.listed, costs?.patch];
  const own = [...newTags, ...stale].map(({ cost }) => cost);
  return [...totals, ...own].every((cost) => cost === null || cost === undefined || cost.exact);
}

function unpriced(report: Omit<Report, 'milliseconds' | 'usage' | 'parts' | 'costs'>): object {
  const without = <T extends { readonly cost?: unknown }>({ cost: _cost, ...row }: T) => row;
  return { ...report, newTags: report.newTags.map(without), stale: report.stale.map(without) };
}

describe.each([
  ['check', CHECK, 200, 100],
  ['sync', SYNC, 20, 20],
] as const)('in %s', (_name, mode, worlds, leastPriced) => {
  it(`8 shards merged say what one run says, on ${worlds} worlds`, async () => {
    let priced = 0;
    for (let seed = 1; seed <= worlds; seed += 1) {
      const world = makeWorld(seed, { hasBuilds: !mode.values.writes && seed % 2 === 0 });
      const whole = await runOver(world, mode);
      const merged = await mergeOver(world, await shardsOf(world, mode, 8));
      const isPriced = isExact(whole.report);
      if (isPriced) priced += 1;
      try {
        expect(said(merged, isPriced)).toEqual(said(whole, isPriced));
      } catch (cause) {
        throw new Error(`world ${seed}:\n${world.text}\n${cause}`, { cause });
      }
    }
    expect(priced).toBeGreaterThanOrEqual(leastPriced);
  }, 300_000);
});

it.each([
  ['check', CHECK],
  ['sync', SYNC],
] as const)(
  'so do one job a registry, one shard and three, and one report of everything, in %s',
  async (_name, mode) => {
    for (let seed = 201; seed <= 215; seed += 1) {
      const world = makeWorld(seed);
      const whole = await runOver(world, mode);
      const cuts = [
        await shardsOf(world, mode, 1),
        await shardsOf(world, mode, 3),
        await registriesOf(world, mode, registriesIn(world.text)),
      ];
      for (const files of cuts)
        expect(said(await mergeOver(world, files), false)).toEqual(said(whole, false));
      const alone = [{ file: 'report.json', text: JSON.stringify(whole.report) }];
      const merged = said(await mergeOver(world, alone), false);
      // A run that was not narrowed has told the alert itself what is well.
      expect({ ...merged, asked: [] }).toEqual({ ...said(whole, false), asked: [] });
    }
  },
  120_000,
);

function registriesIn(text: string): string[] {
  return [...new Set([...text.matchAll(/source: ([^/]+)/g)].map(([, registry]) => registry ?? ''))];
}
