// What a text holds, in one line for each reference.

import { formatDiagnostic } from '../../../src/base/errors/diagnostic.ts';
import { type ReadFile, readReferences } from '../../../src/config/formats/table.ts';
import type { Reader } from '../../../src/config/references/sources.ts';

export const FIELD: Reader = { kind: 'field', field: 'image', approvedKey: null };
export const DOCKERFILE: Reader = { kind: 'dockerfile' };
export const LIST: Reader = { kind: 'list' };
export const D = `sha256:${'d'.repeat(64)}`;

/** The reader of a key. */
export function keyReader(key: string, approvedKey: string | null = null): Reader {
  return { kind: 'key', key, approvedKey };
}

/** The file as it was read. */
export function readText(text: string, reader: Reader, file = 'f'): ReadFile {
  return readReferences(new TextEncoder().encode(text), file, reader);
}

/** `LINE:COLUMN REFERENCE`, with a question mark behind one that cannot be read here; then the mistakes. */
export function found(text: string, reader: Reader, file = 'f'): string[] {
  const { sites, mistakes, unmet } = readText(text, reader, file);
  const lines = sites.map(({ line, column, written, readable }) => {
    return `${line}:${column} ${written}${readable ? '' : ' ?'}`;
  });
  return [...lines, ...mistakes.map(formatDiagnostic), ...unmet.map(({ message }) => message)];
}
