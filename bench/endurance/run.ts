// The counts behind docs/reliability.md: hundreds of runs that are cancelled, killed, overlapped or fed with faults.
// `npm run endurance` does all of it (about 45 minutes); `npm run endurance -- signals=5 soak=0` does less.

import { toggle } from '../../__tests__/fakes/trials/many-tags.ts';
import {
  killTrial,
  type Moment,
  openStage,
  overlapTrial,
  type Policy,
  type Stage,
  signalTrial,
  type Trial,
} from '../../__tests__/fakes/trials/moments.ts';
import { ENDS, openPhaseStage, PHASES } from '../../__tests__/fakes/trials/phases.ts';
import { loadScenario, play } from '../../__tests__/fakes/trials/scenario.ts';
import { compare } from '../../__tests__/fakes/trials/scenario-compare.ts';
import { soak } from './soak.ts';

const COUNTS = { signals: 50, kills: 200, overlaps: 200, toggles: 10, soak: 1000, scenario: 1, phases: 50 };
/** How many of the random trials have to lie between the first and the last move of a tag. */
const IN_WINDOW = { signals: 20, kills: 60 };

const problems: string[] = [];
const say = (line: string): void => console.log(line);

function countsFrom(args: readonly string[]): typeof COUNTS {
  const given = args.map((arg) => arg.split('=') as [string, string]);
  return { ...COUNTS, ...Object.fromEntries(given.map(([name, value]) => [name, Number(value)])) };
}

/** Two in three trials wait for a move, so that the window is hit; the others strike at any moment of a run. */
function momentOf(stage: Stage, number: number): Moment {
  if (number % 3 > 0) return { moves: 1 + Math.floor(Math.random() * (stage.tags.length - 2)) };
  return { milliseconds: 250 + Math.random() * stage.length };
}

async function trials(
  name: string,
  count: number,
  least: number,
  trial: (number: number, policy: Policy) => Promise<Trial>,
): Promise<void> {
  let inWindow = 0;
  let right = 0;
  for (let number = 0; number < count; number += 1) {
    const { window, wrong } = await trial(number, number % 4 === 3 ? 'keep' : 'rollback');
    if (window) inWindow += 1;
    if (wrong.length === 0) right += 1;
    problems.push(...wrong);
    for (const one of wrong) say(`  ${one}`);
    if (number % 25 === 24) say(`  ${name}: ${number + 1} of ${count}`);
  }
  say(
    `${name}: ${right} of ${count} right, ${inWindow} of them between the first and the last move of a tag`,
  );
  if (inWindow < Math.min(least, count / 3)) problems.push(`${name}: only ${inWindow} hit the window`);
}

/** Stops runs in each phase, those of one round at the same time: most of such a run is waiting. */
async function stopInPhases(rounds: number): Promise<void> {
  const stage = await openPhaseStage();
  const wrong: string[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const end of ENDS) {
      wrong.push(...(await Promise.all(PHASES.map((phase) => stage.trial(phase, end)))).flat());
    }
    if (round % 10 === 9) say(`  phases: ${round + 1} of ${rounds}`);
  }
  await stage.close();
  say(`${rounds} times ${ENDS.join(' and ')} in each of ${PHASES.length} phases: ${wrong.length} wrong`);
  for (const one of wrong) say(`  ${one}`);
  problems.push(...wrong);
}

async function main(): Promise<void> {
  const counts = countsFrom(process.argv.slice(2));
  // A new stage now and then: an in-memory registry keeps what every trial brought.
  const staged = async (count: number, work: (stage: Stage) => Promise<void>): Promise<void> => {
    if (count === 0) return;
    const stage = await openStage();
    try {
      await work(stage);
    } finally {
      await stage.close();
    }
  };
  await staged(counts.signals, (stage) =>
    trials('signals', counts.signals, IN_WINDOW.signals, (at, policy) =>
      signalTrial(stage, `signal-${at}`, policy, momentOf(stage, at)),
    ),
  );
  await staged(counts.kills, (stage) =>
    trials('kills', counts.kills, IN_WINDOW.kills, (at, policy) =>
      killTrial(stage, `kill-${at}`, policy, momentOf(stage, at), at % 2 === 0),
    ),
  );
  await staged(counts.overlaps, (stage) =>
    trials('overlaps', counts.overlaps, 0, (at, policy) =>
      overlapTrial(stage, `overlap-${at}`, policy, Math.random() * stage.length),
    ),
  );
  if (counts.toggles > 0) {
    const wrong = await toggle({ tags: 612, failing: 12, rounds: counts.toggles }, (line) =>
      say(`  ${line}`),
    );
    say(`612 tags, 12 failing, ${counts.toggles} rounds in turn: ${wrong.length} wrong`);
    problems.push(...wrong);
  }
  if (counts.phases > 0) await stopInPhases(counts.phases);
  if (counts.soak > 0) problems.push(...(await soak(counts.soak, say)));
  if (counts.scenario > 0) {
    const wrong = (await play(loadScenario(3))).flatMap((played) => compare(played));
    say(`scenario 3, as written: ${wrong.length} differences`);
    problems.push(...wrong);
  }
  say(problems.length === 0 ? 'all right' : `${problems.length} problems`);
  for (const problem of problems) say(problem);
}

await main();
process.exit(problems.length === 0 ? 0 : 1);
