// Sigstore's own trusted root, fetched once a run by TUF: from the first root that comes with the library, each step to the
// current one is signed, and so is what says how old it may be. Requests are ours, so `hosts`, proxies and certificates
// hold for them too.

import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import seeds from '@sigstore/tuf/seeds.json' with { type: 'json' };
import { Updater } from 'tuf-js';
import { DownloadHTTPError } from 'tuf-js/dist/error.js';
import { asFailure, Failure } from '../../base/errors/failure.ts';
import type { Fetch } from './fetch.ts';
import { type Root, readRoot } from './trust.ts';

/** Where Sigstore publishes whom to believe. */
const REPOSITORY = 'https://tuf-repo-cdn.sigstore.dev';
const TARGET = 'trusted_root.json';

/** Tests put another repository in the place of Sigstore's own. */
type Repository = { readonly url: string; readonly firstRoot: Uint8Array };

const SIGSTORE: Repository = {
  url: REPOSITORY,
  firstRoot: Buffer.from(seeds[REPOSITORY]['root.json'], 'base64'),
};

/**
 * The trusted root as it is today; `folder` is made for what comes, and taken away. @throws Failure with the reason why it
 * could not be fetched, `corrupt` for what is expired or not signed as it must be
 */
export async function fetchPublicRoot(fetch: Fetch, folder: string, repository = SIGSTORE): Promise<Root> {
  const met: Failure[] = [];
  try {
    await mkdir(join(folder, 'targets'), { recursive: true });
    await writeFile(join(folder, 'root.json'), repository.firstRoot);
    const root = readRoot(await readTarget(fetcherOf(fetch, folder, met), folder, repository), null);
    if (typeof root === 'string') throw new Error(`${TARGET} ${root}`);
    return root;
  } catch (thrown) {
    throw explain(met[0] ?? thrown, new URL(repository.url).host);
  } finally {
    // What stays of it, because a virus scanner holds it, takes nothing from what was proven.
    await rm(folder, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
  }
}

type Fetcher = NonNullable<ConstructorParameters<typeof Updater>[0]['fetcher']>;

async function readTarget(fetcher: Fetcher, folder: string, { url }: Repository): Promise<string> {
  const updater = new Updater({
    metadataBaseUrl: url,
    targetBaseUrl: `${url}/targets`,
    metadataDir: folder,
    targetDir: join(folder, 'targets'),
    fetcher,
  });
  await updater.refresh();
  const target = await updater.getTargetInfo(TARGET);
  if (target === undefined) throw new Error(`there is no ${TARGET}`);
  return readFile(await updater.downloadTarget(target), 'utf8');
}

/** The library's words for what went wrong on the way hide the cause, so the first one is noted in `met`. */
function fetcherOf(fetch: Fetch, folder: string, met: Failure[]): Fetcher {
  const downloadBytes = async (url: string, maxBytes: number): Promise<Buffer> => {
    const body = await fetch(url, maxBytes).catch((thrown: unknown) => {
      met.push(asFailure(thrown));
      throw thrown;
    });
    if (typeof body === 'number') throw new DownloadHTTPError(`answered ${body}`, body);
    if (body.length > maxBytes) throw new Error(`${url} is longer than ${maxBytes} bytes`);
    return Buffer.from(body);
  };
  return {
    downloadBytes,
    async downloadFile(url, maxBytes, handle) {
      const file = join(folder, 'download');
      await writeFile(file, await downloadBytes(url, maxBytes));
      return handle(file);
    },
  };
}

function explain(thrown: unknown, host: string): Failure {
  const way = 'or write trusted-root: with a file of the workspace, see docs/trust.md';
  if (thrown instanceof Failure) {
    const { reason, message, detail, status } = thrown;
    const words = `Sigstore's trusted root could not be fetched, so no signature can be checked: ${message}`;
    const hint =
      reason === 'denied' && status === 0
        ? `add ${host} to the input \`hosts\`, ${way}`
        : `let this job reach ${host}, ${way}`;
    return new Failure(reason, words, { hint, detail, status, cause: thrown });
  }
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  const words = `the trusted root that ${host} gave could not be proven, so no signature can be checked: ${why}`;
  return new Failure('corrupt', words, {
    hint: `check the clock of the runner, and whatever is between it and ${host}; ${way}`,
    cause: thrown,
  });
}
