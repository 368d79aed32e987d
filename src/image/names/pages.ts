// Where a person sees a repository or a tag in a browser: by the host of its registry, and only where that is known.

import { familiarName, type Name } from './reference.ts';

/** The pages of a registry: the hosts it answers for, and the address of a tag there; null where it has none. */
type Pages = {
  readonly hosts: RegExp;
  readonly address: (name: Name, tag: string) => string | null;
};

const PAGES: readonly Pages[] = [
  {
    hosts: /^docker\.io$/,
    address: (name, tag) => {
      const familiar = familiarName(name);
      const isOfficial = name.repository.startsWith('library/') && !familiar.includes('/');
      return `https://hub.docker.com/${isOfficial ? `_/${familiar}` : `r/${name.repository}`}/tags?name=${tag}`;
    },
  },
  // ghcr.io answers a browser with a redirect to the page of the package.
  { hosts: /^ghcr\.io$/, address: ({ repository }) => `https://ghcr.io/${repository}` },
  {
    hosts: /^quay\.io$/,
    address: ({ repository }, tag) => `https://quay.io/repository/${repository}?tab=tags&tag=${tag}`,
  },
  {
    hosts: /^mcr\.microsoft\.com$/,
    address: ({ repository }) => `https://mcr.microsoft.com/artifact/mar/${repository}/tags`,
  },
  { hosts: /^public\.ecr\.aws$/, address: ({ repository }) => `https://gallery.ecr.aws/${repository}` },
  {
    hosts: /^registry\.k8s\.io$/,
    address: ({ repository }) =>
      `https://console.cloud.google.com/artifacts/docker/k8s-artifacts-prod/us/images/${encodeURIComponent(repository)}`,
  },
  // Google's registries answer a browser with a redirect to the page of the repository.
  {
    hosts: /^(?:[a-z-]+\.)?gcr\.io$|^[a-z\d-]+-docker\.pkg\.dev$/,
    address: ({ registry, repository }) => `https://${registry}/${repository}`,
  },
  {
    hosts: /^\d{12}\.dkr\.ecr\.[a-z\d-]+\.amazonaws\.com$/,
    address: ({ registry, repository }) => {
      const [account = '', , , region = ''] = registry.split('.');
      return `https://${region}.console.aws.amazon.com/ecr/repositories/private/${account}/${repository}?region=${region}`;
    },
  },
  {
    hosts: /^registry\.gitlab\.com$/,
    // A deeper path may be a group or a part of the image's name: which one only GitLab knows.
    address: ({ repository }) =>
      repository.split('/').length === 2 ? `https://gitlab.com/${repository}/container_registry` : null,
  },
];

/** The address of the page that shows a tag, or its repository where tags have none; null where no page is known. */
export function pageOf(name: Name, tag: string): string | null {
  const pages = PAGES.find(({ hosts }) => hosts.test(name.registry));
  return pages?.address(name, encodeURIComponent(tag)) ?? null;
}
