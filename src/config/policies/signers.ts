// The policies `signed-by` and `min-signature-age`: who must have signed an image before it is mirrored, and how long ago.

import { z } from 'zod';
import { type Mistake, show } from '../../base/errors/mistake.ts';
import {
  formatSigner,
  identityMistake,
  identityPatternMistake,
  issuerMistake,
  type Signer,
} from '../../image/signatures/signer.ts';
import { pathMistake, plainPath } from '../texts/paths.ts';
import {
  AGE_PATTERN,
  IDENTITIES_PATTERN,
  IDENTITY_PATTERN,
  ISSUER_PATTERN,
  PATH_PATTERN,
} from '../texts/patterns.ts';
import { checkedText, issueOf, parsedText } from './fields.ts';
import type { Policy } from './kinds.ts';

/** Each signature is tried with each of them. */
const MOST_SIGNERS = 20;

const path = checkedText('invalid-path', PATH_PATTERN, pathMistake);
const named = (pattern: string, check: (written: string) => Mistake | null) =>
  checkedText('invalid-signer', pattern, check);

const keys = z.strictObject({
  issuer: named(ISSUER_PATTERN, issuerMistake)
    .optional()
    .describe('who vouched for the signer, as in https://token.actions.githubusercontent.com'),
  identity: named(IDENTITY_PATTERN, identityMistake)
    .optional()
    .describe('the identity in the certificate, exactly as it is there'),
  'identity-pattern': named(IDENTITIES_PATTERN, identityPatternMistake)
    .optional()
    .describe('a pattern over the whole identity: * is any characters but / and @, ** is any characters'),
  key: path.optional().describe('path of a file in the workspace with one public key in PEM form'),
  log: z
    .enum(['required'])
    .optional()
    .describe('for a key: its signatures must be in a transparency log too'),
  'trusted-root': path
    .optional()
    .describe("path of your own trusted root in the workspace; Sigstore's, fetched once per run, if not set"),
});

type SignerText = z.infer<typeof keys>;

const NAMES = ['issuer', 'identity', 'identity-pattern', 'key'];
const having = (...names: readonly string[]) => ({
  required: names,
  not: { anyOf: NAMES.filter((name) => !names.includes(name)).map((name) => ({ required: [name] })) },
});
const withoutLog = { not: { required: ['log'] } };
const KEYLESS = [having('issuer', 'identity'), having('issuer', 'identity-pattern')];

/** One signer as it is written. */
export const signerKeys = keys
  .superRefine((written, context) => {
    // An unknown key is reported as such, and may be the one that is missing.
    const mistake = context.issues.length > 0 ? null : signerMistake(written);
    if (mistake !== null) context.addIssue(issueOf('invalid-signer', mistake));
  })
  // For editors: the same as `signerMistake`.
  .meta({ anyOf: [having('key'), { allOf: [withoutLog, { anyOf: KEYLESS }] }] });

/** What is wrong with the keys of a signer together. */
function signerMistake(written: SignerText): Mistake | null {
  const { issuer, identity, 'identity-pattern': pattern, key, log } = written;
  const identities = [identity, pattern].filter((text) => text !== undefined).length;
  if (key !== undefined && (issuer !== undefined || identities > 0)) {
    const hint = 'write two signers: either of them is enough';
    return { mistake: 'this signer has both a key and an identity', hint };
  }
  if (key !== undefined) return null;
  if (log !== undefined) {
    const hint = 'remove log: a signature without a key must always be in a log';
    return { mistake: 'log can only be set for a signer with a key', hint };
  }
  if (issuer !== undefined && identities === 1) return null;
  if (identities === 2) {
    return { mistake: 'this signer has an identity and a pattern', hint: 'keep one of the two' };
  }
  const hint = 'write issuer: and identity:, or key: with the path of a public key';
  const found =
    issuer !== undefined
      ? 'an issuer and no identity'
      : identities > 0
        ? 'an identity and no issuer'
        : 'neither an identity nor a key';
  return { mistake: `this signer has ${found}`, hint };
}

function signerOf(written: SignerText): Signer {
  const { issuer = '', identity, 'identity-pattern': pattern, key, log } = written;
  const root = written['trusted-root'];
  const trustedRoot = root === undefined ? null : plainPath(root);
  if (key !== undefined) {
    return { kind: 'key', path: plainPath(key), needsLog: log === 'required', trustedRoot };
  }
  const named =
    identity === undefined
      ? { kind: 'pattern' as const, text: pattern ?? '' }
      : { kind: 'exact' as const, text: identity };
  return { kind: 'keyless', issuer, identity: named, trustedRoot };
}

/** Nobody has to have signed where the list is empty; `none` says so in a config whose `defaults` name somebody. */
export const signedBy: Policy<readonly Signer[]> = {
  about:
    'Who must have signed an image before anything of it is mirrored: `none`, or a list, of which any one is enough, each with `issuer` and `identity`, or with `key`',
  schema: z.union([
    z.array(signerKeys.transform(signerOf)).min(1).max(MOST_SIGNERS),
    checkedText('invalid-signer', '^none$', noneMistake).transform((): readonly Signer[] => []),
  ]),
  builtIn: [],
  builtInWords: '`none`',
  join: 'own',
  wordsFor: (signers) => signers.map(wordsOf).join(', ') || 'none',
  parseInput: null,
};

function noneMistake(written: string): Mistake | null {
  if (written === 'none') return null;
  const hint = 'write a list of signers, as in - { key: cosign.pub }, or none';
  return { mistake: `${show(written)} is not a list of signers`, hint };
}

function wordsOf(named: Signer): string {
  const root = named.trustedRoot === null ? '' : ` by ${named.trustedRoot}`;
  return `${formatSigner(named)}${root}${named.kind === 'key' && named.needsLog ? ', logged' : ''}`;
}

/** Milliseconds; 0 asks for no age. */
export const minSignatureAge: Policy<number> = {
  about:
    'How old the signature that `signed-by` asks for must be, as in `48h` or `2d`: a younger one is deferred until it is due',
  schema: parsedText('invalid-age', AGE_PATTERN, parseAge),
  builtIn: 0,
  builtInWords: 'none',
  join: 'own',
  wordsFor: (age) => (age === 0 ? 'not set' : `${age / 3_600_000}h`),
  parseInput: null,
};

const MOST_DAYS = 365;

function parseAge(written: string): number | Mistake {
  const [, days = 0, hours = 0, minutes = 0] =
    /^(?=\d)(?:(\d{1,4})d)?(?:(\d{1,5})h)?(?:(\d{1,6})m)?$/.exec(written) ?? [];
  const age = (Number(days) * 1440 + Number(hours) * 60 + Number(minutes)) * 60_000;
  if (age > 0 && age <= MOST_DAYS * 86_400_000) return age;
  const hint = `write it as 48h, 2d or 1d12h, at most ${MOST_DAYS}d`;
  return { mistake: `${show(written)} is not a valid age`, hint };
}
