// Who may have signed an image: whom a config names, whom a signature proves, and when the two are one.

import { type Mistake, show } from '../../base/errors/mistake.ts';

/** An identity as it is written: the whole text, or a pattern over the whole text. */
type Identity = { readonly kind: 'exact' | 'pattern'; readonly text: string };

/**
 * One signer whom a config accepts. `keyless`: whoever proved this identity to this issuer. `key`: whoever has the private
 * half of the key in this file of the workspace; `needsLog` where the signature must be in a transparency log too.
 * `trustedRoot` is the file that says whom to believe, null for Sigstore's own.
 */
export type Signer = { readonly trustedRoot: string | null } & (
  | { readonly kind: 'keyless'; readonly issuer: string; readonly identity: Identity }
  | { readonly kind: 'key'; readonly path: string; readonly needsLog: boolean }
);

/** Whom a signature that holds proves, and by which trusted root (null: Sigstore's own, or none was needed). */
export type ProvenSigner = { readonly trustedRoot: string | null } & (
  | { readonly kind: 'keyless'; readonly issuer: string; readonly identity: string }
  | { readonly kind: 'key'; readonly path: string; readonly isLogged: boolean }
);

/** True where the proven signer is the one whom the config names. Issuers are compared letter by letter. */
export function isSigner(signer: Signer, proven: ProvenSigner): boolean {
  if (signer.kind === 'key') {
    const isLogged = proven.kind === 'key' && proven.isLogged && proven.trustedRoot === signer.trustedRoot;
    return proven.kind === 'key' && proven.path === signer.path && (isLogged || !signer.needsLog);
  }
  return (
    proven.kind === 'keyless' &&
    proven.trustedRoot === signer.trustedRoot &&
    proven.issuer === signer.issuer &&
    matchesIdentity(signer.identity, proven.identity)
  );
}

/**
 * True where the whole identity is what is written. In a pattern `*` stands for any characters but `/` and `@`, `**` for
 * any characters at all; nothing else has a meaning of its own. It takes time in proportion to both texts at most.
 */
function matchesIdentity({ kind, text }: Identity, identity: string): boolean {
  if (kind === 'exact') return text === identity;
  let places = new Set([0]);
  const parts = partsOf(text);
  for (const character of identity) {
    places = step(withoutStars(places, parts), parts, character);
    if (places.size === 0) return false;
  }
  return withoutStars(places, parts).has(parts.length);
}

function partsOf(pattern: string): string[] {
  return pattern.match(/\*\*|./gsu) ?? [];
}

/** A star may stand for nothing. */
function withoutStars(places: ReadonlySet<number>, parts: readonly string[]): Set<number> {
  const all = new Set(places);
  for (const at of all) if (isStar(parts[at])) all.add(at + 1);
  return all;
}

function step(places: ReadonlySet<number>, parts: readonly string[], character: string): Set<number> {
  const next = [...places].flatMap((at) => {
    const part = parts[at];
    if (part === '**' || (part === '*' && character !== '/' && character !== '@')) return [at];
    return part === character && !isStar(part) ? [at + 1] : [];
  });
  return new Set(next);
}

function isStar(part: string | undefined): boolean {
  return part === '*' || part === '**';
}

const MOST_TEXT = 1_000;

/** What is wrong with an identity that is written in full. */
export function identityMistake(written: string): Mistake | null {
  if (!written.includes('*')) return textMistake(written, 'identity');
  const hint = 'write identity-pattern: for a pattern over the whole identity';
  return { mistake: `${show(written)} has a *, and identity is compared letter by letter`, hint };
}

/** What is wrong with the address of an issuer. */
export function issuerMistake(written: string): Mistake | null {
  const wrong = textMistake(written, 'issuer');
  if (wrong !== null) return wrong;
  if (URL.canParse(written) && /^https?:\/\/[^*]+$/.test(written)) return null;
  const hint = 'write it in full, as in https://token.actions.githubusercontent.com';
  return { mistake: `${show(written)} is not the address of an issuer`, hint };
}

/**
 * What is wrong with a pattern over identities: it looks like a regular expression, or so little of it is written out that
 * strangers would match.
 */
export function identityPatternMistake(written: string): Mistake | null {
  const wrong = textMistake(written, 'identity');
  if (wrong !== null) return wrong;
  const shown = show(written);
  if (/[\^$\\()|[\]{}]|\.[*+]|^\/.*\/$/.test(written)) {
    const hint =
      'write * for any characters but / and @, and ** for any at all; a pattern is for the whole text';
    return { mistake: `${shown} looks like a regular expression, which is not read`, hint };
  }
  if (!written.includes('*')) {
    const hint = 'write it under identity, or put a * where it may vary';
    return { mistake: `${shown} has no * in it`, hint };
  }
  if (isNarrow(written)) return null;
  const hint =
    'write out the host and the first part of the path, as in https://github.com/acme/*, or the host of an address, as in *@acme.com';
  return { mistake: `${shown} would match strangers`, hint };
}

/** Whether a web address has its host and owner written out, any other URI its domain, a mail address all after its @. */
function isNarrow(pattern: string): boolean {
  if (/^https?:/.test(pattern)) return /^https?:\/\/[^/*@]+\/[^/*@]+\//.test(pattern);
  if (/^[a-z][a-z0-9+.-]*:/.test(pattern)) return /^[a-z][a-z0-9+.-]*:\/\/[^/*@]+\//.test(pattern);
  return /^[^@/]+@[^@*/]+\.[^@*/]+$/.test(pattern) && !pattern.includes('**');
}

function textMistake(written: string, what: string): Mistake | null {
  if (written.trim() === '') return { mistake: `the ${what} is empty`, hint: '' };
  if (written.length > MOST_TEXT)
    return { mistake: `the ${what} has ${written.length} characters`, hint: `write at most ${MOST_TEXT}` };
  if (/^[\x21-\x7e]+$/.test(written)) return null;
  const hint = 'identities and issuers are addresses: letters, digits and signs, without spaces';
  return { mistake: `${show(written)} is not a valid ${what}`, hint };
}

/** A signer as a sentence names it: `the key keys/acme.pub`, `me@acme.com (https://…)`. Texts of certificates are a stranger's. */
export function formatSigner(signer: Signer | ProvenSigner): string {
  if (signer.kind === 'key') return `the key ${signer.path}`;
  const { identity, issuer } = signer;
  return `${typeof identity === 'string' ? identity : identity.text} (${issuer})`;
}
