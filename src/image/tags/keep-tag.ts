// Keep-tags: names under which a pinned digest stays reachable when its own tag belongs to somebody else or moves on.

const MOST_IN_TAG = 128;
const HEX_OF_DIGEST = 12;
const WITHOUT_TAG = 'pinned';
const KEEP_TAG = /-[0-9a-f]{12}$/;

/**
 * `3.13-slim-0123456789ab`: the tag and the first 12 digits of the digest, at most 128 characters; `pinned-0123456789ab`
 * where a pin has no tag (null). Made of these two alone, so every run gives a digest the same name.
 */
export function keepTag(tag: string | null, digest: string): string {
  const start = digest.indexOf(':') + 1;
  const suffix = `-${digest.slice(start, start + HEX_OF_DIGEST)}`;
  return `${(tag ?? WITHOUT_TAG).slice(0, MOST_IN_TAG - suffix.length)}${suffix}`;
}

/** True for a tag that `keepTag` gives this digest, whatever tag it was made from. */
export function keepsDigest(tag: string, digest: string): boolean {
  return isKeepTag(tag) && tag === keepTag(tag.replace(KEEP_TAG, ''), digest);
}

/** True for a tag that looks like one of `keepTag`: it is left alone, without a warning that nothing keeps it fresh. */
export function isKeepTag(tag: string): boolean {
  return KEEP_TAG.test(tag);
}
