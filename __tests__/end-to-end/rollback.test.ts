// All or nothing against real registries; verdicts by crane and a hash.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { image, push } from '../../demo/images.mjs';
import { type RunningProxy, startProxy } from '../fakes/faults/proxy.ts';
import { digestOf, manifestOf } from '../fakes/registries/oracle.ts';
import { available, type RunningRegistry, startRegistry } from '../fakes/registries/registries.ts';
import { runAction, tagsIn } from '../fakes/runner/bundle.ts';
import { toggle } from '../fakes/trials/many-tags.ts';
import {
  type Bench,
  type Case,
  KINDS,
  type Kind,
  openBench,
  type Reverted,
  revert,
} from '../fakes/trials/reverts.ts';

/** What the tag is afterwards, and what is said of it. */
const EXACT = { said: 'rollback', tag: 'OLD' };
const MATRIX: Readonly<Record<Kind, Readonly<Record<Case, Reverted>>>> = {
  'v3 with delete': withNew({ said: 'rollback', tag: 'nothing' }),
  'v3 without': withNew({ said: 'kept-new', tag: 'NEW' }),
  '2.8.2 with delete': withNew({ said: 'kept-new', tag: 'NEW' }),
  '2.8.2 without': withNew({ said: 'kept-new', tag: 'NEW' }),
  'read-only': {
    moved: { said: 'rollback-failed', tag: 'NEW' },
    new: { said: 'kept-new', tag: 'NEW' },
    foreign: { said: 'foreign-change', tag: 'THEIRS' },
    gone: { said: 'rollback-failed', tag: 'NEW' },
  },
};

function withNew(created: Reverted): Record<Case, Reverted> {
  return { moved: EXACT, new: created, foreign: { said: 'foreign-change', tag: 'THEIRS' }, gone: EXACT };
}

const kinds = KINDS.filter((kind) => available(kind.startsWith('2.8.2') ? 'debian' : 'v3'));

describe.each(kinds)('the way back on %s', (kind) => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openBench(kind);
  });
  afterAll(() => bench.close());

  it.each(Object.entries(MATRIX[kind]))('%s: %j', async (what, expected) => {
    expect(await revert(bench, what as Case)).toEqual(expected);
  });
});

it('one tag in ten fails: keep has the others, rollback leaves all as it was, in turn', async () => {
  expect(await toggle({ tags: 30, failing: 3, rounds: 2 }, () => undefined)).toEqual([]);
});

describe('a mirror that lost what a fresh tag refers to', () => {
  let upstream: RunningRegistry;
  let mirror: RunningRegistry;
  let proxy: RunningProxy;
  const made = image('DEEP');
  beforeAll(async () => {
    [upstream, mirror] = await Promise.all([startRegistry(), startRegistry({ storage: 'filesystem' })]);
    proxy = await startProxy(mirror.host);
    await push(upstream.url, 'lib/app', made, ['1']);
    await push(mirror.url, 'm/lib/app', made, ['1']);
  });
  afterAll(async () => {
    await proxy.stop();
    await Promise.all([upstream.stop(), mirror.stop()]);
  });

  const run = (verify: string) =>
    runAction({
      config: `mirror: ${proxy.host}/m\nimages:\n  - { source: "${upstream.host}/lib/app", tags: ["1"] }\n`,
      inputs: { verify },
    });

  it('a pruned child is brought again by digest, and the tag is not touched', async () => {
    const child = made.manifests[0]?.digest ?? '';
    const revisions = 'docker/registry/v2/repositories/m/lib/app/_manifests/revisions';
    rmSync(join(mirror.data, revisions, child.replace(':', '/')), { recursive: true });
    expect(await manifestOf(`${mirror.host}/m/lib/app@${child}`)).toBeNull();
    expect((await run('tags')).outputs.status).toBe('fresh');
    proxy.reset();
    const result = await run('deep');
    expect(result.outputs.status).toBe('synced');
    expect(JSON.parse(result.outputs.copied ?? '')).toMatchObject([{ tag: '1', reason: 'repair' }]);
    expect(await digestOf(`${mirror.host}/m/lib/app@${child}`)).toBe(child);
    const puts = proxy
      .traffic()
      .requests.filter(({ method, kind }) => method === 'PUT' && kind === 'manifest');
    expect(puts.map(({ reference }) => reference)).toEqual([child]);
  });

  it('what is whole is fresh, and nothing is written', async () => {
    proxy.reset();
    expect((await run('deep')).outputs.status).toBe('fresh');
    expect(proxy.traffic().writes).toBe(0);
  });

  it('a lost layer is found, and never called fresh', async () => {
    const blob = made.blobs.at(-1)?.digest ?? '';
    rmSync(join(mirror.data, 'docker/registry/v2/repositories/m/lib/app/_layers', blob.replace(':', '/')), {
      recursive: true,
    });
    const result = await run('deep');
    expect([result.outputs.status, tagsIn(result, 'copied'), tagsIn(result, 'failed')]).toEqual([
      'synced',
      ['1'],
      [],
    ]);
    expect((await run('deep')).outputs.status).toBe('fresh');
  });
});

it('a time budget that is used up leaves every tag for the next run', async () => {
  const upstream = await startRegistry();
  try {
    await push(upstream.url, 'lib/app', image('A'), ['1', '2']);
    const mirror = await startProxy(upstream.host, { latency: { request: 300 } });
    const config = `mirror: ${mirror.host}/m\nimages:\n  - { source: "${upstream.host}/lib/app", tags: ["1", "2"] }\n`;
    const result = await runAction({ config, inputs: { 'time-budget': '1s' } });
    await mirror.stop();
    expect([result.code, result.outputs.status, tagsIn(result, 'deferred')]).toEqual([
      0,
      'deferred',
      ['1', '2'],
    ]);
    expect(JSON.parse(result.outputs.deferred ?? '')).toMatchObject([
      { reason: 'budget' },
      { reason: 'budget' },
    ]);
    expect(result.seconds).toBeLessThan(10);
  } finally {
    await upstream.stop();
  }
});
