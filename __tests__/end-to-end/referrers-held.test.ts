// A tag never moves before what is attached to its image is there and found: at no moment of a run, and not when the run is
// killed at any write.

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { image, push } from '../../demo/images.mjs';
import {
  attachThing,
  listedAt,
  manifestAt,
  NOTATION,
  repositoryAt,
  SPDX,
  type Thing,
  tagThing,
} from '../fakes/registries/attach.ts';
import {
  available,
  type RegistryKind,
  type RunningRegistry,
  startRegistry,
} from '../fakes/registries/registries.ts';
import { type ActionOptions, type RunningAction, runAction, startAction } from '../fakes/runner/bundle.ts';
import { startHeld } from '../fakes/trials/held.ts';

const OLD = image('old');
const NEW = image('new');
const [FIRST_CHILD] = NEW.manifests.map(({ digest }) => digest);

/** Subject and what is attached to it. */
const attached: [string, Thing][] = [];
let upstream: RunningRegistry;

beforeAll(async () => {
  upstream = await startRegistry();
  await push(upstream.url, 'lib/app', NEW, ['1', '2']);
  const base = repositoryAt(upstream.url, 'lib/app');
  const add = async (subject: string, thing: Thing): Promise<Thing> => {
    attached.push([subject, thing]);
    return thing;
  };
  const sbom = await add(NEW.index.digest, await attachThing(base, NEW.index.digest, 'sbom', SPDX));
  // A chain: the signature of the SBOM.
  await add(sbom.digest, await attachThing(base, sbom.digest, 'signature of sbom', NOTATION));
  await add(NEW.index.digest, await attachThing(base, NEW.index.digest, 'signature', NOTATION));
  await add(FIRST_CHILD ?? '', await attachThing(base, FIRST_CHILD ?? '', 'child sbom', SPDX));
  await add(NEW.index.digest, await tagThing(base, NEW.index.digest, 'sig', ['upstream']));
});
afterAll(() => upstream.stop());

/** What of all that is attached cannot be found on the mirror. */
async function lacking(base: string): Promise<string[]> {
  const looked = await Promise.all(
    attached.map(async ([subject, { digest, tag, bytes }]) => {
      if (tag !== null) return (await manifestAt(base, tag))?.equals(bytes) ? [] : [tag];
      const found = (await listedAt(base, subject)).includes(digest) && (await manifestAt(base, digest));
      return found ? [] : [digest];
    }),
  );
  return looked.flat();
}

type Trial = { readonly wrong: string[]; readonly writes: number };
/** `kill`: the number of the write after which the run is killed. */
type Options = { readonly policy: string; readonly kill?: number };

async function trial(mirror: RunningRegistry, repository: string, { policy, kill }: Options): Promise<Trial> {
  await push(mirror.url, `m/${repository}`, OLD, ['1']);
  const base = repositoryAt(mirror.url, `m/${repository}`);
  const wrong: string[] = [];
  let running: RunningAction | null = null;
  const check = async (when: string): Promise<void> => {
    for (const tag of ['1', '2']) {
      const isNew = (await manifestAt(base, tag))?.equals(NEW.index.bytes) === true;
      const without = isNew ? await lacking(base) : [];
      wrong.push(...without.map((one) => `${when}: ${tag} has moved without ${one}`));
    }
  };
  const held = await startHeld(mirror.host, async (at) => {
    await check(`after write ${at}`);
    if (at === kill) running?.kill('SIGKILL');
  });
  try {
    const entry = {
      source: `${upstream.host}/lib/app`,
      to: repository,
      tags: ['1', '2'],
      'new-tags': 'ignore',
    };
    const defaults = { referrers: 'all', 'on-failure': policy };
    const config = JSON.stringify({ mirror: `${held.host}/m`, defaults, images: [entry] });
    const options: ActionOptions = { config };
    running = startAction(options);
    const result = await running.result;
    if (kill === undefined) expect([result.outputs.status, result.outputs.failed]).toEqual(['synced', '[]']);
    else {
      // The post step of the killed run, and the next run.
      await runAction({ ...options, state: result.state });
      const next = await runAction(options);
      expect(['synced', 'fresh']).toContain(next.outputs.status);
    }
    wrong.push(...(await lacking(base)).map((one) => `at the end there is no ${one}`));
    return { wrong, writes: held.writes() };
  } finally {
    await held.stop();
  }
}

const KINDS = (['v3', 'debian'] as const).filter((kind: RegistryKind) => available(kind));
describe.each(KINDS)('a mirror on %s', (kind) => {
  it.each(['keep', 'rollback'])(
    'on-failure: %s',
    async (policy) => {
      const mirror = await startRegistry({ kind, deletes: true });
      try {
        const { wrong, writes } = await trial(mirror, `${policy}-0`, { policy });
        expect(wrong).toEqual([]);
        expect(writes).toBeGreaterThan(10);
        const every = kind === 'v3' && policy === 'keep' ? 1 : 5;
        const moments = Array.from({ length: writes }, (_, at) => at + 1).filter((at) => at % every === 0);
        const all: string[] = [];
        for (const at of moments) {
          const killed = await trial(mirror, `${policy}-${at}`, { policy, kill: at });
          all.push(...killed.wrong.map((one) => `killed after write ${at}: ${one}`));
        }
        expect(all).toEqual([]);
      } finally {
        await mirror.stop();
      }
    },
    900_000,
  );
});
