// Finding 2: a tag is moved onto a whole image only, also where the mirror has the index by digest from a former copy.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { image, push } from '../../../demo/images.mjs';
import { digestOf } from '../../fakes/registries/oracle.ts';
import { missingBlobs } from '../../fakes/registries/plain.ts';
import { available, type RegistryKind, type RunningRegistry } from '../../fakes/registries/registries.ts';
import { tagsIn } from '../../fakes/runner/bundle.ts';
import { configOf, endOf, openStage, runWithin, type Stage } from '../../fakes/runner/stage.ts';

const made = image('NEW');
let stage: Stage;
let upstream: RunningRegistry;
beforeEach(async () => {
  stage = openStage();
  upstream = await stage.registry();
  await push(upstream.url, 'lib/app', made, ['1']);
});
afterEach(() => stage.close());

const REPOSITORY = 'docker/registry/v2/repositories/m/lib/app';

describe.each((['v3', 'debian'] as RegistryKind[]).filter(available))('on %s', (kind) => {
  it.each([
    ['deep', 'layer'],
    ['tags', 'layer'],
    ['deep', 'child'],
    ['tags', 'child'],
  ])(
    'finding 2: with verify %s, an index whose %s the mirror lost is made whole before its tag moves',
    async (verify, lost) => {
      const mirror = await stage.registry({ kind, storage: 'filesystem' });
      await push(mirror.url, 'm/lib/app', image('OLD'), ['1']);
      await push(mirror.url, 'm/lib/app', made, []);
      const digest = (lost === 'layer' ? made.blobs.at(-1) : made.manifests.at(-1))?.digest ?? '';
      const room = lost === 'layer' ? '_layers' : '_manifests/revisions';
      rmSync(join(mirror.data, REPOSITORY, room, digest.replace(':', '/')), { recursive: true });
      const config = configOf(`${upstream.host}/lib/app`, mirror.host, ['1']);
      const result = await runWithin(25, { config, inputs: { verify } });
      expect(endOf(result)).toBe('exit 0, status synced');
      expect(tagsIn(result, 'copied')).toEqual(['1']);
      expect(await digestOf(`${mirror.host}/m/lib/app:1`)).toBe(made.index.digest);
      for (const child of made.manifests) {
        expect(await digestOf(`${mirror.host}/m/lib/app@${child.digest}`)).toBe(child.digest);
      }
      expect(await missingBlobs(mirror.url, 'm/lib/app', made)).toEqual([]);
    },
  );
});
