// The fault table: ways in which a registry goes wrong, against the action and the tools people trust. Prints
// Markdown as it stands in docs/faults.md. `npm run faults -- --help` lists the options.

import { parseArgs } from 'node:util';
import { FAULT_CASES, type FaultCase } from '../../__tests__/fakes/faults/faults.ts';
import { available, type RegistryKind } from '../../__tests__/fakes/registries/registries.ts';
import {
  type Contestant,
  type ContestantName,
  contestant,
} from '../../__tests__/fakes/trials/contestants.ts';
import { inPool, openStage, play, type Stage, type Trial } from '../../__tests__/fakes/trials/trial.ts';
import { renderTable } from './table.ts';

const HELP = `npm run faults -- [options]
  --tools action,crane,regsync,skopeo   who runs; those that are not installed are left out
  --registries v3,debian                distribution v3 and Debian's docker-registry 2.8.2
  --cases 1,19-24,429                   by number, range, or a part of the name
  --over                                the mirror's tag exists already, with an older image
  --patience 0.02                       waits and deadlines of the action, as a part of what users get; 1 is the whole
  --limit 90                            seconds after which a run counts as hung
  --width 6                             runs at once
  --seconds                             writes how long each run took
  --words                               writes the last words of every run that is not as it should be`;

const { values } = parseArgs({
  options: {
    help: { type: 'boolean', default: false },
    tools: { type: 'string', default: 'action,crane,regsync,skopeo' },
    registries: { type: 'string', default: 'v3,debian' },
    cases: { type: 'string', default: '' },
    over: { type: 'boolean', default: false },
    patience: { type: 'string', default: '0.02' },
    limit: { type: 'string', default: '90' },
    width: { type: 'string', default: '6' },
    seconds: { type: 'boolean', default: false },
    words: { type: 'boolean', default: false },
  },
});

type Run = { readonly one: FaultCase; readonly tool: Contestant; readonly stage: Stage };

async function main(): Promise<void> {
  const tools = values.tools.split(',').flatMap((name) => contestant(name as ContestantName) ?? []);
  const kinds = values.registries.split(',').filter((kind) => available(kind as RegistryKind));
  const cases = FAULT_CASES.filter(isChosen);
  const stages = await Promise.all(kinds.map((kind) => openStage(kind as RegistryKind)));
  try {
    const runs = stages.flatMap((stage) =>
      cases.flatMap((one) => tools.map((tool): Run => ({ one, tool, stage }))),
    );
    const trials = await Promise.all(inPool(runs, Number(values.width), playOne));
    const at = ({ one, tool, stage }: Run): Trial | undefined =>
      trials[runs.findIndex((run) => run.one === one && run.tool === tool && run.stage === stage)];
    for (const stage of stages) {
      const of = (one: FaultCase, tool: Contestant) => at({ one, tool, stage });
      process.stdout.write(`\n${renderTable(TITLES[stage.kind], cases, tools, of, values.seconds)}`);
    }
  } finally {
    for (const stage of stages) await stage.stop();
  }
}

const TITLES: Readonly<Record<RegistryKind, string>> = {
  v3: 'distribution v3',
  debian: 'docker-registry 2.8.2',
  crane: 'crane registry',
  referrers: 'go-containerregistry',
};

async function playOne({ one, tool, stage }: Run): Promise<Trial> {
  const trial = await play(stage, one, tool, `${tool.name}-${one.number}`, {
    limit: Number(values.limit) * 1000,
    patience: Number(values.patience),
    before: values.over ? 'old' : 'nothing',
  });
  process.stderr.write(`${stage.kind} ${one.number} ${one.name}: ${tool.name} ${trial.verdict}\n`);
  if (values.words && !trial.good) process.stderr.write(`${trial.finish.text.slice(-2_000)}\n`);
  return trial;
}

function isChosen({ number, name }: FaultCase): boolean {
  if (values.cases === '') return true;
  return values.cases.split(',').some((part) => {
    const [, from, to = from] = /^(\d{1,2})(?:-(\d{1,2}))?$/.exec(part) ?? [];
    return from === undefined ? name.includes(part) : number >= Number(from) && number <= Number(to);
  });
}

if (values.help) console.log(HELP);
else await main();
