// Small real multi-platform OCI images made from a symbolic name, and pushed over plain HTTP.
// The demo runs this before anything is installed, the tests use it to fill registries: Node 20, no dependency.
// The same name gives the same bytes on every machine, so a digest can be told before it is pushed.

import { createHash } from 'node:crypto';
import http from 'node:http';
import { crc32 } from 'node:zlib';

/**
 * @typedef {{ digest: string, mediaType: string, bytes: Buffer }} Content
 * @typedef {Content & { platform: string, symbol: string }} Child
 * @typedef {{ index: Content, manifests: Child[], blobs: Content[] }} Image
 * @typedef {{ platforms?: Record<string, string>, attestations?: boolean, mediaTypes?: 'oci' | 'docker',
 *   layerBytes?: number, annotations?: Record<string, string>, labels?: Record<string, string> }} ImageOptions
 */

const TYPES = {
  oci: {
    index: 'application/vnd.oci.image.index.v1+json',
    manifest: 'application/vnd.oci.image.manifest.v1+json',
    config: 'application/vnd.oci.image.config.v1+json',
    layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  },
  docker: {
    index: 'application/vnd.docker.distribution.manifest.list.v2+json',
    manifest: 'application/vnd.docker.distribution.manifest.v2+json',
    config: 'application/vnd.docker.container.image.v1+json',
    layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  },
};

/**
 * An image with two layers per platform. Equal names (and options) give equal digests, and an equal pair of
 * platform and symbol gives the same child manifest in every image.
 * @param {string} name the symbol of every platform, unless `platforms` names them one by one
 * @param {ImageOptions} [options] `layerBytes` is the content of one layer, in bytes
 * @returns {Image}
 */
export function image(name, options = {}) {
  const { platforms = { 'linux/amd64': name, 'linux/arm64': name }, mediaTypes = 'oci' } = options;
  const children = Object.entries(platforms).map(([platform, symbol]) => child(platform, symbol, options));
  const notes = options.attestations ? children.map((one) => attestation(one, mediaTypes)) : [];
  const index = json(TYPES[mediaTypes].index, {
    schemaVersion: 2,
    mediaType: TYPES[mediaTypes].index,
    manifests: [...children, ...notes].map((one) => one.descriptor),
    ...(options.annotations ? { annotations: options.annotations } : {}),
  });
  return {
    index,
    manifests: [...children, ...notes].map((one) => one.manifest),
    blobs: distinct([...children, ...notes].flatMap((one) => one.blobs)),
  };
}

/**
 * Puts an image into a repository under every tag (none: under its digest alone). What this process pushed there
 * before is believed to be there still, so tagging again costs one PUT; a registry that lost it gets all of it again.
 * @param {string} baseUrl of the registry, `http://127.0.0.1:5000`
 * @param {string} repository
 * @param {Image} made
 * @param {readonly string[]} tags
 * @param {{ headers?: Record<string, string> }} [options] headers are added to every request
 * @returns {Promise<void>}
 */
export async function push(baseUrl, repository, made, tags, { headers = {} } = {}) {
  const target = { baseUrl, repository, headers };
  const references = tags.length > 0 ? tags : [made.index.digest];
  if (!pushed.has(key(target, made.index))) await pushParts(target, made);
  for (const reference of references) {
    const answer = await putManifest(target, reference, made.index);
    if (answer.status === 201) continue;
    await pushParts(target, made);
    expect(await putManifest(target, reference, made.index), 201, reference);
  }
  pushed.add(key(target, made.index));
}

const pushed = new Set();
const agent = new http.Agent({ keepAlive: true, maxSockets: 16 });

function key({ baseUrl, repository }, content) {
  return `${baseUrl}/${repository}@${content.digest}`;
}

async function pushParts(target, made) {
  await Promise.all(made.blobs.map((blob) => pushBlob(target, blob)));
  for (const one of made.manifests) expect(await putManifest(target, one.digest, one), 201, one.digest);
}

async function pushBlob(target, blob) {
  const { baseUrl, repository } = target;
  const session = await send(
    target,
    'POST',
    `${baseUrl}/v2/${repository}/blobs/uploads/`,
    Buffer.alloc(0),
    {},
  );
  expect(session, 202, `upload to ${repository}`);
  const location = new URL(String(session.headers.location), baseUrl);
  location.searchParams.set('digest', blob.digest);
  const type = { 'Content-Type': 'application/octet-stream' };
  expect(await send(target, 'PUT', location.href, blob.bytes, type), 201, blob.digest);
}

function putManifest(target, reference, { bytes, mediaType }) {
  const url = `${target.baseUrl}/v2/${target.repository}/manifests/${reference}`;
  return send(target, 'PUT', url, bytes, { 'Content-Type': mediaType });
}

function expect(answer, status, what) {
  if (answer.status !== status) throw new Error(`push of ${what}: ${answer.status} ${answer.text}`);
}

