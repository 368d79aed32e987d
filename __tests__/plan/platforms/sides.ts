// Manifests of both sides, written as short texts:
//   `amd64 arm64/v8 windows/amd64:10.0.20348.1`  an index; `amd64=X2` gives the image a name of its own
//   `att` the attestation of the image before it     `silent:arm64` an entry whose platform only its config tells
//   `nested:arm64` an index inside, that was read    `closed:arm64` one that was not     `artifact` runs nowhere
//   `docker: …` Docker's manifest list    `plain: amd64` no index    `chart` no image    `empty` an index of nothing

import { isMistake } from '../../../src/base/errors/mistake.ts';
import {
  DOCKER_LIST,
  DOCKER_MANIFEST,
  decodeManifest,
  type Manifest,
  OCI_INDEX,
  OCI_MANIFEST,
} from '../../../src/image/manifest/manifest.ts';
import { type Platform, parsePlatform, type RawPlatform } from '../../../src/image/manifest/platform.ts';
import { type Digest, digestOf } from '../../../src/image/names/digest.ts';
import type { PlatformPolicy } from '../../../src/plan/platforms/loss.ts';
import type { OpenManifest } from '../../../src/plan/platforms/served.ts';

const CONFIG = 'application/vnd.oci.image.config.v1+json';
const CHART = 'application/vnd.cncf.helm.config.v1+json';

type Body = OpenManifest['body'];
type Reads = { manifests: Map<Digest, Manifest>; configs: Map<Digest, RawPlatform | null> };

export function bodyOf(value: object, mediaType: string): Body {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  return { digest: digestOf(bytes), mediaType, bytes };
}

/** The manifest of an image by name: equal names have equal digests. */
function image(name: string, mediaType: string, configType = CONFIG): Body {
  const config = descriptor({
    digest: digestOf(Buffer.from(name)),
    mediaType: configType,
    bytes: Buffer.alloc(9),
  });
  return bodyOf({ schemaVersion: 2, mediaType, config, layers: [] }, mediaType);
}

function descriptor({ mediaType, digest, bytes }: Body): object {
  return { mediaType, digest, size: bytes.length };
}

export function rawPlatform(text: string): Record<string, string> {
  const [path = '', osVersion] = text.split(':');
  const parts = path.split('/');
  const named = ['linux', 'windows', 'darwin', 'freebsd'].includes(parts[0] ?? '')
    ? parts
    : ['linux', ...parts];
  const [os = '', architecture = '', variant] = named;
  return {
    architecture,
    os,
    ...(variant === undefined ? {} : { variant }),
    ...(osVersion === undefined ? {} : { 'os.version': osVersion }),
  };
}

function asConfig(text: string): RawPlatform {
  const { os = '', architecture = '', variant, 'os.version': osVersion } = rawPlatform(text);
  return { os, architecture, variant, osVersion };
}

/** The digest of an image by its name, as sides give it. */
export function digestOfImage(name: string, mediaType = OCI_MANIFEST): Digest {
  return image(name, mediaType).digest;
}

function noteConfig(name: string, platform: string, mediaType: string, reads: Reads): Body {
  const body = image(name, mediaType);
  const manifest = decodeManifest(body.bytes, mediaType);
  reads.manifests.set(body.digest, manifest);
  if (manifest.kind === 'image') reads.configs.set(manifest.config.digest, asConfig(platform));
  return body;
}

function entriesOf(tokens: readonly string[], child: string, reads: Reads): object[] {
  let last = '';
  return tokens.map((token) => {
    const [, kind, rest = ''] = /^(?:(nested|closed|silent):)?(.*)$/.exec(token) ?? [];
    const [platform = '', name = rest] = rest.split('=');
    if (kind === 'silent') return descriptor(noteConfig(name, platform, child, reads));
    if (kind !== undefined) {
      const nested = bodyOf(indexOf(rest.split('+'), OCI_INDEX, reads, {}), OCI_INDEX);
      if (kind === 'nested') reads.manifests.set(nested.digest, decodeManifest(nested.bytes, OCI_INDEX));
      return descriptor(nested);
    }
    if (token === 'artifact') return { ...descriptor(image(token, child, CHART)), artifactType: 'text/x' };
    if (token === 'att') return attestation(last, child);
    last = name;
    return { ...descriptor(image(name, child)), platform: rawPlatform(platform) };
  });
}

function attestation(name: string, child: string): object {
  return {
    ...descriptor(image(`attestation of ${name}`, child)),
    platform: { architecture: 'unknown', os: 'unknown' },
    annotations: {
      'vnd.docker.reference.type': 'attestation-manifest',
      'vnd.docker.reference.digest': digestOfImage(name, child),
    },
  };
}

function indexOf(tokens: readonly string[], mediaType: string, reads: Reads, more: object): object {
  const child = mediaType === DOCKER_LIST ? DOCKER_MANIFEST : OCI_MANIFEST;
  return { schemaVersion: 2, mediaType, manifests: entriesOf(tokens, child, reads), ...more };
}

/** A side from its text; `more` are further fields of the index. */
export function side(text: string, more: object = {}): OpenManifest {
  const reads: Reads = { manifests: new Map(), configs: new Map() };
  const [, form, rest = ''] = /^(?:(docker|plain|plain-docker): )?(.*)$/.exec(text) ?? [];
  const tokens = rest === 'empty' ? [] : rest.split(' ');
  const [platform = '', name = platform] = rest.split('=');
  const body =
    text === 'chart'
      ? image('chart', OCI_MANIFEST, CHART)
      : form?.startsWith('plain')
        ? noteConfig(name, platform, form === 'plain' ? OCI_MANIFEST : DOCKER_MANIFEST, reads)
        : listOf(tokens, form === 'docker' ? DOCKER_LIST : OCI_INDEX, reads, more);
  return sideOf(body, reads);
}

function listOf(tokens: readonly string[], mediaType: string, reads: Reads, more: object): Body {
  return bodyOf(indexOf(tokens, mediaType, reads, more), mediaType);
}

/** A side from a body, with what other sides had read. */
export function sideOf(
  body: Body,
  ...known: readonly Pick<OpenManifest, 'manifests' | 'configs'>[]
): OpenManifest {
  return {
    body,
    manifest: decodeManifest(body.bytes, body.mediaType),
    manifests: new Map(known.flatMap((one) => [...one.manifests])),
    configs: new Map(known.flatMap((one) => [...one.configs])),
  };
}

/** Platforms from their texts, as a config has them. */
export function platforms(text: string): Platform[] {
  return text.split(' ').flatMap((one) => {
    const parsed = parsePlatform(one);
    if (isMistake(parsed)) throw new Error(parsed.mistake);
    return [parsed];
  });
}

/** `hybrid expected=amd64,arm64 platforms=amd64`: anything not named is as built in. */
export function policyOf(text: string): PlatformPolicy {
  const list = (name: string) => {
    const found = new RegExp(`${name}=(\\S+)`).exec(text)?.[1];
    return found === undefined ? [] : platforms(found.replaceAll(',', ' '));
  };
  const lost = text.startsWith('hybrid') ? 'hybrid' : text.startsWith('accept') ? 'accept' : 'refuse';
  return { lost, expected: list('expected'), platforms: list('platforms') };
}
