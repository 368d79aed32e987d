// Writes what is made from another source: the tables of README.md from action.yml, the inputs
// of action.yml that are policies or modes from the tables of those, the JSON schema of the images config from its zod
// schema, the table of rooms in docs/architecture.md from tools/house.ts, the table of rules in docs/lint.md from the
// table of those, docs/troubleshooting.md from the table of refusals, docs/configuration.md from schema and policies, and
// the keys of other tools in docs/migrating.md from the tables of the importers.
// `npm run docs` writes; a test compares.

import { readFileSync, writeFileSync } from 'node:fs';
import { parse } from 'yaml';
import { FORMATS } from '../src/config/convert/table.ts';
import { renderSchema } from '../src/config/images/schema.ts';
import { POLICY_ROWS } from '../src/config/policies/policy.ts';
import { RULE_ROWS } from '../src/config/references/lint-rules.ts';
import { MODES } from '../src/run/modes/table.ts';
import { renderConfiguration } from './configuration.ts';
import { drawCosts, drawFlow, drawScores } from './drawings/draw.ts';
import { costsIn, scoresIn } from './drawings/figures.ts';
import { renderHouse } from './house.ts';
import { renderTroubleshooting } from './troubleshooting.ts';

type Described = { description: string; default?: string };

const WIDTH = 120;
const MARKDOWN = ['<!-- ', ' -->'] as const;
const YAML = ['  # ', ''] as const;

const root = new URL('..', import.meta.url);
const read = (file: string): string => readFileSync(new URL(file, root), 'utf8');

/** README.md with its tables made anew from `action`, the text of action.yml. */
export function renderReadme(action: string): string {
  const { inputs, outputs } = parse(action) as {
    inputs: Record<string, Described>;
    outputs: Record<string, Described>;
  };
  const inputRows = Object.entries(inputs).map(([name, input]) => {
    const builtIn = input.default === undefined ? '' : `\`${input.default}\``;
    return `| \`${name}\` | ${builtIn} | ${cell(input.description)} |`;
  });
  const outputRows = Object.entries(outputs).map(([name, output]) => {
    return `| \`${name}\` | ${cell(output.description)} |`;
  });
  const tables = [
    ['inputs', '| input | default | meaning |', '| --- | --- | --- |', ...inputRows],
    ['outputs', '| output | meaning |', '| --- | --- |', ...outputRows],
  ] as const;
  return tables.reduce((text, [mark, ...lines]) => between(text, mark, lines, MARKDOWN), read('README.md'));
}

/** action.yml with the inputs made anew that are policies or modes. Policies have no default: GitHub would make it look given. */
export function renderAction(): string {
  const lines = POLICY_ROWS.filter(({ parseInput }) => parseInput !== null).flatMap(
    ({ key, about, builtInWords }) => [
      `  ${key}:`,
      '    description: >-',
      ...wrap(`${about}. Taken from the config when empty; ${builtInWords} if it is not set there either`, 6),
    ],
  );
  return between(between(read('action.yml'), 'policies', lines, YAML), 'modes', modeLines(), YAML);
}

/** The table of docs/lint.md. */
function ruleLines(): string[] {
  const rows = RULE_ROWS.map(({ id, level, inPullRequest, online, about, help }) => {
    const levels = inPullRequest === undefined ? level : `${level}; ${inPullRequest} in pull requests`;
    return `| \`${id}\` | ${levels} | ${online ? 'registries' : 'files'} | ${cell(about)}. | ${cell(help)} |`;
  });
  return ['| rule | level | asks | what is found | what to do |', '| --- | --- | --- | --- | --- |', ...rows];
}

/** docs/migrating.md with the keys of other tools that mean something else here. */
function renderMigrating(): string {
  return Object.entries(FORMATS).reduce((text, [name, { keys }]) => {
    const told = Object.entries(keys).flatMap(([key, meaning]) =>
      meaning === null ? [] : [{ key, meaning }],
    );
    if (told.length === 0) return text;
    const groups = [...Map.groupBy(told, ({ meaning }) => meaning.join('\n')).values()];
    const rows = groups.map((group) => {
      const [here = '', hint = ''] = group[0]?.meaning ?? [];
      return `| ${group.map(({ key }) => `\`${key}\``).join(', ')} | ${cell(here)} | ${cell(hint)} |`;
    });
    const lines = ['| key | here | what to do |', '| --- | --- | --- |', ...rows];
    return between(text, `import-${name}`, lines, MARKDOWN);
  }, read('docs/migrating.md'));
}

function modeLines(): string[] {
  const about = MODES.map(({ values, about }) => `\`${values.name}\` ${about}`).join('; ');
  return ['  mode:', '    description: >-', ...wrap(about, 6), `    default: ${MODES[0].values.name}`];
}

function wrap(text: string, indent: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length >= WIDTH) lines.push(' '.repeat(indent) + word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

function cell(description: string): string {
  return description.trim().replace(/\s+/g, ' ').replaceAll('|', '\\|');
}

/** `text` with these lines between the mark `name` and the mark `/name`. */
function between(
  text: string,
  name: string,
  lines: readonly string[],
  [before, after]: readonly [string, string],
): string {
  const [open, close] = [`${before}${name}${after}\n`, `${before}/${name}${after}`];
  const [start, end] = [text.indexOf(open), text.indexOf(close)];
  if (start < 0 || end < 0) throw new Error(`there are no marks for ${name}`);
  return `${text.slice(0, start + open.length)}${lines.join('\n')}\n${text.slice(end)}`;
}

/** The figures of docs/benchmarks.md and docs/faults.md, and the steps of a run, as pictures. */
function drawings(): Record<string, string> {
  const costs = costsIn(read('docs/benchmarks.md'), 'C: ');
  const scores = scoresIn(read('docs/faults.md'));
  const themes = (['light', 'dark'] as const).map((theme) => [
    [`docs/pictures/costs-${theme}.svg`, drawCosts(costs, theme)],
    [`docs/pictures/faults-${theme}.svg`, drawScores(scores, theme)],
    [`docs/pictures/flow-${theme}.svg`, drawFlow(theme)],
  ]);
  return Object.fromEntries(themes.flat());
}

/** Every generated file by its path. */
export function generated(): Record<string, string> {
  const action = renderAction();
  return {
    ...drawings(),
    'action.yml': action,
    'README.md': renderReadme(action),
    'schema/images.schema.json': renderSchema(),
    'docs/configuration.md': renderConfiguration(),
    'docs/troubleshooting.md': renderTroubleshooting(),
    'docs/lint.md': between(read('docs/lint.md'), 'rules', ruleLines(), MARKDOWN),
    'docs/migrating.md': renderMigrating(),
    'docs/architecture.md': between(read('docs/architecture.md'), 'rooms', renderHouse(), MARKDOWN),
  };
}

if (import.meta.main) {
  for (const [file, text] of Object.entries(generated())) writeFileSync(new URL(file, root), text);
}
