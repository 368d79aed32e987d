// The command lines of crane. Pure. Whatever came from a config goes after `--`, where it cannot be an option.

import type { Digest } from '../../image/names/digest.ts';
import { formatName, type Name } from '../../image/names/reference.ts';
import { MIRROR_HOST, SOURCE_HOST } from '../fence/fence.ts';

/** `crane version`: prints the version, without any request. */
export function versionArgs(): readonly string[] {
  return ['version'];
}

/** `crane auth get`: the login for a registry, read from the docker config without any request. */
export function authArgs(registry: string): readonly string[] {
  return ['auth', 'get', '--', registry];
}

// Both ends are names of the fence. `--insecure` makes crane take plain http where TLS is refused, as the fence does;
// what goes out behind the fence is up to this program alone.

/** `crane ls`: prints the tags of a repository, one a line. */
export function listArgs(name: Name): readonly string[] {
  return ['ls', '--insecure', '--', formatName(atSource(name))];
}

/** `crane copy` of one digest with everything it refers to, so many blobs at once. */
export function copyArgs(digest: Digest, from: Name, to: Name, jobs: number): readonly string[] {
  const [source, mirror] = [formatName(atSource(from)), formatName({ ...to, registry: MIRROR_HOST })];
  return ['copy', '--jobs', String(jobs), '--insecure', '--', `${source}@${digest}`, `${mirror}@${digest}`];
}

function atSource(name: Name): Name {
  return { ...name, registry: SOURCE_HOST };
}
