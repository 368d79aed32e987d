// What is attached to the images of a registry, as the story asks for it.

import type { Attached, AttachedEntry, AttachedFilter } from '../../image/manifest/referrers.ts';
import type { Digest } from '../../image/names/digest.ts';
import type { Name } from '../../image/names/reference.ts';
import type { Signatures, TrustQuestion } from '../../image/signatures/signatures.ts';

/**
 * What was found. `dropped` are sentences about what a registry lists and what does not belong there: a manifest that names
 * another subject, or that is not there.
 */
export type Attachments = { readonly found: readonly Attached[]; readonly dropped: readonly string[] };

/** What a registry lists as attached to a digest, whatever of it is asked for; `hasApi`: by the referrers API. */
export type AttachedList = { readonly entries: readonly AttachedEntry[]; readonly hasApi: boolean };

/** What is attached to digests, one level deep: what is attached to an attached manifest is asked for by its own digest. */
export type AttachedDoor = {
  /**
   * What is directly attached to a digest, by the referrers API, by the fall-back index where the registry has no API, and by
   * cosign's tags: one request where nothing is, and a tag list for each repository. Asked once a run.
   * @throws Failure where it cannot be read, or where it has no end (`unsupported`)
   */
  list(name: Name, digest: Digest): Promise<AttachedList>;
  /** What names a digest as its subject, asked anew: for what this run has written. @throws Failure */
  listAgain(name: Name, digest: Digest): Promise<AttachedList>;
  /** Reads and hashes those entries that are of a kind asked for, and checks that each names this subject. @throws Failure */
  read(
    name: Name,
    subject: Digest,
    entries: readonly AttachedEntry[],
    filter: AttachedFilter,
  ): Promise<Attachments>;
  /** Everything of the kinds asked for that is directly attached: `list`, then `read`. @throws Failure */
  attachedTo(name: Name, subject: Digest, filter: AttachedFilter): Promise<Attachments>;
};

/**
 * What upstream attaches to a digest as its signatures, with what of it is proven. Signatures of the images in an index count
 * for the index as little as the other way round. @throws Failure where it cannot be read, or where nobody can be believed
 * because the trusted root cannot be had
 */
export type CheckSignatures = (name: Name, digest: Digest, question: TrustQuestion) => Promise<Signatures>;
