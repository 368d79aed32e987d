// examples/lint.yml in a real workflow runner, on the pull request of a fork: no secrets, annotations at the lines.

import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';
import { type ActOptions, makeRepository, runAct } from '../fakes/runner/act.ts';
import { ROOT } from '../fakes/runner/places.ts';
import { digest } from '../plan/lint/sites.ts';

const FILES = {
  '.github/workflows/lint.yml': readFileSync(join(ROOT, 'examples/lint.yml'), 'utf8'),
  'images.yaml':
    'mirror: ghcr.io/acme/mirror\napproved: [quay.io/acme]\nreferences: [{ files: "deploy/*.yaml", field: image }]\n',
  'deploy/app.yaml': `image: quay.io/acme/app:1\n---\nimage: evil.example/app:1@${digest('a')}\n`,
};
/** Stands for actions/upload-artifact. */
const ARTIFACT = {
  'action.yml': `name: artifact
description: artifact
inputs: { name: { description: name }, path: { description: path }, overwrite: { description: overwrite } }
runs: { using: composite, steps: [{ run: 'test -s "$FILE"', shell: bash, env: { FILE: '\${{ inputs.path }}' } }] }
`,
};
/** Stands for github/codeql-action/upload-sarif: says that it was started, and with which file. */
const UPLOAD = {
  'upload-sarif/action.yml': `name: upload
description: upload
inputs: { sarif_file: { description: file }, category: { description: name } }
runs: { using: composite, steps: [{ run: 'echo "uploaded $(grep -c ruleId $FILE)"', shell: bash, env: { FILE: '\${{ inputs.sarif_file }}' } }] }
`,
};

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function repository(files: Readonly<Record<string, string>>): string {
  const folder = makeRepository(files);
  folders.push(folder);
  return folder;
}

async function lintWith(options: Omit<ActOptions, 'repository'>) {
  const { jobs } = await runAct({
    repository: repository(FILES),
    localRepositories: {
      'fresh-mirror/fresh-mirror@v1': repository({}),
      'github/codeql-action@v4': repository(UPLOAD),
      'actions/upload-artifact@v7': repository(ARTIFACT),
    },
    ...options,
  });
  const steps = jobs.flatMap((job) => job.steps).filter(({ stage }) => stage === 'Main');
  return { result: jobs[0]?.result, lint: steps.find(({ name }) => name.includes('fresh-mirror')), steps };
}

const PAYLOAD = {
  number: 7,
  pull_request: { number: 7, head: { repo: { full_name: 'stranger/images', fork: true } } },
};

it('on the pull request of a fork it annotates the lines, without a secret and without crane, and uploads nothing', async () => {
  const { result, lint, steps } = await lintWith({ event: 'pull_request', payload: PAYLOAD });
  expect(result).toBe('failure');
  expect(lint?.outputs.status).toBe('failed');
  const places = lint?.annotations.map(({ kind, properties: { file, line, col, title } }) => [
    kind,
    file,
    line,
    col,
    title,
  ]);
  expect(places).toEqual([
    ['error', 'deploy/app.yaml', '1', '8', 'not-pinned'],
    ['error', 'deploy/app.yaml', '3', '8', 'not-approved'],
    ['error', undefined, undefined, undefined, undefined],
  ]);
  expect(lint?.summary).toContain('### `not-pinned` (1, error)');
  expect(lint?.outputs['crane-version']).toBe('');
  expect(steps.flatMap(({ lines }) => lines).filter((line) => line.startsWith('uploaded'))).toEqual([]);
});

it('on a push it uploads its SARIF, although it failed', async () => {
  const { steps } = await lintWith({ event: 'push' });
  const uploaded = steps.flatMap(({ lines }) => lines).filter((line) => line.startsWith('uploaded'));
  expect(uploaded).toEqual(['uploaded 2']);
});
