// The documents say what the code does: tables and schemas are made from their sources, examples are read as users
// will write them.

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { parseConfig } from '../src/config/images/parse.ts';
import { POLICY_ROWS } from '../src/config/policies/policy.ts';
import { KEY_EXAMPLES, POLICY_EXAMPLES } from '../tools/configuration.ts';
import { generated } from '../tools/docs.ts';
import { costsIn, scoresIn } from '../tools/drawings/figures.ts';

const root = new URL('..', import.meta.url);
const read = (file: string): string => readFileSync(new URL(file, root), 'utf8');
const pages = ['README.md', 'docs/platforms.md'].map(read).join('\n');
const blocks = [...pages.matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => match[1] ?? '');

it.each(Object.entries(generated()))('%s is what its source makes (npm run docs)', (file, text) => {
  const value = (content: string): unknown => (file.endsWith('.json') ? JSON.parse(content) : content);
  expect(value(read(file))).toEqual(value(text));
});

it('the page of troubles has a heading for each reason that a row can have, and is short', () => {
  const page = read('docs/troubleshooting.md');
  const reasons = [...read('src/base/errors/failure.ts').matchAll(/^ {2}\| '([a-z-]+)'/gm)].map(
    ([, name]) => name,
  );
  expect(reasons.length).toBeGreaterThan(20);
  expect(reasons.filter((name) => !page.includes(`\n## ${name}\n`))).toEqual([]);
  expect(page.split('\n').length).toBeLessThanOrEqual(250);
  expect(page).not.toMatch(/\{(?:party|repository|host|path|key|login|by|create|health)\}/);
});

it.each(blocks.filter((block) => block.includes('images:')))('config %# of README and docs', (block) => {
  expect(parseConfig(Buffer.from(block), 'images.yaml').config.entries.length).toBeGreaterThan(0);
});

it('the nightly workflow of README has at most 15 lines of triggers and steps, its config three', () => {
  const workflow = blocks.find((block) => block.includes('fresh-mirror@')) ?? '';
  const config = blocks.find((block) => block.startsWith('mirror:')) ?? '';
  expect(workflow.trim().split('\n').length).toBeLessThanOrEqual(15);
  expect(config.trim().split('\n')).toHaveLength(3);
  expect(Object.keys(parse(workflow))).toEqual(['on', 'jobs']);
});

const lintBlocks = [...read('docs/lint.md').matchAll(/```yaml\n([\s\S]*?)```/g)].map(
  ([, block]) => block ?? '',
);

it.each(lintBlocks.filter((block) => block.includes('references:')))('config %# of docs/lint.md', (block) => {
  expect(parseConfig(Buffer.from(block), 'images.yaml').config.references.length).toBeGreaterThan(0);
});

const trustBlocks = [...read('docs/trust.md').matchAll(/```yaml\n([\s\S]*?)```/g)].map(
  ([, block]) => block ?? '',
);

it.each(trustBlocks.filter((block) => block.includes('signed-by:')))(
  'config %# of docs/trust.md',
  (block) => {
    const { entries } = parseConfig(Buffer.from(block), 'images.yaml').config;
    const terms = entries
      .flatMap(({ selectors, follow }) => [...selectors, ...follow])
      .map((wish) => wish.terms);
    expect(terms.map(({ policies }) => policies.signedBy.length)).not.toContain(0);
  },
);

const buildBlocks = [...read('docs/builds.md').matchAll(/```yaml\n([\s\S]*?)```/g)].map(
  ([, block]) => block ?? '',
);

it.each(buildBlocks.filter((block) => block.includes('builds:')))('config %# of docs/builds.md', (block) => {
  const text = block.replaceAll('sha256:…', `sha256:${'a'.repeat(64)}`);
  expect(parseConfig(Buffer.from(text), 'images.yaml').config.builds.length).toBeGreaterThan(0);
});

