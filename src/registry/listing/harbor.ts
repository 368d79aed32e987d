// Harbor from 2.0 on: artifacts with their tags. `digest` of an artifact is the index's where it is one; those of its
// images are under `references` and are not looked at. In a proxy cache the API lists what was cached, while the
// registry itself asks upstream: such a project is not read from its list.
// https://github.com/goharbor/harbor/blob/main/api/v2.0/swagger.yaml (listArtifacts, getProject)

import { asObject } from '../../base/text/json.ts';
import { type ListingMember, pairsOf } from './member.ts';

const PAGE = 100;

export const HARBOR: ListingMember = {
  kind: 'harbor',
  pageSize: PAGE,
  asks: 'basic',
  origin: {
    path: (repository) => `/api/v2.0/projects/${encodeURIComponent(projectOf(repository))}`,
    isOwn(body) {
      const project = asObject(body);
      return typeof project?.project_id === 'number' && (project.registry_id ?? 0) === 0;
    },
  },
  first: (repository) => (repository.includes('/') ? pathOf(repository, 1) : null),
  read({ repository, path, body }) {
    if (!Array.isArray(body)) return null;
    const tags = body.flatMap((artifact: unknown) => {
      const { digest, tags: names } = asObject(artifact) ?? {};
      const named = Array.isArray(names) ? names.map((tag) => ({ name: asObject(tag)?.name, digest })) : [];
      return pairsOf(named, 'name', 'digest') ?? [];
    });
    return { tags, next: body.length < PAGE ? null : pathOf(repository, pageOf(path) + 1) };
  },
};

function projectOf(repository: string): string {
  return repository.slice(0, repository.indexOf('/'));
}

/** A slash in the name of a repository is encoded twice: proxies in front of Harbor decode once. */
function pathOf(repository: string, page: number): string {
  const project = projectOf(repository);
  const rest = encodeURIComponent(encodeURIComponent(repository.slice(project.length + 1)));
  const query = `with_tag=true&page_size=${PAGE}&page=${page}`;
  return `/api/v2.0/projects/${encodeURIComponent(project)}/repositories/${rest}/artifacts?${query}`;
}

function pageOf(path: string): number {
  return Number(/[?&]page=(\d+)/.exec(path)?.[1] ?? 1);
}
