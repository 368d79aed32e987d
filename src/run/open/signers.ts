// The files that `signed-by` names, read and checked before anything is contacted; and Sigstore's own trusted root, fetched
// when the first signature is to be proven.

import type { KeyObject } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import type { Diagnostic, Place } from '../../base/errors/diagnostic.ts';
import { UserError } from '../../base/errors/user-error.ts';
import type { Config } from '../../config/images/config.ts';
import type { Policies } from '../../config/policies/policy.ts';
import { type FileKind, readInside } from '../../files/workspace.ts';
import type { TrustStore } from '../../registry/sigstore/check.ts';
import type { Fetch } from '../../registry/sigstore/fetch.ts';

/** What is in the files of signers, by their paths. */
export type TrustFiles = Pick<TrustStore, 'keys' | 'roots'>;

/** Where nobody has to have signed. */
export const NO_TRUST_FILES: TrustFiles = { keys: new Map(), roots: new Map() };

type FileWish = { readonly kind: 'key' | 'root'; readonly path: string; readonly place: Place };

/** @throws UserError `config` with a diagnostic for each file that cannot be used */
export async function readTrustFiles(workspace: string, config: Config): Promise<TrustFiles> {
  const wishes = wishesOf(config);
  if (wishes.length === 0) return NO_TRUST_FILES;
  const { readKey, readRoot } = await import(
    /* webpackChunkName: "sigstore" */ '../../registry/sigstore/trust.ts'
  );
  const keys = new Map<string, KeyObject>();
  const roots: Map<string, ReturnType<typeof readRoot> & object> = new Map();
  const diagnostics: Diagnostic[] = [];
  for (const { kind, path, place } of wishes) {
    try {
      const text = Buffer.from(await readInside(workspace, path, KINDS[kind])).toString('utf8');
      const read = kind === 'key' ? readKey(text) : readRoot(text, path);
      if (typeof read === 'string')
        throw new UserError('config', `${path} ${read}`, { hint: KINDS[kind].hints.missing });
      if ('material' in read) roots.set(path, read);
      else keys.set(path, read);
    } catch (thrown) {
      if (!(thrown instanceof UserError)) throw thrown;
      const { message, hint } = thrown;
      diagnostics.push({ severity: 'error', rule: 'invalid-signer', place, message, hint });
    }
  }
  if (diagnostics.length === 0) return { keys, roots };
  throw new UserError('config', `${config.file} names signers whose keys or trusted roots cannot be used`, {
    diagnostics,
  });
}

/** Each file once, at the first place that asks for it. */
function wishesOf(config: Config): FileWish[] {
  const terms = config.entries.flatMap(({ selectors, follow, pins = [], place }) => [
    ...[...selectors, ...follow].map((wish) => ({
      policies: wish.terms.policies,
      place: wish.place ?? place,
    })),
    ...pins,
  ]);
  const all = [...terms, { policies: config.defaults, place: { file: config.file, line: 1, column: 1 } }];
  const wishes = all.flatMap(({ policies, place }) => filesOf(policies).map((file) => ({ ...file, place })));
  const first = new Map<string, FileWish>();
  for (const wish of wishes) {
    const key = `${wish.kind} ${wish.path}`;
    if (!first.has(key)) first.set(key, wish);
  }
  return [...first.values()];
}

function filesOf({ signedBy }: Policies): Pick<FileWish, 'kind' | 'path'>[] {
  return signedBy.flatMap((signer) => [
    ...(signer.kind === 'key' ? [{ kind: 'key' as const, path: signer.path }] : []),
    ...(signer.trustedRoot === null ? [] : [{ kind: 'root' as const, path: signer.trustedRoot }]),
  ]);
}

const KINDS: Readonly<Record<FileWish['kind'], FileKind>> = {
  key: {
    what: 'a public key',
    mostBytes: 64 * 1024,
    hints: {
      outside: 'keep the public key in the repository that the workflow checks out',
      missing:
        'give the path of a file with one public key, as in -----BEGIN PUBLIC KEY-----; cosign calls it cosign.pub',
      large: 'leave one public key in it',
    },
  },
  root: {
    what: 'a trusted root',
    mostBytes: 4 * 1024 * 1024,
    hints: {
      outside: 'keep the trusted root in the repository that the workflow checks out',
      missing: 'give the path of a trusted_root.json, as `cosign trusted-root create` makes it',
      large: 'leave only the authorities in it that sign these images',
    },
  },
};

/** What opens Sigstore's own root, once: whoever asks again hears the same, a failure too. */
export function publicRoot(fetch: Fetch, temp: string): TrustStore['publicRoot'] {
  let asked: ReturnType<TrustStore['publicRoot']> | null = null;
  return () => {
    asked ??= fetchRoot(fetch, temp);
    return asked;
  };
}

async function fetchRoot(fetch: Fetch, temp: string): ReturnType<TrustStore['publicRoot']> {
  const { fetchPublicRoot } = await import(
    /* webpackChunkName: "sigstore" */ '../../registry/sigstore/public-root.ts'
  );
  return fetchPublicRoot(fetch, await mkdtemp(join(temp, 'fresh-mirror-tuf-')));
}
