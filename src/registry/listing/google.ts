// Artifact Registry and gcr.io: the tag list of the registry itself, with an extra field `manifest`, digest to tags. The
// digest of an index is there with its tags; its images are manifests without tags. One answer has all.
// https://github.com/google/go-containerregistry/blob/main/pkg/v1/google/list.go ("may break": the form is checked)

import { asObject } from '../../base/text/json.ts';
import type { ListingMember } from './member.ts';

export const GOOGLE: ListingMember = {
  kind: 'gar',
  pageSize: Number.POSITIVE_INFINITY,
  asks: 'pull',
  first: (repository) => `/v2/${repository}/tags/list`,
  read({ body }) {
    const manifests = asObject(asObject(body)?.manifest);
    if (manifests === null) return null;
    const tags = Object.entries(manifests).flatMap(([digest, info]) => {
      const { tag, mediaType } = asObject(info) ?? {};
      if (!Array.isArray(tag) || mediaType === SCHEMA_1) return [];
      return tag.filter((name) => typeof name === 'string').map((name) => [name, digest] as const);
    });
    return { tags, next: null };
  },
};

/** Its digest depends on who asks. */
const SCHEMA_1 = 'application/vnd.docker.distribution.manifest.v1+prettyjws';
