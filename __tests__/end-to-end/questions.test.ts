// What README answers a newcomer: the run without a right to write, and its table of questions, each as a reader would do it.
// (Pull limits are in findings/pull-limit.test.ts, requests and pulls of a night in counts.test.ts.)

import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { image, push } from '../../demo/images.mjs';
import { digestOf } from '../fakes/registries/oracle.ts';
import type { RunningRegistry } from '../fakes/registries/registries.ts';
import { endOf, openStage, runWithin, type Stage } from '../fakes/runner/stage.ts';

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const FENCES = [...README.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => text);

let stage: Stage;
let upstream: RunningRegistry;
let mirror: RunningRegistry;
beforeEach(async () => {
  stage = openStage();
  upstream = await stage.registry();
  mirror = await stage.registry();
});
afterEach(() => stage.close());

const sync = (images: readonly string[]) =>
  runWithin(30, { config: `mirror: ${mirror.host}/m\nimages: ${JSON.stringify(images)}\n` });
const onMirror = () => digestOf(`${mirror.host}/m/lib/app:1`);

it('Try it: the config of README arrives in a registry of the job, without a login', async () => {
  const { source, tags } = parse(FENCES[0] ?? '').images[0];
  await push(upstream.url, 'library/ruby', image('A'), tags);
  const { permissions, services, steps } = parse(FENCES[2] ?? '').jobs.try;
  expect([permissions, Object.keys(services)]).toEqual([{ contents: 'read' }, ['registry']]);
  const { mirror: written } = steps.at(-1).with;
  const result = await runWithin(30, {
    config: (FENCES[0] ?? '').replace(source, `${upstream.host}/library/ruby`),
    inputs: { mirror: written.replace('5000', mirror.host.split(':')[1]) },
  });
  expect(endOf(result)).toBe('exit 0, status synced');
  expect(result.outputs['copied-count']).toBe(`${tags.length}`);
  expect(await digestOf(`${mirror.host}/try/library/ruby:${tags[0]}`)).toBe(image('A').index.digest);
});

it('a tag that was taken off the list stays on the mirror', async () => {
  await push(upstream.url, 'lib/app', image('A'), ['1', '2']);
  await sync([`${upstream.host}/lib/app:1`, `${upstream.host}/lib/app:2`]);
  expect(endOf(await sync([`${upstream.host}/lib/app:2`]))).toBe('exit 0, status fresh');
  expect(await onMirror()).toBe(image('A').index.digest);
});

it('a move is undone by a pin to the digest that the report names, and stays undone', async () => {
  const app = `${upstream.host}/lib/app:1`;
  await push(upstream.url, 'lib/app', image('A'), ['1']);
  const { stdout } = await sync([app]);
  await push(upstream.url, 'lib/app', image('B'), ['1']);
  const { report } = await sync([app]);
  expect(await onMirror()).toBe(image('B').index.digest);
  const [{ from }] = (report as { copied: readonly [{ from: string }] }).copied;
  expect(stdout).toMatch(new RegExp(`^::group::Copy$[^]*m/lib/app:1@${from}`, 'm'));
  expect(endOf(await sync([`${app}@${from}`]))).toBe('exit 0, status synced');
  expect(await onMirror()).toBe(image('A').index.digest);
  expect(endOf(await sync([`${app}@${from}`]))).toBe('exit 0, status fresh');
  expect(await onMirror()).toBe(image('A').index.digest);
});

it('and where upstream has lost that digest, out of what the mirror has', async () => {
  const app = `${upstream.host}/lib/app:1`;
  await push(upstream.url, 'lib/app', image('A'), ['1']);
  await sync([app]);
  await push(upstream.url, 'lib/app', image('B'), ['1']);
  await sync([app]);
  const later = await stage.registry();
  await push(later.url, 'lib/app', image('B'), ['1']);
  const config = `mirror: ${mirror.host}/m\nread-from: { "${upstream.host}": "${later.host}" }\nimages: ["${app}@${image('A').index.digest}"]\n`;
  expect(endOf(await runWithin(30, { config }))).toBe('exit 0, status synced');
  expect(await onMirror()).toBe(image('A').index.digest);
});
