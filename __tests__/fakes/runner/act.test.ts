import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { type ActJob, makeRepository, runAct } from './act.ts';

const ACTION = `name: greeter
description: says who
inputs: { who: { description: who, default: nobody } }
outputs: { list: { description: list } }
runs: { using: node24, main: main.cjs, post: post.cjs }
`;
const MAIN = `const { appendFileSync } = require('node:fs');
const { INPUT_WHO, GITHUB_OUTPUT, GITHUB_STEP_SUMMARY, GITHUB_STATE, SECRET } = process.env;
console.log('node ' + process.version + ' ' + ('JEST_WORKER_ID' in process.env));
console.log('::warning file=a.yml,line=3::careful');
appendFileSync(GITHUB_OUTPUT, 'list<<END\\n' + JSON.stringify([INPUT_WHO]) + '\\nEND\\n');
appendFileSync(GITHUB_STEP_SUMMARY, '# ' + INPUT_WHO + '\\n');
appendFileSync(GITHUB_STATE, 'kept=' + INPUT_WHO + '\\n');
if (INPUT_WHO === 'broken') process.exitCode = 1;
`;
const POST = "console.log('post ' + process.env.STATE_kept);\n";
const WORKFLOW = `on: [schedule, push]
jobs:
  first:
    runs-on: ubuntu-latest
    outputs: { list: "\${{ steps.greet.outputs.list }}" }
    steps:
      - uses: actions/checkout@v5
      - { id: greet, uses: ./, with: { who: me } }
  second:
    needs: first
    strategy: { matrix: { name: "\${{ fromJSON(needs.first.outputs.list) }}" } }
    runs-on: ubuntu-latest
    steps: [{ id: say, run: 'echo "got $NAME $GITHUB_EVENT_NAME"', env: { NAME: "\${{ matrix.name }}" } }]
  published:
    runs-on: ubuntu-latest
    steps: [{ id: greet, uses: acme/greeter@v1, with: { who: broken } }]
`;

const action = { 'action.yml': ACTION, 'main.cjs': MAIN, 'post.cjs': POST };
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function folderWith(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'greeter-'));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

function step(job: ActJob | undefined, id: string, stage = 'Main') {
  return job?.steps.find((one) => one.id === id && one.stage === stage);
}

describe('runAct', () => {
  it('runs an action from the repository and a published one, and reads what they said', async () => {
    const repository = makeRepository({ ...action, '.github/workflows/w.yml': WORKFLOW });
    folders.push(repository);
    const localRepositories = { 'acme/greeter@v1': folderWith(action) };
    const { code, jobs } = await runAct({ repository, event: 'schedule', localRepositories });
    const [first, second, published] = ['first', 'second', 'published'].map((id) =>
      jobs.find((job) => job.id === id),
    );
    expect([code, first?.result, second?.result, published?.result]).toEqual([
      1,
      'success',
      'success',
      'failure',
    ]);
    expect(step(first, 'greet')).toMatchObject({
      result: 'success',
      outputs: { list: '["me"]' },
      summary: '# me\n',
      annotations: [{ kind: 'warning', message: 'careful', properties: { file: 'a.yml', line: '3' } }],
      lines: [expect.stringMatching(/^node v24\.\S+ false$/)],
    });
    expect(step(first, 'greet', 'Post')?.lines).toEqual(['post me']);
    expect(second?.matrix).toEqual({ name: 'me' });
    expect(step(second, 'say')?.lines).toEqual(['got me schedule']);
    expect(step(published, 'greet')).toMatchObject({ result: 'failure', outputs: { list: '["broken"]' } });
  });

  it('makes a repository of what users get', () => {
    const repository = makeRepository({ 'docs/a.txt': 'a' });
    folders.push(repository);
    expect(
      ['action.yml', 'dist/index.js', 'docs/a.txt', 'src'].map((name) => existsSync(join(repository, name))),
    ).toEqual([true, true, true, false]);
  });
});
