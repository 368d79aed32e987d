// Thousands of platforms are compared in a moment: while they are, nobody hears a signal.

import { expect, it } from '@jest/globals';
import {
  decodeManifest,
  type ManifestBody,
  OCI_INDEX,
  OCI_MANIFEST,
} from '../../../src/image/manifest/manifest.ts';
import { digestOf } from '../../../src/image/names/digest.ts';
import { guardPlatforms } from '../../../src/plan/platforms/guard.ts';
import type { OpenManifest } from '../../../src/plan/platforms/served.ts';
import { platformTagTargets } from '../../../src/plan/platforms/tag-targets.ts';
import { RUBY } from '../steps/builders.ts';
import { bodyOf, policyOf } from './sides.ts';

const MANY = 20_000;

function many(salt: string): OpenManifest {
  const manifests = Array.from({ length: MANY }, (_, at) => ({
    mediaType: OCI_MANIFEST,
    digest: digestOf(Buffer.from(`${salt}${at}`)),
    size: 1,
    platform: { os: 'linux', architecture: `${salt}${at}` },
  }));
  const body: ManifestBody = bodyOf({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }, OCI_INDEX);
  const manifest = decodeManifest(body.bytes, body.mediaType);
  return { body, manifest, manifests: new Map(), configs: new Map() };
}

const [OLD, NEW] = [many('a'), many('b')];

it.each(['refuse', 'hybrid', 'accept', 'hybrid platforms=amd64', 'refuse expected=amd64,arm64'])(
  'every platform lost, under %s',
  (text) => {
    const started = performance.now();
    const verdict = guardPlatforms({
      source: RUBY,
      tag: '1',
      current: OLD,
      candidate: NEW,
      policy: policyOf(text),
      where: 'entry',
      today: '2026-09-01',
    });
    expect(verdict.kind).toBe(text === 'hybrid' ? 'hybrid' : text === 'accept' ? 'accepted' : 'refused');
    expect(performance.now() - started).toBeLessThan(1_500);
  },
);

it('platform tags of every platform', () => {
  const leaves = (opened: OpenManifest) =>
    opened.manifest.kind === 'index'
      ? opened.manifest.entries.map(({ digest, platform, raw }) => ({ digest, platform, raw, attests: null }))
      : [];
  const started = performance.now();
  const targets = platformTagTargets('{tag}-{arch}', '1', leaves(NEW), leaves(OLD));
  expect(targets).toHaveLength(2 * MANY);
  expect(performance.now() - started).toBeLessThan(1_500);
});
