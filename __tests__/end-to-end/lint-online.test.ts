// `lint-online`, by the bundle and between real registries: what is not mirrored yet, gone, stale; and nobody there.

import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { image, push } from '../../demo/images.mjs';
import { type RunningRegistry, startRegistry } from '../fakes/registries/registries.ts';
import { type ActionOptions, type ActionResult, runAction } from '../fakes/runner/bundle.ts';

let upstream: RunningRegistry;
let mirror: RunningRegistry;
beforeAll(async () => {
  [upstream, mirror] = await Promise.all([startRegistry(), startRegistry()]);
  for (const name of ['OLD', 'ONLY']) await push(upstream.url, 'lib/app', image(name), []);
  await push(upstream.url, 'lib/app', image('NEW'), ['1']);
  const copy = `m/${upstream.host.replace(':', '_')}/lib/app`;
  await push(mirror.url, copy, image('OLD'), ['1']);
});
afterAll(async () => {
  await Promise.all([upstream.stop(), mirror.stop()]);
});

const pin = (name: string) => image(name).index.digest;
const copyOf = (host: string) => `${mirror.host}/m/${host.replace(':', '_')}/lib/app`;

function online(lines: readonly string[], more: ActionOptions = {}): Promise<ActionResult> {
  const config = [
    `mirror: ${mirror.host}/m`,
    'mirror-path: "{registry}/{repository}"',
    `approved: ["${upstream.host}/lib"]`,
    'lint: { rules: { unused-approval: off } }',
    'references: [{ file: vars.yml, key: IMAGES }]',
  ].join('\n');
  const text = ['IMAGES:', ...lines.map((line, at) => `  i${at}: ${line}`)].join('\n');
  const inputs = { mode: 'lint', 'lint-online': 'true' };
  return runAction({
    config,
    files: { 'vars.yml': `${text}\n` },
    ...more,
    inputs: { ...inputs, ...more.inputs },
  });
}

const found = ({ outputs }: ActionResult) =>
  (JSON.parse(outputs.findings ?? '[]') as { rule: string; level: string; line: number }[])
    .map(({ rule, level, line }) => `${line} ${rule} ${level}`)
    .sort();

it('says what is not mirrored yet, what is gone, and where upstream has moved on', async () => {
  const lines = [
    `${copyOf(upstream.host)}:1@${pin('OLD')}`,
    `${copyOf(upstream.host)}@${pin('ONLY')}`,
    `${copyOf(upstream.host)}@${pin('NOWHERE')}`,
    `${upstream.host}/lib/app@${pin('NOWHERE')}`,
    `${upstream.host}/lib/app@${pin('NEW')}`,
  ];
  const onBranch = await online(lines, { event: 'push' });
  const wanted = ['2 stale-pin note', '3 not-mirrored-yet error', '4 gone error', '5 gone error'];
  expect([found(onBranch), onBranch.outputs.status]).toEqual([wanted, 'failed']);
  const stale = JSON.parse(onBranch.outputs.findings ?? '').find(
    ({ rule }: { rule: string }) => rule === 'stale-pin',
  );
  expect(stale.replacement).toBe(`${copyOf(upstream.host)}:1@${pin('NEW')}`);
  const inPull = await online(lines.slice(0, 2), { event: 'pull_request' });
  expect([found(inPull), inPull.outputs.status]).toEqual([
    ['2 stale-pin note', '3 not-mirrored-yet note'],
    'fresh',
  ]);
});

it('finds the digest of a tag that is not pinned', async () => {
  const [finding] = JSON.parse((await online([`${upstream.host}/lib/app:1`])).outputs.findings ?? '');
  expect(finding).toMatchObject({
    rule: 'not-pinned',
    replacement: `${upstream.host}/lib/app:1@${pin('NEW')}`,
  });
});

it('a registry that is not there is a failure, never clean', async () => {
  const lines = [`${copyOf('127.0.0.1:9')}@${pin('OLD')}`, `${copyOf('127.0.0.1:9')}@${pin('ONLY')}`];
  const env = { FRESH_MIRROR_PATIENCE: '0.01' };
  const result = await online(lines, { env });
  expect([result.outputs['failed-count'], result.outputs.status, result.code]).toEqual(['2', 'failed', 1]);
  const mixed = await online([...lines, `${upstream.host}/lib/app:1@${pin('NEW')}`], { env });
  expect([mixed.outputs['failed-count'], mixed.outputs.status, mixed.code]).toEqual(['2', 'partial', 1]);
});
