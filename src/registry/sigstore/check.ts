// Behind the door CheckSignatures: finds what is attached to a digest, reads it within bounds, and has each signature
// proven. Sigstore's libraries are loaded with the first signature, so a run without `signed-by` never does.

import { asFailure, type Reason } from '../../base/errors/failure.ts';
import { inParallel } from '../../base/flow/limit.ts';
import type { Name } from '../../image/names/reference.ts';
import type { Doubt, Signature, TrustQuestion } from '../../image/signatures/signatures.ts';
import type { AttachedDoor, CheckSignatures } from '../doors/attached.ts';
import type { Registry } from '../doors/registry.ts';
import { type Evidence, evidenceOf, type SignatureLayer, signatureLayers } from './evidence.ts';
import type { Root, Trust } from './trust.ts';

/** Where keys and roots come from: files by their paths, read before; Sigstore's own root, fetched when it is needed. */
export type TrustStore = {
  readonly keys: ReadonlyMap<string, Trust['keys'][number]['key']>;
  readonly roots: ReadonlyMap<string, Root>;
  publicRoot(): Promise<Root>;
};

type CheckDeps = {
  readonly attachedTo: AttachedDoor['attachedTo'];
  readonly getBlob: Registry['getBlob'];
  readonly store: TrustStore;
};

/** Images have a few signatures. Each costs a request and about a millisecond. */
const MOST_SIGNATURES = 64;
/** A payload has some 250 bytes, a bundle some 10,000. */
const MOST_BYTES = 256 * 1024;
const AT_ONCE = 8;

/** The real door. */
export function createCheck(deps: CheckDeps): CheckSignatures {
  return async (name, digest, question) => {
    const { found } = await deps.attachedTo(name, digest, ['signatures']);
    const all = found.flatMap(({ body }) => signatureLayers(body));
    const layers = all.slice(0, MOST_SIGNATURES);
    const isCut = all.length > layers.length;
    const asked = new Date();
    if (layers.length === 0) return { holding: [], doubts: [], isCut, asked };
    const trust = await trustFor(question, deps.store);
    const { prove } = await import(/* webpackChunkName: "sigstore" */ './proof.ts');
    const results = await inParallel(layers, AT_ONCE, async (layer) => {
      const evidence = await fetchEvidence(layer, name, deps);
      return 'why' in evidence ? evidence : prove(evidence, digest, trust);
    });
    return { ...sorted(results), isCut, asked };
  };
}

function sorted(results: readonly (readonly Signature[] | Doubt)[]) {
  return {
    holding: results.flatMap((result) => ('why' in result ? [] : result)),
    doubts: results.flatMap((result) => ('why' in result ? [result] : [])),
  };
}

/** What a registry says of one signature of many need not be true; that it cannot be reached is reported as such. */
const OF_ONE_SIGNATURE: readonly Reason[] = ['corrupt', 'unsupported', 'not-found'];

async function fetchEvidence(
  layer: SignatureLayer,
  name: Name,
  { getBlob }: CheckDeps,
): Promise<Evidence | Doubt> {
  if (layer.size > MOST_BYTES) return doubt('it is far larger than any signature');
  try {
    const bytes = await getBlob(name, layer.digest, MOST_BYTES);
    if (bytes === null) return doubt('its content is not there');
    const evidence = evidenceOf(layer, bytes);
    return typeof evidence === 'string' ? doubt(evidence) : evidence;
  } catch (thrown) {
    if (OF_ONE_SIGNATURE.includes(asFailure(thrown).reason))
      return doubt('its content is not what it should be');
    throw thrown;
  }
}

function doubt(why: string): Doubt {
  return { why, isOther: false };
}

/** Roots of the keyless signers, and keys with the root of the log that they are asked for. */
async function trustFor({ signers, asksAge }: TrustQuestion, store: TrustStore): Promise<Trust> {
  const rootOf = async (path: string | null): Promise<Root> =>
    path === null ? store.publicRoot() : known(store.roots, path);
  const paths = new Set(signers.flatMap((signer) => (signer.kind === 'keyless' ? [signer.trustedRoot] : [])));
  const keys = signers.filter((signer) => signer.kind === 'key');
  return {
    roots: await Promise.all([...paths].map(rootOf)),
    keys: await Promise.all(
      keys.map(async ({ path, needsLog, trustedRoot }) => {
        const root = needsLog || asksAge ? await rootOf(trustedRoot) : null;
        return { path, key: known(store.keys, path), root };
      }),
    ),
  };
}

function known<T>(files: ReadonlyMap<string, T>, path: string): T {
  const file = files.get(path);
  if (file === undefined) throw new Error(`nobody read ${path}`);
  return file;
}
