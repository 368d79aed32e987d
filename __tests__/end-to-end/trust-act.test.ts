// In a real workflow runner: an image that somebody on the list has signed is mirrored with its signature, its unsigned twin is
// refused, and cosign verifies the copy.

import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { image, push } from '../../demo/images.mjs';
import { type Cosign, startCosign } from '../fakes/registries/cosign.ts';
import { digestOf, list } from '../fakes/registries/oracle.ts';
import { type RunningRegistry, startRegistry } from '../fakes/registries/registries.ts';
import { makeRepository, runAct } from '../fakes/runner/act.ts';

const NIGHTLY = `on:
  schedule: [{ cron: '17 3 * * *' }]
jobs:
  mirror:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v6
      - { id: mirror, uses: ./ }
`;

let upstream: RunningRegistry;
let mirror: RunningRegistry;
let cosign: Cosign;
let folder = '';

beforeAll(async () => {
  [upstream, mirror, cosign] = await Promise.all([startRegistry(), startRegistry(), startCosign()]);
  for (const name of ['signed', 'twin']) await push(upstream.url, name, image(name), ['1']);
  const { digest } = image('signed').index;
  await cosign.attach(`${upstream.host}/signed@${digest}`, 'signature', 'new');
});
afterAll(async () => {
  await Promise.all([upstream.stop(), mirror.stop(), cosign.stop()]);
  rmSync(folder, { recursive: true, force: true });
});

it('a signed image arrives with its signature, its unsigned twin is refused, and nothing of that is written', async () => {
  folder = makeRepository({
    '.github/workflows/mirror.yml': NIGHTLY,
    'cosign.pub': cosign.publicKey,
    'images.yaml': [
      `mirror: ${mirror.host}/m`,
      'defaults: { referrers: signatures, signed-by: [{ key: cosign.pub }] }',
      'images:',
      `  - { source: "${upstream.host}/signed", tags: ["1"] }`,
      `  - { source: "${upstream.host}/twin", tags: ["1"] }`,
      '',
    ].join('\n'),
  });
  const { jobs } = await runAct({ repository: folder, event: 'schedule', craneCached: true });
  const steps = jobs.flatMap((job) => job.steps).filter(({ stage }) => stage === 'Main');
  const action = steps.find(({ id }) => id === 'mirror');
  expect(action?.outputs.status).toBe('partial');
  expect(JSON.parse(action?.outputs.refused ?? '')).toMatchObject([{ tag: '1', reason: 'unsigned' }]);
  expect(action?.summary).toContain('signed by');

  const { digest } = image('signed').index;
  expect(await digestOf(`${mirror.host}/m/signed:1`)).toBe(digest);
  expect(await cosign.verify(`${mirror.host}/m/signed@${digest}`, 'signature', 'new')).toMatchObject({
    code: 0,
  });
  expect(await list(`${mirror.host}/m/twin`)).toEqual([]);
}, 240_000);
