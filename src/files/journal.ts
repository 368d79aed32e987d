// The moves of tags, on disk before each is made: whoever finds the journal can put the tags back, also when the
// process that moved them is gone. One JSON object a line.

import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ManifestBody } from '../image/manifest/manifest.ts';
import { formatName } from '../image/names/reference.ts';
import type { Intent, Journal } from '../registry/doors/journal.ts';

/**
 * Removes the journals of earlier steps of the job: this run reads what is true now and goes on from there, so what
 * they did must not be walked back after it.
 */
export function dropJournals(path: string): Promise<void> {
  return rm(dirname(path), { recursive: true, force: true });
}

/** A journal at `path`; the file is created with its first line and removed when everything is settled. */
export function createJournal(path: string): Journal {
  let last: Promise<void> = Promise.resolve();
  const append = (line: object): Promise<void> => {
    const written = last.then(() => appendLine(path, JSON.stringify(line)));
    last = written.catch(() => undefined);
    return written;
  };
  const unsettled = new Set<string>();
  return {
    intend({ previous, ...rest }) {
      unsettled.add(formatName(rest.mirror));
      return append({ ...rest, previous: previous && encode(previous) });
    },
    async settle(mirror) {
      await append({ settled: formatName(mirror) });
      unsettled.delete(formatName(mirror));
      // If the file cannot be removed, its last line says the same.
      if (unsettled.size === 0) last = dropJournals(path).catch(() => undefined);
      await last;
    },
  };
}

async function appendLine(path: string, line: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, 'a', 0o600);
  try {
    await file.appendFile(`${line}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The moves of a journal that are not settled, in the order in which they were made; empty without a journal. */
export async function readOpenIntents(path: string): Promise<Intent[]> {
  const text = await readFile(path, 'utf8').catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return '';
    throw thrown;
  });
  let unsettled: Intent[] = [];
  for (const line of text.split('\n')) {
    const entry = decode(line);
    if (entry === null) continue;
    if ('settled' in entry)
      unsettled = unsettled.filter(({ mirror }) => formatName(mirror) !== entry.settled);
    else unsettled.push(entry);
  }
  return unsettled;
}

function encode({ digest, mediaType, bytes }: ManifestBody): object {
  return { digest, mediaType, bytes: Buffer.from(bytes).toString('base64') };
}

type Line = Omit<Intent, 'previous'> & {
  readonly previous: (Omit<ManifestBody, 'bytes'> & { readonly bytes: string }) | null;
};

/** A line that was cut is the last one: its move was never made, because it had not been noted yet. */
function decode(line: string): Intent | { settled: string } | null {
  try {
    const entry = JSON.parse(line) as Line | { settled: string };
    if ('settled' in entry) return entry;
    const { previous } = entry;
    return { ...entry, previous: previous && { ...previous, bytes: Buffer.from(previous.bytes, 'base64') } };
  } catch {
    return null;
  }
}
