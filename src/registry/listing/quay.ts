// Quay: the tags that are active now, each with the digest that the tag has: of the index where `is_manifest_list` says
// so. Public repositories answer anybody; private ones want an OAuth token, which a login as `$oauthtoken` is.
// https://github.com/quay/quay/blob/master/endpoints/api/tag.py (class ListRepositoryTags)

import { asObject } from '../../base/text/json.ts';
import { type ListingMember, pairsOf } from './member.ts';

const PAGE = 100;

export const QUAY: ListingMember = {
  kind: 'quay',
  pageSize: PAGE,
  asks: 'api-token',
  first: (repository) => pathOf(repository, 1),
  read({ repository, path, body }) {
    const { tags: rows, has_additional: more } = asObject(body) ?? {};
    const tags = pairsOf(rows, 'name', 'manifest_digest');
    if (tags === null || typeof more !== 'boolean') return null;
    return { tags, next: more ? pathOf(repository, pageOf(path) + 1) : null };
  },
};

function pathOf(repository: string, page: number): string {
  return `/api/v1/repository/${repository}/tag/?onlyActiveTags=true&limit=${PAGE}&page=${page}`;
}

function pageOf(path: string): number {
  return Number(/[?&]page=(\d+)/.exec(path)?.[1] ?? 1);
}
