// Whether an image may be mirrored by its signatures: whether somebody whom the policy names signed this very digest, and
// long enough ago.

import { Failure } from '../../base/errors/failure.ts';
import { amount, count } from '../../base/text/words.ts';
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
  const message = `${name} was signed at ${timeText(signature.since)} by ${signer}, too recently: it is due at ${timeText(due)}`;
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
  const [first] = found.holding.map(({ by }) => by).toSorted((a, b) => kindRank(a) - kindRank(b));
  const more = found.isCut ? '; there are more signatures than are looked at' : '';
  // What a file asks for has no entry of its own.
  const where = `of ${familiarName(source)} or of defaults; ${place.file}, line ${place.line} asks for the image`;
  if (first !== undefined) {
    if (first.kind === 'key') return notLogged(name, first, where);
    const message = `${name} is signed by ${listed(others)}, but not by anyone whom signed-by names${more}`;
    const add = `- { issuer: "${first.issuer}", identity: "${first.identity}" }`;
    const hint = `if that is who should sign it, write ${add} under signed-by ${where}`;
    return new Failure('wrong-signer', message, { hint });
  }
  const [doubt] = found.doubts.toSorted((a, b) => Number(b.isOther) - Number(a.isOther));
  const hint = `ask its publisher how ${familiarName(source)} is signed; \`cosign tree ${familiarName(source)}@${digest}\` shows what is attached; signed-by is that ${where}`;
  if (doubt === undefined) {
    return new Failure('unsigned', `nobody signed ${name}${more}`, { hint });
  }
  const counted =
    found.doubts.length === 1
      ? `its signature does not count: ${doubt.why}`
      : `none of its ${amount(found.doubts.length)} signatures counts; one of them because ${doubt.why}`;
  const message = `${name} is signed by nobody whom signed-by names; ${counted}${more}`;
  return new Failure(doubt.isOther ? 'wrong-signer' : 'unsigned', message, { hint });
}

/** Only keys of the list are tried, so what a key signed is nearest to what was asked for. */
function kindRank({ kind }: ProvenSigner): number {
  return kind === 'key' ? 0 : 1;
}

function notLogged(name: string, key: ProvenSigner, where: string): Failure {
  const message = `${name} is signed by ${formatSigner(key)}, but that signature is in no transparency log, which signed-by requires`;
  const hint = `sign with a log, or remove log: required under signed-by ${where}`;
  return new Failure('wrong-signer', message, { hint });
}

const MOST_NAMED = 3;

function listed(names: readonly string[]): string {
  const rest = names.length - MOST_NAMED;
  const shown = names.slice(0, MOST_NAMED).join(', ');
  return rest > 0 ? `${shown} and ${count(rest, 'other')}` : shown;
}
