// Signatures of both formats, by certificates and keys: those that hold, and what they tell.

import { describe, expect, it } from '@jest/globals';
import type { Digest } from '../../../src/image/names/digest.ts';
import { evidenceOf } from '../../../src/registry/sigstore/evidence.ts';
import { prove } from '../../../src/registry/sigstore/proof.ts';
import { readKey, readRoot, type Trust } from '../../../src/registry/sigstore/trust.ts';
import { createAuthority, newKeys } from '../../fakes/sigstore/authority.ts';
import {
  IDENTITY,
  ISSUER,
  type OldSignature,
  publicPem,
  SIGNED_AT,
  signNew,
  signOld,
  statementOf,
} from '../../fakes/sigstore/signing.ts';

const DIGEST: Digest = `sha256:${'ab'.repeat(32)}`;
const authority = createAuthority();
const keys = newKeys();

function rootOf(of = authority) {
  const root = readRoot(JSON.stringify(of.trustedRoot), 'root.json');
  if (typeof root === 'string') throw new Error(root);
  return root;
}

function keyOf(pem: string) {
  const key = readKey(pem);
  if (typeof key === 'string') throw new Error(key);
  return key;
}

const KEYLESS: Trust = { roots: [rootOf()], keys: [] };
const KEYED: Trust = { roots: [], keys: [{ path: 'acme.pub', key: keyOf(publicPem(keys)), root: null }] };
const LOGGED: Trust = {
  roots: [],
  keys: [{ path: 'acme.pub', key: keyOf(publicPem(keys)), root: rootOf() }],
};

function proveOld({ payload, annotations }: OldSignature, trust: Trust, digest = DIGEST) {
  const layer = { kind: 'simple-signing', digest: DIGEST, size: payload.length, annotations } as const;
  const evidence = evidenceOf(layer, payload);
  return typeof evidence === 'string' ? { why: evidence } : prove(evidence, digest, trust);
}

function proveNew(bundle: object, trust: Trust, digest = DIGEST) {
  return prove({ bundle, payload: new Uint8Array() }, digest, trust);
}

const BY_ACME = { kind: 'keyless', trustedRoot: 'root.json', issuer: ISSUER, identity: IDENTITY };

describe('signatures that hold', () => {
  it('by a certificate, in the older format', () => {
    expect(proveOld(signOld(DIGEST, { authority }), KEYLESS)).toEqual([{ by: BY_ACME, since: SIGNED_AT }]);
  });

  it('by a certificate, in a bundle', () => {
    expect(proveNew(signNew(statementOf(DIGEST), { authority }), KEYLESS)).toEqual([
      { by: BY_ACME, since: SIGNED_AT },
    ]);
  });

  it('by a key without a log, in both formats', () => {
    const by = { kind: 'key', trustedRoot: null, path: 'acme.pub', isLogged: false };
    expect(proveOld(signOld(DIGEST, { keys }), KEYED)).toEqual([{ by, since: null }]);
    expect(proveNew(signNew(statementOf(DIGEST), { keys }), KEYED)).toEqual([{ by, since: null }]);
  });

  it('by a key with a log, where the log is asked for, in both formats', () => {
    const by = { kind: 'key', trustedRoot: 'root.json', path: 'acme.pub', isLogged: true };
    const log = authority;
    expect(proveOld(signOld(DIGEST, { keys, log }), LOGGED)).toEqual([{ by, since: SIGNED_AT }]);
    expect(proveNew(signNew(statementOf(DIGEST), { keys, log }), LOGGED)).toEqual([{ by, since: SIGNED_AT }]);
  });

  it('by a mail address', () => {
    const wish = { identity: 'me@acme.com', issuer: 'https://accounts.google.com', isMail: true };
    expect(proveOld(signOld(DIGEST, { authority, wish }), KEYLESS)).toMatchObject([
      { by: { identity: 'me@acme.com', issuer: 'https://accounts.google.com' } },
    ]);
  });
});
