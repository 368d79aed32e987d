import { describe, expect, it } from '@jest/globals';
import { Failure } from '../../../src/base/errors/failure.ts';
import type { ManifestBody } from '../../../src/image/manifest/manifest.ts';
import { digestOf } from '../../../src/image/names/digest.ts';
import { lookUp } from '../../../src/image/names/look-up.ts';
import { formatName } from '../../../src/image/names/reference.ts';
import type { Plan } from '../../../src/plan/steps/step.ts';
import { apply } from '../../../src/run/apply/apply.ts';
import { verifyDeep } from '../../../src/run/observe/verify.ts';
import { MIRROR, PULL, policies, wanted } from '../../plan/steps/builders.ts';
import { type MemoryDoors, memoryDoors } from '../fakes.ts';

const INDEX = 'application/vnd.oci.image.index.v1+json';
const IMAGE = 'application/vnd.oci.image.manifest.v1+json';

function blob(name: string): ManifestBody {
  const bytes = Buffer.from(name);
  return { digest: digestOf(bytes), mediaType: 'application/vnd.oci.image.layer.v1.tar', bytes };
}

function json(mediaType: string, fields: object): ManifestBody {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...fields }));
  return { digest: digestOf(bytes), mediaType, bytes };
}

function point({ digest, mediaType, bytes }: ManifestBody) {
  return { digest, mediaType, size: bytes.length };
}

const LAYER = blob('layer');
const CONFIG = blob('config');
const CHILD = json(IMAGE, { config: point(CONFIG), layers: [point(LAYER)] });
const WHOLE = json(INDEX, { manifests: [point(CHILD)] });
const planOf = (verify: 'deep' | 'tags'): Plan => ({
  tags: [{ wanted: wanted('1', { policies: policies({ verify }) }), kind: 'fresh', digest: WHOLE.digest }],
  patterns: [],
});
const PLAN = planOf('deep');

function ready(): MemoryDoors {
  const doors = memoryDoors();
  for (const one of [WHOLE, CHILD, CONFIG, LAYER]) {
    doors.upstream.held.set(lookUp(PULL, one.digest), one);
    doors.mirror.held.set(lookUp(MIRROR, one.digest), one);
  }
  doors.mirror.held.set(lookUp(MIRROR, '1'), WHOLE);
  return doors;
}

const deep = (doors: MemoryDoors): Promise<Plan> => verifyDeep(PLAN, doors);

describe('verify: deep', () => {
  it('asks nothing where it was not asked for, and leaves what is whole as it is', async () => {
    const doors = ready();
    const shallow = planOf('tags');
    expect(await verifyDeep(shallow, doors)).toBe(shallow);
    expect(doors.mirror.calls).toEqual([]);
    expect(await deep(doors)).toEqual(PLAN);
    expect(doors.mirror.calls).toHaveLength(4);
  });

  it.each([
    ['a child', CHILD],
    ['a layer', LAYER],
    ['a config', CONFIG],
  ])('brings %s again by digest, and touches no tag', async (_, lost) => {
    const doors = ready();
    doors.mirror.held.delete(lookUp(MIRROR, lost.digest));
    const plan = await deep(doors);
    expect(plan.tags[0]).toMatchObject({ kind: 'stale', step: { reason: 'repair', bring: [CHILD.digest] } });
    const outcomes = await apply(plan, doors);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['copied']);
    expect(doors.mirror.calls.filter((call) => call.startsWith('put'))).toEqual([]);
    expect(doors.copies).toEqual([`${formatName(MIRROR)}@${CHILD.digest}`]);
    expect((await deep(doors)).tags[0]?.kind).toBe('fresh');
  });

  it('calls nothing repaired that still lacks content', async () => {
    const doors = ready();
    doors.mirror.held.delete(lookUp(MIRROR, LAYER.digest));
    doors.engine.bring = async () => undefined;
    doors.engine.bringAgain = async () => undefined;
    const outcomes = await apply(await deep(doors), doors);
    expect(outcomes).toMatchObject([{ kind: 'failed', failure: { reason: 'corrupt' } }]);
  });

  it('says why it could not look, and never fresh', async () => {
    const doors = ready();
    doors.mirror.faults.set(`get ${lookUp(MIRROR, CHILD.digest)}`, new Failure('server-error', '500'));
    expect((await deep(doors)).tags).toMatchObject([{ kind: 'failed', failure: { reason: 'server-error' } }]);
    doors.cancel.abort(new Failure('budget', 'time is up'));
    expect((await deep(doors)).tags).toMatchObject([{ kind: 'failed', failure: { reason: 'budget' } }]);
  });
});
