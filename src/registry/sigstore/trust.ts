// Whom the Sigstore libraries believe: public keys and trusted roots, read and checked before anything is asked of anybody.

import { createPublicKey, type KeyObject } from 'node:crypto';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { toTrustMaterial } from '@sigstore/verify';

/** A trusted root that was read: `path` is its file, null for Sigstore's own. */
export type Root = { readonly path: string | null; readonly material: TrustedRoot };

/**
 * Whom to believe: roots for certificates, and keys. A key's `root` is there where its signatures must be, or may be asked
 * to be, in a log.
 */
export type Trust = {
  readonly roots: readonly Root[];
  readonly keys: readonly { readonly path: string; readonly key: KeyObject; readonly root: Root | null }[];
};

/** The one public key in PEM text; a sentence where it is something else. */
export function readKey(pem: string): KeyObject | string {
  const blocks = pem.match(/-----BEGIN [^-]*-----/g) ?? [];
  if (blocks.some((block) => block.includes('PRIVATE KEY')))
    return 'holds a private key, which must never be in a repository';
  if (blocks.length > 1) return 'holds more than one key';
  if (!/^-----BEGIN (?:RSA )?PUBLIC KEY-----$/.test(blocks[0] ?? ''))
    return 'holds no public key in PEM form';
  try {
    const key = createPublicKey(pem);
    const type = key.asymmetricKeyType;
    return type === 'ec' || type === 'rsa' || type === 'ed25519'
      ? key
      : `holds a key of the kind ${type}, which signs no image`;
  } catch {
    return 'holds a key that cannot be read';
  }
}

/** A trusted root from its JSON; a sentence where it is none. */
export function readRoot(text: string, path: string | null): Root | string {
  try {
    const json: unknown = JSON.parse(text);
    const material = TrustedRoot.fromJSON(json);
    if (!/^application\/vnd\.dev\.sigstore\.trustedroot(?:\.v\d\.\d)?\+json/.test(material.mediaType)) {
      return 'is not a trusted root of Sigstore';
    }
    const { certificateAuthorities, tlogs, timestampAuthorities } = toTrustMaterial(material);
    if (tlogs.length + timestampAuthorities.length === 0)
      return 'names neither a transparency log nor a timestamp authority';
    return certificateAuthorities.every(({ certChain }) => certChain.length > 0)
      ? { path, material }
      : 'names an authority without a certificate';
  } catch {
    return 'cannot be read as a trusted root of Sigstore';
  }
}
