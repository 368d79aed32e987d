// Docker Hub's names: one for people, others for machines. All code that treats Docker Hub specially uses these.

/** The name for people, the one in canonical names. */
export const DOCKER_HUB = 'docker.io';

// moby, registry/config.go.
const HUB_CONTACT = 'registry-1.docker.io';

// The last one is what older tools write.
const HUB_NAMES = new Set([DOCKER_HUB, 'index.docker.io', HUB_CONTACT, 'registry.hub.docker.com']);
const HUB_TOKENS = 'auth.docker.io';

/** True for every name under which Docker Hub itself is known, with its port or without. */
export function isDockerHub(registry: string): boolean {
  return HUB_NAMES.has(registry.replace(/:443$/, ''));
}

/** True for the hosts that Docker Hub needs: its own names, and the service that gives out its tokens. */
export function servesDockerHub(host: string): boolean {
  return isDockerHub(host) || host === HUB_TOKENS;
}

/** A registry as it is compared with another: all names of Docker Hub are one, and so are a host and its usual port. */
export function sameHost(registry: string): string {
  return contactHost(registry).replace(/:(?:443|80)$/, '');
}

/** The host that answers for a registry: `registry-1.docker.io` for Docker Hub, else the name itself. */
export function contactHost(registry: string): string {
  return isDockerHub(registry) ? HUB_CONTACT : registry;
}

/**
 * True for a repository that Docker Hub has no room for: its names are an account and one part more
 * (docs.docker.com/reference/cli/docker/image/tag; docker/hub-feedback#1404).
 */
export function isTooDeepForHub(registry: string, repository: string): boolean {
  return isDockerHub(registry) && repository.split('/').length > 2;
}
