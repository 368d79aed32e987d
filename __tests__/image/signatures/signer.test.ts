// Who is who: an identity is the whole text or nothing, and a pattern lets through what it says and no more.

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readSimpleSigning, readStatement } from '../../../src/image/signatures/claims.ts';
import { identityPatternMistake, isSigner, type Signer } from '../../../src/image/signatures/signer.ts';

const ISSUER = 'https://token.actions.githubusercontent.com';
const keyless = (kind: 'exact' | 'pattern', text: string, issuer = ISSUER): Signer => ({
  kind: 'keyless',
  issuer,
  identity: { kind, text },
  trustedRoot: null,
});
const proven = (identity: string, issuer = ISSUER) =>
  ({ kind: 'keyless', issuer, identity, trustedRoot: null }) as const;
const REPO = 'https://github.com/acme/app/.github/workflows';

describe('a pattern', () => {
  it.each([
    [`${REPO}/*@refs/tags/v*`, `${REPO}/release.yml@refs/tags/v1.2`, true],
    [`${REPO}/*@refs/tags/v*`, `${REPO}/release.yml@refs/heads/v1.2`, false],
    [`${REPO}/*@refs/tags/v*`, `${REPO}/a/release.yml@refs/tags/v1.2`, false],
    [`${REPO}/*@refs/tags/v*`, `${REPO}/release.yml@refs/tags/v1/../evil`, false],
    [`${REPO}/*@refs/heads/main`, `${REPO}/x@refs/heads/evil@refs/heads/main`, false],
    [`${REPO}/*`, `https://evil.example/?${REPO}/release.yml`, false],
    [`${REPO}/release.yml@**`, `${REPO}/release.yml@refs/heads/a/b@c`, true],
    [`${REPO}/release.yml@**`, `${REPO}/release.yml.evil@refs/heads/a`, false],
    [`${REPO}/release?yml@*`, `${REPO}/release.yml@main`, false],
    ['*@acme.com', 'me@acme.com', true],
    ['*@acme.com', '@acme.com', true],
    ['*@acme.com', 'me@acme.com.evil.example', false],
    ['*@acme.com', 'me@evil.example@acme.com', false],
    ['*@acme.com', 'me@ACME.com', false],
    ['*@acme.com', 'me@acmeXcom', false],
  ])('%s and %s: %s', (pattern, identity, expected) => {
    expect(isSigner(keyless('pattern', pattern), proven(identity))).toBe(expected);
  });

  it('is what a regular expression that is anchored at both ends says', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '/', '@', '.', '*', '+'), maxLength: 12 });
    fc.assert(
      fc.property(text, text, (pattern, identity) => {
        const source = pattern
          .split(/(\*\*|\*)/)
          .map((part) => (part === '**' ? '.*' : part === '*' ? '[^/@]*' : RegExp.escape(part)))
          .join('');
        const expected = new RegExp(`^${source}$`, 's').test(identity);
        expect(isSigner(keyless('pattern', pattern), proven(identity))).toBe(expected);
      }),
      { numRuns: 2_000 },
    );
  });

  it('of a thousand stars against a thousand letters does not take for ever', () => {
    const pattern = `https://a.b/c/${'*a'.repeat(490)}`;
    expect(identityPatternMistake(pattern)).toBeNull();
    expect(isSigner(keyless('pattern', pattern), proven(`https://a.b/c/${'a'.repeat(1_900)}b`))).toBe(false);
  });
});

describe('a signer', () => {
  it('is compared letter by letter', () => {
    const signer = keyless('exact', 'me@acme.com', 'https://accounts.google.com');
    expect(isSigner(signer, proven('me@acme.com', 'https://accounts.google.com'))).toBe(true);
    for (const issuer of [
      'https://accounts.google.com/',
      'http://accounts.google.com',
      'https://ACCOUNTS.google.com',
      '',
    ])
      expect(isSigner(signer, proven('me@acme.com', issuer))).toBe(false);
    for (const identity of ['me@acme.com ', 'Me@acme.com', 'xme@acme.com', 'me@acme.comx', ''])
      expect(isSigner(signer, proven(identity, 'https://accounts.google.com'))).toBe(false);
  });

  it('with a key is no signer with a certificate, nor another key', () => {
    const signer: Signer = { kind: 'key', path: 'a.pub', needsLog: false, trustedRoot: null };
    const key = { kind: 'key', trustedRoot: null, isLogged: false } as const;
    expect(isSigner(signer, { ...key, path: 'a.pub' })).toBe(true);
    expect(isSigner(signer, { ...key, path: 'b.pub' })).toBe(false);
    expect(isSigner(signer, proven('a.pub'))).toBe(false);
    expect(isSigner(keyless('exact', 'a.pub'), { ...key, path: 'a.pub' })).toBe(false);
  });
});

describe('what is signed', () => {
  const DIGEST = `sha256:${'a'.repeat(64)}`;
  const bytes = (text: string) => new TextEncoder().encode(text);
  const simple = (image: string, type = 'cosign container image signature') =>
    bytes(`{"critical":{"image":${image},"type":"${type}"}}`);

  it.each([
    ['two images', `{"docker-manifest-digest":"${DIGEST}"},"image":{}`],
    ['one key twice', `{"docker-manifest-digest":"${DIGEST}","docker-manifest-digest":"${DIGEST}"}`],
    [
      'one key twice, once in another spelling',
      `{"docker-manifest-digest":"${DIGEST}","docker-manifest-diges\\u0074":"${DIGEST}"}`,
    ],
    ['a list', `["${DIGEST}"]`],
    ['no digest', '{"docker-manifest-digest":"latest"}'],
    ['a digest in capital letters', `{"docker-manifest-digest":"${DIGEST.toUpperCase()}"}`],
    ['a number', '{"docker-manifest-digest":1}'],
  ])('is nothing where the payload has %s', (_what, image) => {
    expect(readSimpleSigning(simple(image))).toHaveProperty('why');
  });

  it('may have colons and quotes in its texts', () => {
    const image = `{"docker-manifest-digest":"${DIGEST}","note":"\\"a\\": \\"b\\": {"}`;
    expect(readSimpleSigning(simple(image))).toEqual({ digests: [DIGEST] });
  });

  it('is nothing where the text is not UTF-8, not JSON, or nested without end', () => {
    for (const text of [Uint8Array.of(0xff, 0xfe), bytes(''), bytes('{'), bytes(`${'['.repeat(100_000)}`)])
      expect([readSimpleSigning(text), readStatement('application/vnd.in-toto+json', text)]).toEqual([
        { why: expect.any(String) },
        { why: expect.any(String) },
      ]);
  });

  it('is every subject of a statement that signs, up to a thousand', () => {
    const subject = (count: number) =>
      Array.from({ length: count }, (_, at) => ({ digest: { sha256: at.toString(16).padStart(64, '0') } }));
    const statement = (count: number) =>
      bytes(
        JSON.stringify({
          _type: 'https://in-toto.io/Statement/v1',
          predicateType: 'https://sigstore.dev/cosign/sign/v1',
          subject: subject(count),
        }),
      );
    expect(readStatement('application/vnd.in-toto+json', statement(3))).toMatchObject({
      digests: [expect.any(String), expect.any(String), expect.any(String)],
    });
    expect(readStatement('application/vnd.in-toto+json', statement(1_001))).toHaveProperty('why');
  });
});