function send(target, method, url, body, extra) {
  const headers = { ...target.headers, ...extra, 'Content-Length': String(body.length) };
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method, headers, agent }, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(parts).toString('utf8').slice(0, 300);
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

function child(platform, symbol, { mediaTypes = 'oci', layerBytes = 1024, labels }) {
  const types = TYPES[mediaTypes];
  const tars = ['base', 'app'].map((part) =>
    tar(`${part}.bin`, noise(`${symbol} ${platform} ${part}`, layerBytes)),
  );
  const layers = tars.map((bytes) => content(types.layer, gzip(bytes)));
  const config = json(types.config, {
    created: '2024-01-01T00:00:00Z',
    ...parsePlatform(platform),
    config: { Env: [`SYMBOL=${symbol}`], Cmd: ['/app.bin'], ...(labels ? { Labels: labels } : {}) },
    rootfs: { type: 'layers', diff_ids: tars.map((bytes) => sha256(bytes)) },
  });
  const manifest = json(types.manifest, {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: describe(config),
    layers: layers.map(describe),
  });
  return {
    manifest: { ...manifest, platform, symbol },
    blobs: [config, ...layers],
    descriptor: { ...describe(manifest), platform: parsePlatform(platform) },
  };
}

// As BuildKit writes them: one manifest of unknown platform beside each child, its layer an in-toto statement.
function attestation(subject, mediaTypes) {
  const platform = 'unknown/unknown';
  const { symbol, digest } = subject.manifest;
  const statement = json('application/vnd.in-toto+json', {
    _type: 'https://in-toto.io/Statement/v0.1',
    predicateType: 'https://slsa.dev/provenance/v0.2',
    subject: [{ name: symbol, digest: { sha256: digest.slice('sha256:'.length) } }],
  });
  const config = json(TYPES.oci.config, {
    ...parsePlatform(platform),
    rootfs: { type: 'layers', diff_ids: [statement.digest] },
  });
  const type = TYPES[mediaTypes].manifest;
  const layers = [describe(statement)];
  const manifest = json(type, { schemaVersion: 2, mediaType: type, config: describe(config), layers });
  const annotations = {
    'vnd.docker.reference.digest': digest,
    'vnd.docker.reference.type': 'attestation-manifest',
  };
  return {
    manifest: { ...manifest, platform, symbol },
    blobs: [config, statement],
    descriptor: { ...describe(manifest), platform: parsePlatform(platform), annotations },
  };
}

// `os/architecture[/variant]`; a Windows build follows a colon.
function parsePlatform(platform) {
  const [path, build] = platform.split(':');
  const [os, architecture, variant] = String(path).split('/');
  const version = build === undefined ? {} : { 'os.version': build };
  return { architecture, os, ...version, ...(variant === undefined ? {} : { variant }) };
}

// Bytes that do not compress, the same for the same seed.
function noise(seed, length) {
  const parts = [];
  for (let count = 0; count * 32 < length; count++) {
    parts.push(createHash('sha256').update(`${seed} ${count}`).digest());
  }
  return Buffer.concat(parts).subarray(0, length);
}

// One file in a ustar archive, every field that could differ between machines set to nothing.
function tar(name, bytes) {
  const header = Buffer.alloc(512);
  const octal = (value, width) => `${value.toString(8).padStart(width - 1, '0')}\0`;
  header.write(name, 0);
  header.write(octal(0o644, 8) + octal(0, 8) + octal(0, 8) + octal(bytes.length, 12) + octal(0, 12), 100);
  header.write('        0', 148);
  header.write('ustar\u000000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  const padding = Buffer.alloc((512 - (bytes.length % 512)) % 512);
  return Buffer.concat([header, bytes, padding, Buffer.alloc(1024)]);
}

// Stored blocks (RFC 1951, 3.2.4), since compressed bytes differ between versions of zlib.
function gzip(bytes) {
  const parts = [Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255])];
  for (let start = 0; start < bytes.length; start += 65_535) {
    const block = bytes.subarray(start, start + 65_535);
    const head = Buffer.from([start + 65_535 >= bytes.length ? 1 : 0, 0, 0, 0, 0]);
    head.writeUInt16LE(block.length, 1);
    head.writeUInt16LE(~block.length & 0xffff, 3);
    parts.push(head, block);
  }
  const tail = Buffer.alloc(8);
  tail.writeUInt32LE(crc32(bytes), 0);
  tail.writeUInt32LE(bytes.length, 4);
  return Buffer.concat([...parts, tail]);
}

function json(mediaType, value) {
  return content(mediaType, Buffer.from(JSON.stringify(value, null, 2)));
}

function content(mediaType, bytes) {
  return { digest: sha256(bytes), mediaType, bytes };
}

function describe({ mediaType, digest, bytes }) {
  return { mediaType, digest, size: bytes.length };
}

function sha256(bytes) {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function distinct(contents) {
  return [...new Map(contents.map((one) => [one.digest, one])).values()];
}
