// cosign with a key of its own, offline: no transparency log, no timestamps, as for a key of a team. It is cosign's own library
// that signs and verifies here (tools/signing/signer), without its command line.

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
  /** cosign's own verdict: 0 where it holds, and what it said where it does not. */
  verify(reference: string, what: What, format: Format): Promise<{ code: number; words: string }>;
  stop(): Promise<void>;
};

const DEADLINE = 120_000;

/** Makes a pair of keys in a folder of its own. */
export async function startCosign(): Promise<Cosign> {
  const folder = mkdtempSync(join(tmpdir(), 'cosign-'));
  writeFileSync(join(folder, 'predicate.json'), '{"built":"here"}');
  const env = { PATH: CLEAN_PATH, HOME: folder };
  const run = (...words: readonly string[]): Promise<{ code: number; words: string }> =>
    new Promise((resolve) => {
      const options = { cwd: folder, env, timeout: DEADLINE };
      execFile(tool('signer'), [...words], options, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        resolve({ code, words: `${stdout}\n${stderr}` });
      });
    });
  const made = await run('keys');
  if (made.code !== 0) throw new Error(`cosign made no key: ${made.words}`);
  return {
    publicKey: readFileSync(join(folder, 'cosign.pub'), 'utf8'),
    async attach(reference, what, format) {
      // Only signatures go to the images of an index by themselves.
      const verb = what === 'signature' ? 'sign' : 'attest';
      const done = await run(verb, format, reference);
      if (done.code !== 0) throw new Error(`cosign ${verb} ${reference}: ${done.words}`);
    },
    verify: (reference, what, format) => run(`verify-${what}`, format, reference),
    stop: async () => rmSync(folder, { recursive: true, force: true }),
  };
}
