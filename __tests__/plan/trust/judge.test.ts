// What signatures mean for a tag, and what of them a plan asks for and when.

import { describe, expect, it } from '@jest/globals';
import { Failure } from '../../../src/base/errors/failure.ts';
import type { Policies } from '../../../src/config/policies/policy.ts';
import type { Digest } from '../../../src/image/names/digest.ts';
import type { Doubt, Signature, Signatures } from '../../../src/image/signatures/signatures.ts';
import type { Signer } from '../../../src/image/signatures/signer.ts';
import type { Seen } from '../../../src/plan/observation/observation.ts';
import type { ObservationReader } from '../../../src/plan/observation/reads.ts';
import { judgeTrust } from '../../../src/plan/trust/judge.ts';
import { policies, wanted } from '../steps/builders.ts';

const DIGEST: Digest = `sha256:${'a'.repeat(64)}`;
const ISSUER = 'https://accounts.google.com';
const ACME: Signer = {
  kind: 'keyless',
  issuer: ISSUER,
  identity: { kind: 'exact', text: 'me@acme.com' },
  trustedRoot: null,
};
const KEY: Signer = { kind: 'key', path: 'acme.pub', needsLog: false, trustedRoot: null };
const NOW = new Date('2026-11-21T12:00:00Z');
const HOUR = 3_600_000;

const by = (identity: string, since: Date | null = new Date('2026-11-01T00:00:00Z')): Signature => ({
  by: { kind: 'keyless', issuer: ISSUER, identity, trustedRoot: null },
  since,
});
const byKey: Signature = {
  by: { kind: 'key', path: 'acme.pub', trustedRoot: null, isLogged: false },
  since: null,
};

function judge(seen: Partial<Signatures> | Failure | null, own: Partial<Policies> = {}) {
  const answer = (): Seen<Signatures> | null => {
    if (seen === null) return null;
    if (seen instanceof Failure) return { kind: 'unknown', because: seen };
    return { kind: 'seen', value: { holding: [], doubts: [], isCut: false, asked: NOW, ...seen } };
  };
  const reader = { signatures: answer } as unknown as ObservationReader;
  const tag = wanted('3.4', { policies: policies({ signedBy: [ACME], ...own }) });
  return judgeTrust(tag, DIGEST, reader);
}

const failureOf = (trust: ReturnType<typeof judge>) => ('failure' in trust ? trust.failure : null);
const doubt = (why: string, isOther = false): Doubt => ({ why, isOther });

describe('who signed', () => {
  it('is asked before anything is said', () => {
    expect(judge(null)).toEqual({ kind: 'waiting' });
  });

  it('is enough where one on the list did, whatever else is attached', () => {
    const trust = judge({
      holding: [by('evil@evil.example'), by('me@acme.com')],
      doubts: [doubt('it is garbage')],
    });
    expect(trust).toEqual({ kind: 'trusted', signature: by('me@acme.com') });
  });

  it('is told where it is somebody else', () => {
    const trust = judge({
      holding: [by('evil@evil.example'), by('evil@evil.example'), by('two@evil.example')],
    });
    const failure = failureOf(trust);
    expect([trust.kind, failure?.reason]).toEqual(['refused', 'wrong-signer']);
    expect(failure?.message).toBe(
      `ruby:3.4 is signed by evil@evil.example (${ISSUER}), two@evil.example (${ISSUER}), but not by anyone whom signed-by names`,
    );
    expect(failure?.hint).toContain(
      `write - { issuer: "${ISSUER}", identity: "evil@evil.example" } under signed-by`,
    );
  });

  it('is told where it is the right key, and no log has seen it', () => {
    const logged = { ...KEY, needsLog: true };
    const failure = failureOf(judge({ holding: [by('evil@evil.example'), byKey] }, { signedBy: [logged] }));
    expect(failure).toMatchObject({
      reason: 'wrong-signer',
      message:
        'ruby:3.4 is signed by the key acme.pub, but that signature is in no transparency log, which signed-by requires',
      hint: expect.stringMatching(
        /^sign with a log, or remove log: required under signed-by of ruby or of defaults; /,
      ),
    });
  });

  it('is nobody where nothing is attached, or nothing of it holds', () => {
    expect(failureOf(judge({}))).toMatchObject({ reason: 'unsigned', message: 'nobody signed ruby:3.4' });
    expect(
      failureOf(judge({ doubts: [doubt('it is for another image'), doubt('it is garbage')] })),
    ).toMatchObject({
      reason: 'unsigned',
      message: expect.stringContaining(
        'none of its 2 signatures counts; one of them because it is for another image',
      ),
    });
    expect(
      failureOf(judge({ doubts: [doubt('it is garbage'), doubt('by another key', true)] }))?.reason,
    ).toBe('wrong-signer');
  });

  it('is unknown where it cannot be read: that failure, and never nobody', () => {
    const because = new Failure('denied', 'no');
    expect(judge(because)).toEqual({ kind: 'failed', failure: because });
  });

  it('says that there were more than anybody looked at', () => {
    expect(failureOf(judge({ isCut: true }))?.message).toBe(
      'nobody signed ruby:3.4; there are more signatures than are looked at',
    );
  });
});

describe('since when', () => {
  const young = (hours: number) => by('me@acme.com', new Date(NOW.getTime() - hours * HOUR));
  const age = { minSignatureAge: 48 * HOUR };

  it.each([
    [47.99, 'deferred'],
    [48, 'trusted'],
    [-1, 'deferred'],
  ])('%s hours ago: %s', (hours, kind) => {
    expect(judge({ holding: [young(hours)] }, age).kind).toBe(kind);
  });

  it('is the first of several, and says when it is due', () => {
    const failure = failureOf(judge({ holding: [young(1), young(10)] }, age));
    expect([failure?.reason, failure?.message]).toEqual([
      'too-young',
      `ruby:3.4 was signed at 2026-11-21 02:00 UTC by me@acme.com (${ISSUER}), too recently: it is due at 2026-11-23 02:00 UTC`,
    ]);
  });

  it('of somebody who is not on the list counts for nothing', () => {
    expect(judge({ holding: [by('evil@evil.example'), young(1)] }, age).kind).toBe('deferred');
  });

  it('that nobody saw is refused, and not taken for long ago', () => {
    const trust = judge({ holding: [byKey] }, { ...age, signedBy: [KEY] });
    expect([trust.kind, failureOf(trust)?.reason]).toEqual(['refused', 'unsigned']);
    expect(judge({ holding: [byKey] }, { signedBy: [KEY] }).kind).toBe('trusted');
    expect(judge({ holding: [byKey, young(50)] }, { ...age, signedBy: [KEY, ACME] }).kind).toBe('trusted');
  });
});
