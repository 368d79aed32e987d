// Whether an image may be mirrored by its signatures: whether somebody whom the policy names signed this very digest, and
// long enough ago.

import { Failure } from '../../base/errors/failure.ts';
import { count } from '../../base/text/words.ts';
import type { Digest } from '../../image/names/digest.ts';
import { familiarName, familiarTag } from '../../image/names/reference.ts';
import type { Signature, Signatures } from '../../image/signatures/signatures.ts';
import { formatSigner, isSigner, type ProvenSigner } from '../../image/signatures/signer.ts';
import { type ObservationReader, upstreamOf } from '../observation/reads.ts';
import type { Wanted } from '../select/select.ts';

/** `waiting`: the signatures have to be read first. `deferred` is a signature that is right and too young. */
export type TrustJudgement =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'trusted'; readonly signature: Signature }
  | { readonly kind: 'refused' | 'deferred' | 'failed'; readonly failure: Failure };

/** Judges the digest that upstream has for a tag whose policy names signers. docs/trust.md */
export function judgeTrust(wanted: Wanted, digest: Digest, reader: ObservationReader): TrustJudgement {
  const { signedBy: signers, minSignatureAge } = wanted.policies;
  const question = { signers, asksAge: minSignatureAge > 0 };
  const seen = reader.signatures(upstreamOf(wanted), digest, question);
  if (seen === null) return { kind: 'waiting' };
  if (seen.kind === 'unknown') return { kind: 'failed', failure: seen.because };
  const found = seen.kind === 'absent' ? NONE : seen.value;
  const accepted = found.holding.filter(({ by }) => signers.some((signer) => isSigner(signer, by)));
  const signature = firstOf(accepted);
  if (signature === undefined) return { kind: 'refused', failure: nobody(wanted, digest, found) };
  return minSignatureAge === 0 ? { kind: 'trusted', signature } : judgeAge(wanted, signature, found);
}

const NONE: Signatures = { holding: [], doubts: [], isCut: false, asked: new Date(0) };

/** The one that was made first; those without a time come last. */
function firstOf(signatures: readonly Signature[]): Signature | undefined {
  const timeOf = ({ since }: Signature) => since?.getTime() ?? Number.POSITIVE_INFINITY;
  return signatures.toSorted((a, b) => Math.sign(timeOf(a) - timeOf(b)) || 0)[0];
}

function judgeAge(wanted: Wanted, signature: Signature, { asked }: Signatures): TrustJudgement {
  const { minSignatureAge } = wanted.policies;
  const name = familiarTag(wanted.source, wanted.tag);
  const signer = formatSigner(signature.by);
  if (signature.since === null) {
    const message = `${name} is signed by ${signer}, but there is no proof of when: the signature is in no trusted transparency log and has no timestamp`;
    const hint = 'sign with a log or a timestamp, or remove min-signature-age for this entry';
    return { kind: 'refused', failure: new Failure('unsigned', message, { hint }) };
  }
  const due = new Date(signature.since.getTime() + minSignatureAge);
  if (due <= asked) return { kind: 'trusted', signature };
  const message = `${name} was signed at ${timeText(signature.since)} by ${signer}, which is too recent; it is due at ${timeText(due)}`;
  const hint = 'the first run after that brings it; to have it now, lower min-signature-age for this entry';
  return { kind: 'deferred', failure: new Failure('too-young', message, { hint }) };
}

/** `2026-11-21 21:30 UTC` */
function timeText(time: Date): string {
  return `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** The refusal of an image that nobody on the list signed, with who did sign. */
function nobody({ source, tag, place }: Wanted, digest: Digest, found: Signatures): Failure {
  const name = familiarTag(source, tag);
  const others = [...new Set(found.holding.map(({ by }) => formatSigner(by)))];
  const first = found.holding[0]?.by;
  const more = found.isCut ? '; there are more signatures than are looked at' : '';
  const where = `${place.file}, line ${place.line}`;
  if (first !== undefined) {
    const message = `${name} is signed by ${listed(others)}, but not by anyone whom signed-by names${more}`;
    return new Failure('wrong-signer', message, { hint: acceptWords(first, where) });
  }
  const [doubt] = found.doubts.toSorted((a, b) => Number(b.isOther) - Number(a.isOther));
  const hint = `ask its publisher how ${familiarName(source)} is signed; \`cosign tree ${familiarName(source)}@${digest}\` shows what is attached; signed-by is set at ${where}`;
  if (doubt === undefined) {
    return new Failure('unsigned', `nobody signed ${name}${more}`, { hint });
  }
  const which =
    found.doubts.length === 1 ? 'its signature' : `one of its ${count(found.doubts.length, 'signature')}`;
  const message = `${name} is not signed by anyone whom signed-by names (${which}: ${doubt.why})${more}`;
  return new Failure(doubt.isOther ? 'wrong-signer' : 'unsigned', message, { hint });
}

/** How this signer would be accepted. A key that is listed and does not count lacks the log that it needs. */
function acceptWords(signer: ProvenSigner, where: string): string {
  if (signer.kind === 'key')
    return `sign it with a transparency log, or remove log: required for ${signer.path} at ${where}`;
  const line = `- { issuer: "${signer.issuer}", identity: "${signer.identity}" }`;
  return `if that is who should sign it, write ${line} under signed-by for ${where}`;
}

const MOST_NAMED = 3;

function listed(names: readonly string[]): string {
  const rest = names.length - MOST_NAMED;
  const shown = names.slice(0, MOST_NAMED).join(', ');
  return rest > 0 ? `${shown} and ${count(rest, 'other')}` : shown;
}
