// What is attached to images, made by hand and put into a registry over plain HTTP: for what cosign would never do, and for
// tests that want nothing signed.

import { createHash } from 'node:crypto';
import { OCI_INDEX, OCI_MANIFEST } from '../../../src/image/manifest/manifest.ts';

/** A manifest as it was put, and how it is found. */
export type Thing = { readonly digest: string; readonly bytes: Buffer; readonly tag: string | null };

export const SPDX = 'application/spdx+json';
export const NOTATION = 'application/vnd.cncf.notary.signature';
export const SIGNING = 'application/vnd.dev.cosign.simplesigning.v1+json';

const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const hex = (digest: string): string => digest.replace(':', '-');

/** A registry's repository, `http://127.0.0.1:5000/v2/lib/app`. */
export function repositoryAt(url: string, repository: string): string {
  return `${url}/v2/${repository}`;
}

async function putBlob(base: string, text: string): Promise<{ digest: string; size: number }> {
  const bytes = Buffer.from(text);
  const digest = digestOf(bytes);
  const begun = await fetch(`${base}/blobs/uploads/`, { method: 'POST' });
  const place = new URL(begun.headers.get('location') ?? '', base);
  place.searchParams.set('digest', digest);
  const put = await fetch(place, { method: 'PUT', body: bytes });
  if (put.status !== 201) throw new Error(`blob: ${put.status} ${await put.text()}`);
  return { digest, size: bytes.length };
}

export async function putManifest(
  base: string,
  reference: string,
  bytes: Buffer,
  type = OCI_MANIFEST,
): Promise<void> {
  const put = await fetch(`${base}/manifests/${reference}`, {
    method: 'PUT',
    headers: { 'content-type': type },
    body: bytes,
  });
  if (put.status !== 201) throw new Error(`manifest ${reference}: ${put.status} ${await put.text()}`);
}

/** What a tag or digest serves; null where there is none. */
export async function manifestAt(base: string, reference: string): Promise<Buffer | null> {
  const accept = `${OCI_MANIFEST}, ${OCI_INDEX}`;
  const answer = await fetch(`${base}/manifests/${reference}`, { headers: { accept } });
  return answer.status === 200 ? Buffer.from(await answer.arrayBuffer()) : null;
}

type Fields = {
  readonly subject?: string;
  readonly artifactType?: string;
  readonly layers?: readonly object[];
};

/** Puts a manifest of one small layer named `name`; nothing lists it yet. */
export async function makeThing(base: string, name: string, fields: Fields): Promise<Thing> {
  const config = { mediaType: 'application/vnd.oci.empty.v1+json', ...(await putBlob(base, '{}')) };
  const layer = { mediaType: fields.artifactType ?? SPDX, ...(await putBlob(base, `content of ${name}`)) };
  const subject =
    fields.subject === undefined
      ? {}
      : { subject: { mediaType: OCI_INDEX, digest: fields.subject, size: 1 } };
  const { artifactType } = fields;
  const manifest = { schemaVersion: 2, mediaType: OCI_MANIFEST, artifactType, config, layers: [layer] };
  const bytes = Buffer.from(JSON.stringify({ ...manifest, layers: fields.layers ?? [layer], ...subject }));
  await putManifest(base, digestOf(bytes), bytes);
  return { digest: digestOf(bytes), bytes, tag: null };
}

/** The digests that the fall-back index of a digest lists. */
export async function listedAt(base: string, subject: string): Promise<string[]> {
  const index = await manifestAt(base, hex(subject));
  if (index === null) return [];
  const { manifests } = JSON.parse(index.toString()) as { manifests: { digest: string }[] };
  return manifests.map(({ digest }) => digest);
}

/** Lists these in the fall-back index of a digest, and nothing else. */
export async function listThings(base: string, subject: string, things: readonly Thing[]): Promise<void> {
  const manifests = things.map(({ digest, bytes }) => {
    const { artifactType } = JSON.parse(bytes.toString()) as { artifactType?: string };
    return { mediaType: OCI_MANIFEST, digest, size: bytes.length, artifactType };
  });
  const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }));
  await putManifest(base, hex(subject), index, OCI_INDEX);
}

/** Attaches a manifest by its subject, and lists it beside what is listed already. */
export async function attachThing(
  base: string,
  subject: string,
  name: string,
  artifactType = SPDX,
): Promise<Thing> {
  const thing = await makeThing(base, name, { subject, artifactType });
  const before = await Promise.all(
    (await listedAt(base, subject)).map(async (digest) => {
      const bytes = (await manifestAt(base, digest)) ?? Buffer.from('{}');
      return { digest, bytes, tag: null };
    }),
  );
  await listThings(base, subject, [...before, thing]);
  return thing;
}

/** A tag of cosign's with a layer for each of these signatures. */
export async function tagThing(
  base: string,
  subject: string,
  suffix: string,
  signatures: readonly string[],
): Promise<Thing> {
  const payload = await putBlob(base, `payload of ${subject}`);
  const layers = signatures.map((signature) => ({
    mediaType: SIGNING,
    ...payload,
    annotations: { 'dev.cosignproject.cosign/signature': signature },
  }));
  const thing = await makeThing(base, `${suffix} of ${subject}`, { layers });
  const tag = `${hex(subject)}.${suffix}`;
  await putManifest(base, tag, thing.bytes);
  return { ...thing, tag };
}
