// GitLab's registry where its metadata database is on, as on GitLab.com: `digest` is what the tag names, `config_digest`
// the config of a plain image. Other registries of GitLab answer 404.
// https://gitlab.com/gitlab-org/container-registry/-/blob/master/docs/spec/gitlab/api.md ("List Repository Tags")

import { type ListingMember, pairsOf } from './member.ts';

const PAGE = 1_000;

export const GITLAB: ListingMember = {
  kind: 'gitlab',
  pageSize: PAGE,
  asks: 'pull',
  first: (repository) => `/gitlab/v1/repositories/${repository}/tags/list/?n=${PAGE}`,
  read({ body, link }) {
    const tags = pairsOf(body, 'name', 'digest');
    return tags === null ? null : { tags, next: link };
  },
};
