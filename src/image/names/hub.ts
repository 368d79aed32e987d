// Docker Hub's names: one for people, others for machines. All code that treats Docker Hub specially uses these.

/** The name for people, the one in canonical names. */
export const DOCKER_HUB = 'docker.io';

// moby, registry/config.go.
const HUB_CONTACT = 'registry-1.docker.io';

/** Every name of the registry itself. */
export const HUB_NAMES = new Set(['docker.io', 'index.docker.io', HUB_CONTACT]);

/** Every host of Docker Hub, the one that issues tokens too. */
export const HUB_ALL = new Set([...HUB_NAMES, 'auth.docker.io']);

/** The host that answers for a registry: `registry-1.docker.io` for Docker Hub, else the name itself. */
export function contactHost(registry: string): string {
  return HUB_NAMES.has(registry) ? HUB_CONTACT : registry;
}
