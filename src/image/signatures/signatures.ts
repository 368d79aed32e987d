// The signatures of one digest: what upstream attaches, and what of it holds.

import { formatSigner, type ProvenSigner, type Signer } from './signer.ts';

/** Whom a policy names, and whether it wants to know when they signed. */
export type TrustQuestion = { readonly signers: readonly Signer[]; readonly asksAge: boolean };

/** A signature that holds for the digest. `since` is when it was made, as somebody trusted saw it, or null where nobody did. */
export type Signature = { readonly by: ProvenSigner; readonly since: Date | null };

/**
 * Why a signature counts for nothing, as a sentence about it. `isOther`: it may well hold, for somebody whom nobody can name
 * because a key says nothing of its owner.
 */
export type Doubt = { readonly why: string; readonly isOther: boolean };

/**
 * What was found at one digest: the signatures that hold, whoever made them, and what is wrong with the others. `isCut`:
 * there were more, at which nobody looked. `asked` is when.
 */
export type Signatures = {
  readonly holding: readonly Signature[];
  readonly doubts: readonly Doubt[];
  readonly isCut: boolean;
  readonly asked: Date;
};

/** What rows say about a signature: who signed, and when as far as that is proven. */
export type SignedFields = { readonly signedBy: string; readonly signedAt: string };

/** The fields of one row; none where nobody had to sign. */
export function signedFields(signature: Signature | undefined): Partial<SignedFields> {
  if (signature === undefined) return {};
  const { by, since } = signature;
  return { signedBy: formatSigner(by), ...(since === null ? {} : { signedAt: since.toISOString() }) };
}
