// Whose registry a host is: by its name, or by what it says of itself.

import { isDockerHub } from '../../image/names/hub.ts';

/** The registries whose words are known. `other` is any registry that neither its name nor its headers give away. */
export type HostKind =
  | 'ghcr'
  | 'docker-hub'
  | 'quay'
  | 'ecr'
  | 'ecr-public'
  | 'gar'
  | 'acr'
  | 'mcr'
  | 'harbor'
  | 'artifactory'
  | 'nexus'
  | 'gitlab'
  | 'gitea'
  | 'other';

const BY_NAME: readonly (readonly [RegExp, HostKind])[] = [
  [/^ghcr\.io$/, 'ghcr'],
  [/^quay\.io$/, 'quay'],
  [/^public\.ecr\.aws$/, 'ecr-public'],
  [/\.dkr[.-]ecr(?:-fips)?\.[\w-]+\.(?:amazonaws\.com(?:\.cn)?|on\.aws)$/, 'ecr'],
  [/(?:^|[.-])docker\.pkg\.dev$|^(?:[\w-]+\.)?gcr\.io$/, 'gar'],
  [/\.azurecr\.(?:io|cn|us)$/, 'acr'],
  [/^mcr\.microsoft\.com$/, 'mcr'],
  [/\.jfrog\.io$/, 'artifactory'],
  [/^registry\.gitlab\.com$/, 'gitlab'],
  [/^codeberg\.org$|^gitea\.com$/, 'gitea'],
];

// The challenges name the services: Harbor and GitLab in `service`, the others in the path of their realm.
const BY_HEADER: readonly (readonly [RegExp, HostKind])[] = [
  [/harbor/i, 'harbor'],
  [/artifactory|jfrog/i, 'artifactory'],
  [/nexus/i, 'nexus'],
  [/\/jwt\/auth"/, 'gitlab'],
  [/quay|\/v2\/auth"/i, 'quay'],
];

/** The kind of a registry; `headers` is what it says of itself in `Server`, its challenge and the like. */
export function hostKindOf(registry: string, headers = ''): HostKind {
  if (isDockerHub(registry)) return 'docker-hub';
  const host = registry.replace(/:\d+$/, '');
  const byName = BY_NAME.find(([name]) => name.test(host));
  return (byName ?? BY_HEADER.find(([words]) => words.test(headers)))?.[1] ?? 'other';
}
