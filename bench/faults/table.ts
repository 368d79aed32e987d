// The fault table as Markdown: a row for each case, the score of each contestant under it. Pure.

import type { FaultCase } from '../../__tests__/fakes/faults/faults.ts';
import type { Contestant } from '../../__tests__/fakes/trials/contestants.ts';
import type { Trial, Verdict } from '../../__tests__/fakes/trials/trial.ts';

type TrialOf = (one: FaultCase, tool: Contestant) => Trial | undefined;

const WORDS: Readonly<Record<Verdict, string>> = {
  landed: 'ok',
  told: 'failed',
  wrong: '**wrong**',
  changed: '**changed**',
  hung: '**hung**',
};

export function renderTable(
  title: string,
  cases: readonly FaultCase[],
  tools: readonly Contestant[],
  trialOf: TrialOf,
  withSeconds: boolean,
): string {
  const cell = (trial: Trial | undefined): string => {
    if (trial === undefined) return '';
    const word = trial.good ? WORDS[trial.verdict] : `${WORDS[trial.verdict]} ✘`;
    return withSeconds ? `${word} ${trial.seconds.toFixed(1)}` : word;
  };
  const rows = cases.map((one) => [
    String(one.number),
    `\`${one.name}\``,
    one.expect === 'survives' ? 'S' : 'T',
    ...tools.map((tool) => cell(trialOf(one, tool))),
  ]);
  const header = ['#', title, '', ...tools.map((tool) => tool.name)];
  const scores = scoreRows(cases, tools, trialOf);
  const lines = [header, header.map(() => '---'), ...rows, ...scores];
  return `${lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n`;
}

function scoreRows(cases: readonly FaultCase[], tools: readonly Contestant[], trialOf: TrialOf): string[][] {
  const row = (words: string, counted: (one: FaultCase, trial: Trial) => boolean): string[] => {
    const counts = tools.map((tool) => {
      const hits = cases.filter((one) => {
        const trial = trialOf(one, tool);
        return trial !== undefined && counted(one, trial);
      });
      return `**${hits.length}**`;
    });
    return ['', `**${words}**`, '', ...counts];
  };
  const total = (kind: FaultCase['expect']): number => cases.filter((one) => one.expect === kind).length;
  return [
    row(`survived, of ${total('survives')} S`, (one, trial) => one.expect === 'survives' && trial.good),
    row(`truthful, of ${total('truthful')} T`, (one, trial) => one.expect === 'truthful' && trial.good),
    row('wrong successes', (_, trial) => trial.verdict === 'wrong'),
    row('hung', (_, trial) => trial.verdict === 'hung'),
  ];
}
