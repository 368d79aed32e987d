// Runs that cannot start, and things that cannot be written: outputs, summary and report tell it all the same, nothing
// is overwritten, and the post step never takes itself for the main step.

import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ActionOptions, type ActionResult, runAction } from '../fakes/runner/bundle.ts';
import { runWithin } from '../fakes/runner/stage.ts';

const CONFIG = 'mirror: mirror.invalid/m\nimages:\n  - { source: up.invalid/app, tags: ["1"] }\n';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'starts-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const errorsIn = ({ annotations }: ActionResult) => annotations.filter(({ name }) => name === 'error');

describe('a run that cannot start', () => {
  it.each<[string, ActionOptions]>([
    ['wrong inputs', { inputs: { mode: 'bogus', 'fail-on': 'x' } }],
    ['a wrong config', { config: 'mirror: mirror.invalid/m\nimages: [{ sorce: x }]\n' }],
    ['no config', { inputs: { config: 'other.yaml' } }],
    ['no crane', { inputs: { 'crane-path': '/nowhere/crane' } }],
    ['an event of a stranger', { event: 'pull_request' }],
  ])('%s: outputs, summary, report and one sentence; the post step does nothing', async (_name, options) => {
    const result = await runAction({ config: CONFIG, ...options });
    expect([result.code, result.outputs.status, result.outputs.copied]).toEqual([1, 'failed', '[]']);
    expect(result.summary).toContain('Mirror failed');
    expect(result.report).toMatchObject({ version: 3, status: 'failed', failed: [] });
    const { message } = (result.report as { problem: { message: string } }).problem;
    expect(errorsIn(result).at(-1)?.data).toContain(message);
    expect(result.outputs.report).toMatch(/report\.json$/);
    const post = await runAction({ config: CONFIG, ...options, state: result.state });
    expect([post.code, post.stdout.trim()]).toEqual([0, 'there is no tag to put back']);
    expect([post.outputs, post.summary, post.annotations]).toEqual([{}, '', []]);
  });

  // As in a container that runs as another user than the runner: the first thing that a step writes is what it cannot.
  it('says what to do where the files of the runner take nothing, instead of calling it a bug', async () => {
    const result = await runAction({ config: CONFIG, env: { GITHUB_STATE: folder } });
    expect([result.code, result.outputs.status]).toEqual([1, 'failed']);
    const words = errorsIn(result).at(-1)?.data;
    expect(words).toMatch(
      /^this step cannot write to the files of the runner: .* - let the container of this job run as/,
    );
  });

  it('leaves the summary out where nobody wants one', async () => {
    const result = await runAction({ config: CONFIG, inputs: { mode: 'bogus', summary: 'false' } });
    expect([result.code, result.summary]).toEqual([1, '']);
  });
});

describe('a report that cannot be written', () => {
  const workspace = () => join(folder, 'workspace');
  beforeEach(() => {
    mkdirSync(join(workspace(), 'folder'), { recursive: true });
    writeFileSync(join(workspace(), 'README.md'), '# mine\n');
    symlinkSync('images.yaml', join(workspace(), 'link.json'));
    writeFileSync(join(workspace(), 'images.yaml'), CONFIG);
  });

  it.each([
    'images.yaml/report.json',
    'images.yaml',
    './images.yaml',
    'link.json',
    'README.md',
    'folder',
    '.',
    '/proc/x/r.json',
    '/dev/null/r.json',
    '/dev/stdout',
  ])('%s is refused before anything is copied, and nothing is overwritten', async (report) => {
    const result = await runWithin(20, { workspace: workspace(), inputs: { report } });
    expect([result.hung, result.code, result.outputs.status, result.outputs.report]).toEqual([
      false,
      1,
      'failed',
      '',
    ]);
    expect(
      errorsIn(result)
        .map(({ data }) => data)
        .join(),
    ).toContain('the input `report`');
    expect(result.summary).toMatch(/the report cannot be written to/i);
    expect(readFileSync(join(workspace(), 'images.yaml'), 'utf8')).toBe(CONFIG);
    expect(readFileSync(join(workspace(), 'README.md'), 'utf8')).toBe('# mine\n');
    expect(result.stdout).not.toContain('Observe');
  });

  it('is told together with the other mistakes of the inputs', async () => {
    const { annotations } = await runAction({ config: CONFIG, inputs: { report: '.', mode: 'bogus' } });
    expect(annotations.map(({ data }) => data).join()).toMatch(
      /input mode: .*; the report cannot be written/,
    );
  });

  it('an earlier report is replaced', async () => {
    writeFileSync(join(workspace(), 'report.json'), '{ "version": 2 }\n');
    const inputs = { report: 'report.json', mode: 'bogus' };
    await runAction({ workspace: workspace(), inputs });
    expect(readFileSync(join(workspace(), 'report.json'), 'utf8')).toContain('"problem"');
  });

  it('deep folders are made', async () => {
    const inputs = { report: 'a/b/c/report.json', mode: 'bogus' };
    const result = await runAction({ workspace: workspace(), inputs });
    expect(readFileSync(join(workspace(), 'a/b/c/report.json'), 'utf8')).toContain('"problem"');
    expect(result.outputs.report).toBe(join(workspace(), 'a/b/c/report.json'));
  });
});

it.each(['GITHUB_OUTPUT', 'GITHUB_STEP_SUMMARY'])(
  'a %s that cannot be written is said, and the rest is written',
  async (name) => {
    const path = join(folder, 'locked');
    mkdirSync(path);
    chmodSync(path, 0o500);
    const result = await runAction({ config: CONFIG, inputs: { mode: 'bogus' }, env: { [name]: path } });
    expect(result.code).toBe(1);
    expect(result.report).toMatchObject({ status: 'failed' });
    if (name === 'GITHUB_OUTPUT') expect(result.summary).toContain('Mirror failed');
    else expect(result.outputs.status).toBe('failed');
    expect(errorsIn(result).at(-1)?.data).toContain('input mode');
  },
);

it.each([
  ['GITHUB_STATE', /cannot write to the files of the runner/],
  ['RUNNER_TEMP', /this runner .*RUNNER_TEMP/],
])('a %s that is no place to write to is told as what it is, not as a bug', async (name, words) => {
  const path = name === 'RUNNER_TEMP' ? join(folder, 'file') : folder;
  writeFileSync(join(folder, 'file'), '');
  const result = await runAction({ config: CONFIG, env: { [name]: path } });
  expect([result.code, result.outputs.status]).toEqual([1, 'failed']);
  const last = errorsIn(result).at(-1)?.data ?? '';
  expect(last).toMatch(words);
  expect(last).not.toMatch(/internal error|this is a bug/);
});

describe('annotations stay within what GitHub keeps, the last sentence among them', () => {
  it.each([7, 8, 9, 30])('%i mistakes', async (mistakes) => {
    const rows = Array.from({ length: mistakes }, () => '  - { source: ruby, tags: ["3.4"], nonsense: 1 }\n');
    const result = await runAction({ config: `mirror: mirror.invalid/m\nimages:\n${rows.join('')}` });
    const errors = errorsIn(result);
    expect(errors.length).toBe(Math.min(mistakes + 1, 10));
    const more = /and (\d+) more like these/.exec(errors.at(-2)?.data ?? '')?.[1] ?? '0';
    const shown = errors.filter(({ properties }) => properties.line !== undefined).length;
    expect([shown + Number(more), errors.at(-1)?.properties.line]).toEqual([mistakes, undefined]);
  });
});
