// The moves of tags, on disk before each is made: whoever finds the journal can put the tags back, also when the
// process that moved them, and the config it had, are gone. One JSON object per line; a file for each use of the action.

import { mkdir, open, readdir, readFile, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { ManifestBody } from '../image/manifest/manifest.ts';
import { formatName, type Name } from '../image/names/reference.ts';
import type { Intent, Journal } from '../registry/doors/journal.ts';

/** What a journal says: the moves that are not settled, in their order, and how the registries are reached. */
type Journaled = { readonly intents: readonly Intent[]; readonly registries: unknown };

/**
 * A journal at `path`; the file is created with its first line and removed when everything is settled. `registries` is
 * kept with the moves: who puts them back has no config to ask.
 */
export function createJournal(path: string, registries: object): Journal {
  let last: Promise<void> = Promise.resolve();
  const append = (line: object): Promise<void> => {
    const written = last.then(() => appendLine(path, JSON.stringify(line)));
    last = written.catch(() => undefined);
    return written;
  };
  const unsettled = new Set<string>();
  let begun = false;
  return {
    async intend({ previous, ...rest }) {
      unsettled.add(formatName(rest.mirror));
      const head = begun ? {} : { registries };
      begun = true;
      await append({ ...head, ...rest, previous: previous && encode(previous) });
    },
    async settle(mirror) {
      await append({ settled: formatName(mirror) });
      unsettled.delete(formatName(mirror));
      if (unsettled.size === 0) last = dropJournal(path);
      await last;
    },
    adopt: (mirrors) => adopt(path, mirrors),
  };
}

/**
 * Removes a journal of which everything is settled, and its folder with the last one. What cannot be removed stays: on
 * Windows a virus scanner may hold it.
 */
export async function dropJournal(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
  // Refused where another use of the action has its journal there.
  await rmdir(dirname(path)).catch(() => undefined);
}

/**
 * Settles these repositories in the journals of other uses of the action in this job: this run reads what is true now
 * and goes on from there, so what those did must not be walked back after it. Of other repositories they keep it.
 */
async function adopt(path: string, mirrors: readonly Name[]): Promise<void> {
  const folder = dirname(path);
  const files = await readdir(folder).catch(() => []);
  for (const file of files.filter((name) => name !== basename(path))) {
    const { intents } = await readJournal(join(folder, file));
    const noted = new Set(intents.map(({ mirror }) => formatName(mirror)));
    const own = new Set(mirrors.map(formatName).filter((mirror) => noted.has(mirror)));
    for (const settled of own) await appendLine(join(folder, file), JSON.stringify({ settled }));
    if (own.size === noted.size) await dropJournal(join(folder, file));
  }
}

async function appendLine(path: string, line: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = await open(path, 'a', 0o600);
  try {
    await file.appendFile(`${line}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** What a journal has left to be put back; nothing where there is no journal. */
export async function readJournal(path: string): Promise<Journaled> {
  const text = await readFile(path, 'utf8').catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return '';
    throw thrown;
  });
  let intents: Intent[] = [];
  let registries: unknown = {};
  for (const line of text.split('\n')) {
    const entry = decode(line);
    if (entry === null) continue;
    if ('settled' in entry) intents = intents.filter(({ mirror }) => formatName(mirror) !== entry.settled);
    else {
      registries = entry.registries ?? registries;
      intents.push(entry.intent);
    }
  }
  return { intents, registries };
}

function encode({ digest, mediaType, bytes }: ManifestBody): object {
  return { digest, mediaType, bytes: Buffer.from(bytes).toString('base64') };
}

type Line = Omit<Intent, 'previous'> & {
  readonly registries?: unknown;
  readonly previous: (Omit<ManifestBody, 'bytes'> & { readonly bytes: string }) | null;
};

type Entry = { readonly intent: Intent; readonly registries: unknown } | { readonly settled: string };

/** A line that was cut is the last one: its move was never made, because it had not been noted yet. */
function decode(line: string): Entry | null {
  try {
    const entry = JSON.parse(line) as Line | { settled: string };
    if ('settled' in entry) return entry;
    const { previous, registries, ...rest } = entry;
    const before = previous && { ...previous, bytes: Buffer.from(previous.bytes, 'base64') };
    return { intent: { ...rest, previous: before }, registries };
  } catch {
    return null;
  }
}
