// Verdicts about registries: read by crane, hashed here, and never taken from the action's own word.
// Nothing here blocks: crane may have to pass a token server or a proxy of this very process.

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { CLEAN_PATH, tool } from '../runner/places.ts';

/** Tags of a repository and the sha256 of the manifest each of them serves. */
export type Snapshot = Readonly<Record<string, string>>;

const MOST_BYTES = 64 * 1024 * 1024;
/** In milliseconds: a crane that waits must end as a failed test, not as a hang. */
const DEADLINE = 20_000;

/** Tags and digests of each repository of a registry. */
export type Registries = Readonly<Record<string, Snapshot>>;

/** `sha256:…` of the manifest that a reference serves, or null where there is none. Throws when crane failed for another reason than that nothing is there. */
export async function digestOf(reference: string, env: Environment = {}): Promise<string | null> {
  const bytes = await read(['manifest', '--', reference], env);
  return bytes === null ? null : `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** The bytes of a manifest, or null where there is none. */
export function manifestOf(reference: string, env: Environment = {}): Promise<Buffer | null> {
  return read(['manifest', '--', reference], env);
}

/** The tags of a repository; none where the repository is missing. Throws when the list could not be read. */
export async function list(repository: string, env: Environment = {}): Promise<string[]> {
  return linesOf(await read(['ls', '--', repository], env));
}

/** What a registry serves now: every repository that is named, or all that its catalog knows. */
export async function snapshotOf(
  registry: string,
  repositories: readonly string[] | null = null,
  env: Environment = {},
): Promise<Registries> {
  const named = repositories ?? linesOf(await read(['catalog', '--', registry], env));
  const all: Record<string, Snapshot> = {};
  for (const repository of named) {
    const tags = await list(`${registry}/${repository}`, env);
    const pairs = tags.map(async (tag) => [
      tag,
      (await digestOf(`${registry}/${repository}:${tag}`, env)) ?? '',
    ]);
    all[repository] = Object.fromEntries(await Promise.all(pairs));
  }
  return all;
}

type Environment = Readonly<Record<string, string>>;

// Only these answers mean "not there"; everything else is a verdict that could not be reached.
const ABSENT = /MANIFEST_UNKNOWN|NAME_UNKNOWN|unexpected status code 404/;

function read(args: readonly string[], env: Environment): Promise<Buffer | null> {
  const options = { env: { PATH: CLEAN_PATH, HOME: '/nonexistent', ...env }, timeout: DEADLINE };
  return new Promise((resolve, reject) => {
    execFile(
      tool('crane'),
      args,
      { ...options, maxBuffer: MOST_BYTES, encoding: 'buffer' },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else if (ABSENT.test(stderr.toString())) resolve(null);
        else reject(new Error(`crane ${args.join(' ')}: ${stderr.toString() || error.message}`));
      },
    );
  });
}

function linesOf(output: Buffer | null): string[] {
  const lines = (output ?? '').toString().split('\n');
  return lines.filter((line) => line !== '').sort();
}
