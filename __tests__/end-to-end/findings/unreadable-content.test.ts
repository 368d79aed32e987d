// Finding 5: a broken image of the mirror does not block its own repair, and what cannot be read is that failure, never
// a lost platform.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { refuse, startGate } from '../../fakes/network/gate.ts';
import { digestOf } from '../../fakes/registries/oracle.ts';
import { configIn, manifestIn, plainImage, pushPlain } from '../../fakes/registries/plain.ts';
import type { RunningRegistry } from '../../fakes/registries/registries.ts';
import {
  configOf,
  endOf,
  openStage,
  reasonsOf,
  runWithin,
  type Stage,
  wordsOf,
} from '../../fakes/runner/stage.ts';

const NEW = plainImage('NEW');
const OLD = plainImage('OLD');
const env = { FRESH_MIRROR_PATIENCE: '0.05' };
let stage: Stage;
let upstream: RunningRegistry;
let mirror: RunningRegistry;
beforeEach(async () => {
  stage = openStage();
  [upstream, mirror] = [await stage.registry(), await stage.registry({ storage: 'filesystem' })];
  await pushPlain(upstream.url, 'lib/app', NEW, ['1']);
  await pushPlain(mirror.url, 'm/lib/app', OLD, ['1']);
});
afterEach(() => stage.close());

it.each(['tags', 'deep'])(
  'finding 5a: with verify %s, a plain image whose config the mirror lost is replaced, and that is said',
  async (verify) => {
    const layers = join(mirror.data, 'docker/registry/v2/repositories/m/lib/app/_layers');
    rmSync(join(layers, configIn(OLD).replace(':', '/')), { recursive: true });
    const config = configOf(`${upstream.host}/lib/app`, mirror.host, ['1']);
    const result = await runWithin(25, { config, env, inputs: { verify } });
    expect(reasonsOf(result, 'refused')).toEqual([]);
    expect(endOf(result)).toBe('exit 0, status synced');
    expect(await digestOf(`${mirror.host}/m/lib/app:1`)).toBe(manifestIn(NEW).digest);
    expect(wordsOf(result)).toMatch(
      /mirror[^\n]*(?:broken|lost|missing|could not be read|cannot be read|incomplete)/i,
    );
  },
);

it.each([
  [403, 'DENIED', 'denied'],
  [412, 'PROJECTPOLICYVIOLATION', 'denied'],
  [500, 'UNKNOWN', 'server-error'],
] as const)(
  'finding 5b: upstream answers %s %s to the config: the tag failed, %s',
  async (status, code, reason) => {
    const source = stage.keep(
      await startGate({
        target: upstream.host,
        hook: ({ reference }, response) => reference === configIn(NEW) && refuse(response, status, code),
      }),
    );
    const config = configOf(`${source.host}/lib/app`, mirror.host, ['1']);
    const result = await runWithin(25, { config, env });
    expect(reasonsOf(result, 'refused')).toEqual([]);
    expect(reasonsOf(result, 'failed')).toEqual([`1: ${reason}`]);
    expect(await digestOf(`${mirror.host}/m/lib/app:1`)).toBe(manifestIn(OLD).digest);
  },
);
