// Writes what is made from another source: the tables of README.md from action.yml, and the JSON schema of the images
// config from its zod schema. `npm run docs` writes; a test compares.

import { readFileSync, writeFileSync } from 'node:fs';
import { parse } from 'yaml';
import { renderSchema } from '../src/config/images/schema.ts';

type Described = { description: string; default?: string };

const root = new URL('..', import.meta.url);
const read = (file: string): string => readFileSync(new URL(file, root), 'utf8');

/** README.md with both tables made anew from action.yml. */
export function renderReadme(): string {
  const action = parse(read('action.yml')) as {
    inputs: Record<string, Described>;
    outputs: Record<string, Described>;
  };
  const inputs = Object.entries(action.inputs).map(
    ([name, one]) =>
      `| \`${name}\` | ${one.default === undefined ? '' : `\`${one.default}\``} | ${oneCell(one)} |`,
  );
  const outputs = Object.entries(action.outputs).map(([name, one]) => `| \`${name}\` | ${oneCell(one)} |`);
  const readme = between(read('README.md'), 'inputs', [
    '| input | default | meaning |',
    '| --- | --- | --- |',
    ...inputs,
  ]);
  return between(readme, 'outputs', ['| output | meaning |', '| --- | --- |', ...outputs]);
}

function oneCell({ description }: Described): string {
  return description.trim().replace(/\s+/g, ' ').replaceAll('|', '\\|');
}

function between(text: string, mark: string, lines: readonly string[]): string {
  const [open, close] = [`<!-- ${mark} -->`, `<!-- /${mark} -->`];
  const start = text.indexOf(open) + open.length;
  return `${text.slice(0, start)}\n${lines.join('\n')}\n${text.slice(text.indexOf(close))}`;
}

/** Every generated file by its path. */
export function generated(): Record<string, string> {
  return { 'README.md': renderReadme(), 'schema/images.schema.json': renderSchema() };
}

if (import.meta.main) {
  for (const [file, text] of Object.entries(generated())) writeFileSync(new URL(file, root), text);
}
