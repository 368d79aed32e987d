// Every attack against the door as it is used: what is attached is read, proven and judged, and none of it passes. What is
// right passes beside it, so that nothing is refused for the wrong reason.

import { describe, expect, it, jest } from '@jest/globals';
import { Failure, type Reason } from '../../../src/base/errors/failure.ts';
import type { Attached } from '../../../src/image/manifest/referrers.ts';
import { type Digest, digestOf } from '../../../src/image/names/digest.ts';
import { isSigner, type Signer } from '../../../src/image/signatures/signer.ts';
import { createCheck } from '../../../src/registry/sigstore/check.ts';
import { readKey, readRoot } from '../../../src/registry/sigstore/trust.ts';
import { ATTACKS, type Attack, type Target } from '../../fakes/sigstore/attacks.ts';
import { createAuthority, newKeys } from '../../fakes/sigstore/authority.ts';
import {
  IDENTITY,
  ISSUER,
  type OldSignature,
  publicPem,
  signNew,
  signOld,
  statementOf,
} from '../../fakes/sigstore/signing.ts';

const NAME = { registry: 'registry.example', repository: 'acme/app' };
const digestFor = (letter: string): Digest => `sha256:${letter.repeat(64)}`;
const target: Target = {
  digest: digestFor('a'),
  child: digestFor('b'),
  other: digestFor('c'),
  good: createAuthority('good.example'),
  evil: createAuthority('evil.example'),
};
const ROOT = 'root.json';
const ACME: Signer = {
  kind: 'keyless',
  issuer: ISSUER,
  identity: { kind: 'exact', text: IDENTITY },
  trustedRoot: ROOT,
};

function store(keys: readonly (readonly [string, string])[] = []) {
  const root = readRoot(JSON.stringify(target.good.trustedRoot), ROOT);
  if (typeof root === 'string') throw new Error(root);
  const read = keys.map(([path, pem]) => {
    const key = readKey(pem);
    if (typeof key === 'string') throw new Error(key);
    return [path, key] as const;
  });
  return { keys: new Map(read), roots: new Map([[ROOT, root]]), publicRoot: jest.fn(async () => root) };
}

/** A registry in memory that has these signatures attached to the digest. */
function attach(old: readonly OldSignature[], bundles: readonly unknown[]) {
  const blobs = new Map<string, Uint8Array>();
  const keep = (bytes: Uint8Array) => {
    blobs.set(digestOf(bytes), bytes);
    return { digest: digestOf(bytes), size: bytes.length };
  };
  const manifest = (layers: readonly object[]): Attached => {
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, layers }));
    const body = { digest: digestOf(bytes), mediaType: 'application/vnd.oci.image.manifest.v1+json', bytes };
    return { subject: target.digest, attachment: { by: 'subject' }, body, types: [], kinds: ['signatures'] };
  };
  const simple = old.map(({ payload, annotations }) => {
    return { mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json', ...keep(payload), annotations };
  });
  const found = [
    ...(simple.length === 0 ? [] : [manifest(simple)]),
    ...bundles.map((bundle) =>
      manifest([
        {
          mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
          ...keep(Buffer.from(JSON.stringify(bundle))),
        },
      ]),
    ),
  ];
  return {
    found,
    getBlob: jest.fn(async (_name: unknown, digest: Digest) => blobs.get(digest) ?? null),
    blobs,
  };
}

async function check(
  { old, bundles }: Pick<Attack, 'old' | 'bundles'>,
  signers: readonly Signer[] = [ACME],
  trust = store(),
) {
  const { found, getBlob } = attach(old?.(target) ?? [], bundles?.(target) ?? []);
  const door = createCheck({ attachedTo: async () => ({ found, dropped: [] }), getBlob, store: trust });
  const signatures = await door(NAME, target.digest, { signers, asksAge: false });
  const accepted = signatures.holding.filter(({ by }) => signers.some((signer) => isSigner(signer, by)));
  return { ...signatures, accepted, getBlob };
}

