// The command lines of crane. Pure. Whatever came from a config stands after `--`, where it cannot be an option.

import type { Digest } from '../../image/names/digest.ts';
import { formatName, type Name } from '../../image/names/reference.ts';

/** True when a registry is to be asked over plain http; decided by the caller's settings. */
export type UsesHttp = (registry: string) => boolean;

/** `crane version`: prints the version, without any request. */
export function versionArgs(): readonly string[] {
  return ['version'];
}

/** `crane auth get`: the login for a registry, read from the docker config without any request. */
export function authArgs(registry: string): readonly string[] {
  return ['auth', 'get', '--', registry];
}

/** `crane ls`: prints the tags of a repository, one a line. */
export function listArgs(name: Name, usesHttp: UsesHttp): readonly string[] {
  return ['ls', ...insecure([name], usesHttp), '--', formatName(name)];
}

/**
 * The commands that bring a digest with everything it refers to, in order. Usually that is one copy. Where one end needs
 * `--insecure` and the other must not have it, the content goes through an OCI layout at `folder`: the option turns off
 * the check of certificates for both ends, and a login could be read on its way.
 */
export function bringArgs(
  digest: Digest,
  from: Name,
  to: Name,
  { jobs, folder, usesHttp }: { jobs: number; folder: string; usesHttp: UsesHttp },
): readonly (readonly string[])[] {
  const source = pin(from, digest);
  const destination = pin(to, digest);
  const flagged = [from, to].filter(({ registry }) => needsInsecure(registry, usesHttp));
  const mixed = flagged.length > 0 && [from, to].some(({ registry }) => !usesHttp(registry));
  if (!mixed) {
    const flags = insecure([from, to], usesHttp);
    return [['copy', '--jobs', String(jobs), ...flags, '--', source, destination]];
  }
  return [pullArgs(digest, from, folder, usesHttp), pushArgs(digest, folder, to, usesHttp)];
}

/** Fills an OCI layout at `folder` with one digest. */
export function pullArgs(digest: Digest, from: Name, folder: string, usesHttp: UsesHttp): readonly string[] {
  return ['pull', '--format=oci', ...insecure([from], usesHttp), '--', pin(from, digest), folder];
}

/** Pushes the one manifest of a layout, under its digest. */
export function pushArgs(digest: Digest, folder: string, to: Name, usesHttp: UsesHttp): readonly string[] {
  return ['push', ...insecure([to], usesHttp), '--', folder, pin(to, digest)];
}

/** True when a copy of this kind writes to `folder`. */
export function usesFolder(commands: readonly (readonly string[])[]): boolean {
  return commands.length > 1;
}

function pin(name: Name, digest: Digest): string {
  return `${formatName(name)}@${digest}`;
}

function insecure(names: readonly Name[], usesHttp: UsesHttp): readonly string[] {
  return names.some(({ registry }) => needsInsecure(registry, usesHttp)) ? ['--insecure'] : [];
}

function needsInsecure(registry: string, usesHttp: UsesHttp): boolean {
  return usesHttp(registry) && !triesHttp(registry);
}

/** Hosts for which crane falls back to plain http by itself. go-containerregistry, pkg/name/registry.go, `Scheme`. */
function triesHttp(registry: string): boolean {
  const own =
    /^(?:localhost:|127\.0\.0\.1(?::\d{1,5})?$|\[::1\](?::\d{1,5})?$)|\.local(?:host)?(?::\d{1,5})?$/;
  return own.test(registry) || /^(?:10|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.[\d.]+(?::\d+)?$/.test(registry);
}