it('docs/builds.md is short, and its wave is that of examples/rebuild.yml', () => {
  expect(read('docs/builds.md').split('\n').length).toBeLessThan(250);
  const wave = parse(buildBlocks.find((block) => block.startsWith('wave-1:')) ?? '')['wave-1'];
  const { 'wave-1': example } = parse(read('examples/rebuild.yml')).jobs;
  expect([wave.needs, wave.if, wave.strategy]).toEqual([example.needs, example.if, example.strategy]);
});

it.each(readdirSync(new URL('examples', root)))('examples/%s parses', (file) => {
  expect(() => parse(read(`examples/${file}`))).not.toThrow();
});

it.each(readdirSync(new URL('examples', root)).filter((file) => read(`examples/${file}`).includes('jobs:')))(
  'examples/%s uploads the report, which is gone with the job otherwise',
  (file) => {
    const { jobs } = parse(read(`examples/${file}`)) as { jobs: Record<string, { steps: object[] }> };
    const uploads = Object.values(jobs)
      .flatMap(({ steps }) => steps)
      .filter((step) => JSON.stringify(step).includes('steps.mirror.outputs.report'));
    const uses = read(`examples/${file}`).split('- id: mirror\n        uses: fresh-mirror/').length - 1;
    expect(uses).toBeGreaterThan(0);
    expect(uploads).toHaveLength(uses);
  },
);

it('policy inputs have no default in action.yml: GitHub would make it look given', () => {
  const { inputs } = parse(read('action.yml'));
  const policies = POLICY_ROWS.filter(({ parseInput }) => parseInput !== null).map(({ key }) => key);
  expect(policies).toContain('lost-platforms');
  for (const name of policies) expect(inputs[name].default).toBeUndefined();
});

it('every key of the schema has an example in tools/configuration.ts, and no other has', () => {
  const { properties } = JSON.parse(read('schema/images.schema.json'));
  expect(Object.keys(KEY_EXAMPLES).sort()).toEqual(Object.keys(properties).sort());
  expect(Object.keys(POLICY_EXAMPLES)).toEqual(POLICY_ROWS.map(({ key }) => key));
});

it.each(Object.entries(POLICY_EXAMPLES))(
  'the example of the policy %s is read, and says more than what is built in',
  (key, example) => {
    const config = (entry: string): string =>
      `mirror: ghcr.io/acme/mirror\nimages:\n  - source: ruby\n    tags: ["3.4"]\n${entry}`;
    const { config: read } = parseConfig(Buffer.from(config(`    ${example}\n`)), 'images.yaml');
    const { config: plain } = parseConfig(Buffer.from(config('')), 'images.yaml');
    expect(example.startsWith(`${key}: `)).toBe(true);
    expect(read.entries[0]).not.toEqual(plain.entries[0]);
    const { config: below } = parseConfig(
      Buffer.from(`${config('')}defaults:\n  ${example}\n`),
      'images.yaml',
    );
    expect(below.defaults).not.toEqual(plain.defaults);
  },
);

/** The first major version of each action that runs on Node 24; runners have no older Node any more. */
const FIRST_ON_NODE_24: Readonly<Record<string, number>> = {
  'actions/checkout': 5,
  'actions/upload-artifact': 6,
  'actions/download-artifact': 7,
  'docker/build-push-action': 7,
  'docker/login-action': 4,
  'github/codeql-action/upload-sarif': 4,
  'aws-actions/configure-aws-credentials': 6,
  'google-github-actions/auth': 3,
  'azure/login': 3,
};

it('what README, docs and examples use runs on Node 24', () => {
  const pages = ['README.md', ...['docs', 'examples'].flatMap((folder) => filesIn(folder))];
  const uses = pages.flatMap((file) =>
    [...read(file).matchAll(/uses: ([\w./-]+)@(v?\w+)/g)].map(([, name, version]) => ({
      file,
      name,
      version,
    })),
  );
  const others = uses.filter(({ name }) => name !== 'fresh-mirror/fresh-mirror');
  expect(others.length).toBeGreaterThan(20);
  const old = others.filter(
    ({ name = '', version = '' }) => !(Number(version.slice(1)) >= (FIRST_ON_NODE_24[name] ?? Number.NaN)),
  );
  expect(old).toEqual([]);
});

