// Docker Hub's names: one for people, others for machines. Whoever treats it apart asks here.

export const DOCKER_HUB = 'docker.io';

// Docker Hub has one name for people and others for machines. moby, registry/config.go.
const HUB_CONTACT = 'registry-1.docker.io';

export const HUB_NAMES = new Set(['docker.io', 'index.docker.io', HUB_CONTACT]);

export const HUB_ALL = new Set([...HUB_NAMES, 'auth.docker.io']);

/** The host that answers for a registry: `registry-1.docker.io` for Docker Hub, else the name itself. */
export function contactHost(registry: string): string {
  return HUB_NAMES.has(registry) ? HUB_CONTACT : registry;
}
