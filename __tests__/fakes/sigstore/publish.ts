// Attaches signatures to an image of a real registry as cosign does: older ones under a tag, bundles by their subject, listed
// in the fall-back index.

import { createHash } from 'node:crypto';
import { OCI_INDEX, OCI_MANIFEST } from '../../../src/image/manifest/manifest.ts';
import type { OldSignature } from './signing.ts';

type Place = { readonly url: string; readonly repository: string; readonly digest: string };

const sha = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

async function putBlob(
  { url, repository }: Place,
  bytes: Uint8Array,
): Promise<{ digest: string; size: number }> {
  const begun = await fetch(`${url}/v2/${repository}/blobs/uploads/`, { method: 'POST' });
  const place = new URL(begun.headers.get('location') ?? '', url);
  place.searchParams.set('digest', sha(bytes));
  const put = await fetch(place, { method: 'PUT', body: Buffer.from(bytes) });
  if (put.status !== 201) throw new Error(`blob: ${put.status}`);
  return { digest: sha(bytes), size: bytes.length };
}

async function putManifest({ url, repository }: Place, reference: string, manifest: object): Promise<Buffer> {
  const body = Buffer.from(JSON.stringify(manifest));
  const type = (manifest as { mediaType: string }).mediaType;
  const address = `${url}/v2/${repository}/manifests/${reference === '' ? sha(body) : reference}`;
  const put = await fetch(address, { method: 'PUT', body, headers: { 'content-type': type } });
  if (put.status !== 201) throw new Error(`manifest ${reference}: ${put.status} ${await put.text()}`);
  return body;
}

const tagOf = (digest: string) => digest.replace(':', '-');

/** cosign's tag with one layer a signature. */
async function attachOld(place: Place, signatures: readonly OldSignature[]): Promise<void> {
  const config = await putBlob(place, Buffer.from('{}'));
  const known = new Map<string, Promise<{ digest: string; size: number }>>();
  const blobOf = (payload: Uint8Array) => {
    const blob = known.get(sha(payload)) ?? putBlob(place, payload);
    known.set(sha(payload), blob);
    return blob;
  };
  const layers = await Promise.all(
    signatures.map(async ({ payload, annotations }) => ({
      mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json',
      ...(await blobOf(payload)),
      annotations,
    })),
  );
  await putManifest(place, `${tagOf(place.digest)}.sig`, {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
    layers,
  });
}

const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';

/** One manifest a bundle, with the image as its subject, and all of them in the fall-back index. */
async function attachBundles(place: Place, bundles: readonly unknown[], subject: string): Promise<void> {
  const empty = await putBlob(place, Buffer.from('{}'));
  const manifests: object[] = [];
  for (const bundle of bundles) {
    const layer = await putBlob(place, Buffer.from(JSON.stringify(bundle)));
    const annotations = {
      'dev.sigstore.bundle.content': 'dsse-envelope',
      'dev.sigstore.bundle.predicateType': 'https://sigstore.dev/cosign/sign/v1',
    };
    const bytes = await putManifest(place, '', {
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      artifactType: BUNDLE,
      config: { mediaType: 'application/vnd.oci.empty.v1+json', ...empty },
      layers: [{ mediaType: BUNDLE, ...layer }],
      subject: { mediaType: OCI_INDEX, digest: subject, size: 1 },
      annotations,
    });
    manifests.push({
      mediaType: OCI_MANIFEST,
      digest: sha(bytes),
      size: bytes.length,
      artifactType: BUNDLE,
      annotations,
    });
  }
  await putManifest(place, tagOf(place.digest), { schemaVersion: 2, mediaType: OCI_INDEX, manifests });
}

/** Attaches both kinds; `subject` is what bundles name as theirs, the image itself unless a test lies. */
export async function attachSignatures(
  place: Place,
  old: readonly OldSignature[],
  bundles: readonly unknown[],
  subject = place.digest,
): Promise<void> {
  if (old.length > 0) await attachOld(place, old);
  if (bundles.length > 0) await attachBundles(place, bundles, subject);
}