function filesIn(folder: string): string[] {
  const names = readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' });
  return names.filter((name) => /\.(?:md|ya?ml)$/.test(name)).map((name) => `${folder}/${name}`);
}

it('README has its first workflow within a screen', () => {
  const lines = read('README.md').split('\n');
  expect(lines.findIndex((line) => line.startsWith('on: {'))).toBeLessThan(30);
});

describe('the pictures of figures', () => {
  const costs = costsIn(read('docs/benchmarks.md'), 'C: ');
  const scores = scoresIn(read('docs/faults.md'));

  it('are drawn from the tables, tool by tool', () => {
    const tools = ['Fresh Mirror', 'crane cp -a', 'regsync, entry per repository', 'regsync, entry per tag'];
    expect(costs.map(({ tool }) => tool)).toEqual(tools);
    expect(costs.every(({ seconds, pulls }) => seconds > 0 && Number.isInteger(pulls))).toBe(true);
    expect(scores.map(({ tool }) => tool)).toEqual(['Fresh Mirror', 'crane', 'regsync', 'skopeo']);
    const cases = [
      ...read('docs/faults.md').matchAll(/^\| \d+ \| `.+? \| .+? \| .+? \| .+? \| .+? \| .+? \|$/gm),
    ].length;
    const sums = scores.map(({ right, gaveUp, hung, wrong }) => right + gaveUp + hung + wrong);
    expect(sums).toEqual([cases, cases, cases, cases]);
    expect(
      scores
        .flatMap((score) => Object.values(score))
        .every((value) => typeof value === 'string' || value >= 0),
    ).toBe(true);
  });

  it('stand in the table of README as they are', () => {
    const rows = read('README.md').split('\n');
    const row = (words: string): string[] =>
      (rows.find((line) => line.startsWith(`| ${words}`)) ?? '').split(' | ').slice(1);
    const right = scores.map((score) => String(score.right));
    expect(
      row('faults met as they should be')
        .slice(0, 4)
        .map((cell) => cell.replace(' |', '')),
    ).toEqual(right);
    expect(
      row('success without the image')
        .slice(0, 4)
        .map((cell) => cell.replace(' |', '')),
    ).toEqual(scores.map(({ wrong }) => String(wrong)));
    const [own, crane, ...regsync] = costs;
    const cells = row('nightly run');
    const words = (value: number): string => value.toLocaleString('en', { maximumFractionDigits: 1 });
    for (const [at, cost] of [own, crane].entries()) {
      expect(cells[at]).toBe(`${cost?.seconds.toFixed(1)} s, ${words(cost?.pulls ?? 0)} pulls`);
    }
    for (const { seconds, pulls } of regsync) {
      expect(cells[2]).toContain(seconds > 10 ? String(Math.round(seconds)) : words(seconds));
      expect(cells[2]).toContain(words(pulls));
    }
  });

  it.each(['costs', 'faults', 'flow'])(
    '%s has every word in light and dark, and no number that is none',
    (name) => {
      const [light = '', dark = ''] = ['light', 'dark'].map((theme) =>
        read(`docs/pictures/${name}-${theme}.svg`),
      );
      const words = (svg: string): string[] =>
        [...svg.matchAll(/>([^<\n]+)</g)].map(([, word]) => word ?? '');
      expect(words(dark)).toEqual(words(light));
      expect(words(light).length).toBeGreaterThan(10);
      expect(light).not.toMatch(/NaN|undefined|Infinity|<script|href=/);
      expect(light).not.toBe(dark);
    },
  );
});