describe('what must not pass', () => {
  it('is 40 attacks', () => {
    expect(ATTACKS.length).toBeGreaterThanOrEqual(40);
    expect(new Set(ATTACKS.map(({ what }) => what)).size).toBe(ATTACKS.length);
  });

  it.each(ATTACKS.map((attack) => [attack.what, attack] as const))('%s', async (_what, attack) => {
    const { accepted, holding, doubts } = await check(attack);
    expect(accepted).toEqual([]);
    const isOther = holding.length > 0 || doubts.some((doubt) => doubt.isOther);
    expect(isOther ? 'wrong-signer' : 'unsigned').toBe(attack.reason);
  });

  it.each(
    ATTACKS.filter(({ what }) => !what.includes('more signatures')).map(
      (attack) => [attack.what, attack] as const,
    ),
  )('hinders no right signature beside it: %s', async (_what, { old, bundles }) => {
    const right = signNew(statementOf(target.digest), { authority: target.good });
    const { accepted } = await check({ old, bundles: (of) => [...(bundles?.(of) ?? []), right] });
    expect(accepted).toHaveLength(1);
  });
});

describe('reading within bounds', () => {
  it('looks at 64 signatures, says so, and asks for each payload once at most', async () => {
    const many = ({ other, good }: Target) => {
      const one = signOld(other, { authority: good });
      return Array.from({ length: 10_000 }, () => one);
    };
    const { isCut, getBlob, doubts } = await check({ old: many });
    expect([isCut, doubts.length]).toEqual([true, 64]);
    expect(getBlob.mock.calls.length).toBeLessThanOrEqual(64);
  });

  it('does not read what is too large for a signature', async () => {
    const huge = ATTACKS.find(({ what }) => what === 'the payload is huge');
    const { getBlob } = await check(huge ?? {});
    expect(getBlob).not.toHaveBeenCalled();
  });

  it.each<[Reason, boolean]>([
    ['corrupt', true],
    ['not-found', true],
    ['unsupported', true],
    ['denied', false],
    ['timeout', false],
    ['server-error', false],
  ])('a payload that ends in %s is a doubt: %s', async (reason, isDoubt) => {
    const { found } = attach([signOld(target.digest, { authority: target.good })], []);
    const getBlob = async () => Promise.reject(new Failure(reason, 'no'));
    const door = createCheck({ attachedTo: async () => ({ found, dropped: [] }), getBlob, store: store() });
    const asked = door(NAME, target.digest, { signers: [ACME], asksAge: false });
    if (isDoubt) expect((await asked).doubts).toHaveLength(1);
    else await expect(asked).rejects.toMatchObject({ reason });
  });

  it('fetches no trusted root where keys alone are listed', async () => {
    const keys = newKeys();
    const trust = store([['acme.pub', publicPem(keys)]]);
    const signer: Signer = { kind: 'key', path: 'acme.pub', needsLog: false, trustedRoot: null };
    const { accepted } = await check({ old: ({ digest }) => [signOld(digest, { keys })] }, [signer], trust);
    expect(accepted).toHaveLength(1);
    expect(trust.publicRoot).not.toHaveBeenCalled();
  });

  it('fetches none where nothing is attached', async () => {
    const trust = store();
    await check({}, [{ ...ACME, trustedRoot: null }], trust);
    expect(trust.publicRoot).not.toHaveBeenCalled();
  });

  it("a root of one's own does not stand in for Sigstore's, nor the other way round", async () => {
    const old = ({ digest, good }: Target) => [signOld(digest, { authority: good })];
    const own = await check({ old }, [ACME]);
    expect(own.accepted).toHaveLength(1);
    expect(own.holding.some(({ by }) => isSigner({ ...ACME, trustedRoot: null }, by))).toBe(false);
  });

  it('a key whose signatures must be logged is not believed without a log', async () => {
    const keys = newKeys();
    const trust = store([['acme.pub', publicPem(keys)]]);
    const signer: Signer = { kind: 'key', path: 'acme.pub', needsLog: true, trustedRoot: ROOT };
    const alone = await check({ old: ({ digest }) => [signOld(digest, { keys })] }, [signer], trust);
    expect(alone.accepted).toEqual([]);
    const logged = await check(
      { old: ({ digest, good }) => [signOld(digest, { keys, log: good })] },
      [signer],
      trust,
    );
    expect(logged.accepted).toHaveLength(1);
    const elsewhere = await check(
      { old: ({ digest, evil }) => [signOld(digest, { keys, log: evil })] },
      [signer],
      trust,
    );
    expect(elsewhere.accepted).toEqual([]);
  });
});
