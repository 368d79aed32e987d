// Key files as people save them, and what is no public key.

import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { readKey } from '../../../src/registry/sigstore/trust.ts';
import { newKeys } from '../../fakes/sigstore/authority.ts';
import { certificatePem, publicPem } from '../../fakes/sigstore/signing.ts';

const PEM = publicPem(newKeys());
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pemOf = (key: KeyObject, type: 'spki' | 'pkcs1') => String(key.export({ type, format: 'pem' }));
const ed448 = generateKeyPairSync('ed448');

describe('a public key', () => {
  it.each([
    ['as cosign writes it', PEM],
    ['with the line ends of Windows', PEM.replaceAll('\n', '\r\n')],
    ['behind a byte order mark', `\uFEFF${PEM}`],
    ['behind a comment', `# who signs\n${PEM}\n\n`],
    ['without an end of line', PEM.trimEnd()],
    ['of RSA', pemOf(rsa.publicKey, 'spki')],
    ['of RSA, in the older form', pemOf(rsa.publicKey, 'pkcs1')],
  ])('%s', (_, text) => {
    expect(typeof readKey(text)).toBe('object');
  });

  it.each([
    ['two keys', PEM + PEM, 'holds more than one key'],
    ['a certificate', certificatePem(Buffer.from('x')), 'holds no public key in PEM form'],
    ['a line of ssh', 'ssh-ed25519 AAAA me', 'holds no public key in PEM form'],
    ['nothing', '', 'holds no public key in PEM form'],
    ['half a key', PEM.slice(0, -40), 'holds a key that cannot be read'],
    [
      'a kind that signs nothing',
      pemOf(ed448.publicKey, 'spki'),
      'holds a key of the kind ed448, which signs no image',
    ],
    [
      'a private key',
      pemOf(rsa.privateKey, 'pkcs1'),
      'holds a private key, which must never be in a repository',
    ],
  ])('is not %s', (_, text, words) => {
    expect(readKey(text)).toBe(words);
  });
});
