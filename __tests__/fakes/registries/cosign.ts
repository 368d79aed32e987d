// The real cosign with a key of its own, offline: no transparency log, no timestamps, as for a key of a team.

import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CLEAN_PATH, tool } from '../runner/places.ts';

/** Old: layers under tags of their own (`sha256-….sig`). New: bundles that name their subject. */
export type Format = 'old' | 'new';
/** What is attached: a signature of the image, or an attestation about it. */
export type What = 'signature' | 'attestation';

export type Cosign = {
  /** PEM text of the public key. */
  readonly publicKey: string;
  /** Attaches to a reference with a digest; all images of an index too. */
  attach(reference: string, what: What, format: Format): Promise<void>;
  /** cosign's own verdict: its exit code, and what it said where that is not 0. */
  verify(reference: string, what: What, format: Format): Promise<{ code: number; words: string }>;
  stop(): Promise<void>;
};

const DEADLINE = 120_000;

/** Makes a pair of keys in a folder of its own. */
export async function startCosign(): Promise<Cosign> {
  const folder = mkdtempSync(join(tmpdir(), 'cosign-'));
  const key = join(folder, 'cosign.key');
  const predicate = join(folder, 'predicate.json');
  writeFileSync(predicate, '{"built":"here"}');
  const env = { PATH: CLEAN_PATH, HOME: folder, COSIGN_PASSWORD: '', SIGSTORE_NO_CACHE: 'true' };
  const run = (parameters: readonly string[]): Promise<{ code: number; words: string }> =>
    new Promise((resolve) => {
      const options = { cwd: folder, env, timeout: DEADLINE };
      execFile(tool('cosign'), [...parameters], options, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        resolve({ code, words: `${stdout}\n${stderr}` });
      });
    });
  const made = await run(['generate-key-pair']);
  if (made.code !== 0) throw new Error(`cosign made no key: ${made.words}`);
  const offline = ['--tlog-upload=false', '--use-signing-config=false', '-y', '--key', key];
  const formatFlag = (format: Format): string => `--new-bundle-format=${format === 'new'}`;
  return {
    publicKey: readFileSync(join(folder, 'cosign.pub'), 'utf8'),
    async attach(reference, what, format) {
      const own = what === 'signature' ? ['sign'] : ['attest', '--type', 'custom', '--predicate', predicate];
      // Only signatures go to the images of an index by themselves.
      const deep = what === 'signature' ? ['--recursive'] : [];
      const done = await run([...own, ...deep, formatFlag(format), ...offline, reference]);
      if (done.code !== 0) throw new Error(`cosign ${own[0]} ${reference}: ${done.words}`);
    },
    verify: (reference, what, format) =>
      run([
        ...(what === 'signature' ? ['verify'] : ['verify-attestation', '--type', 'custom']),
        ...['--key', join(folder, 'cosign.pub'), '--insecure-ignore-tlog', formatFlag(format), reference],
      ]),
    stop: async () => rmSync(folder, { recursive: true, force: true }),
  };
}
