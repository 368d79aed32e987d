// The formats in which a repository keeps its references: a new one is a file and a row. What comes in is a file's
// bytes, what goes out its references, and every mistake with its place.

import type { Diagnostic, Words } from '../../base/errors/diagnostic.ts';
import type { ReferenceFile } from '../references/reference-site.ts';
import type { Reader } from '../references/sources.ts';
import { decodeText } from '../yaml/text.ts';
import { readDockerfile } from './dockerfile.ts';
import { readField } from './field.ts';
import { readApproved, readKey } from './key.ts';
import { readList } from './list.ts';
import { SourceText } from './source-text.ts';

/** Reads a file into its source; gives back what is to be said where the config names the file. */
type Format<Kind extends Reader['kind']> = (
  source: SourceText,
  reader: Extract<Reader, { kind: Kind }>,
) => readonly Words[];

const FORMATS: { readonly [Kind in Reader['kind']]: Format<Kind> } = {
  key: (source, { key, approvedKey }) => [...readKey(source, key), ...approvedIn(source, approvedKey)],
  field: (source, { field, approvedKey }) => {
    readField(source, field);
    return approvedIn(source, approvedKey);
  },
  dockerfile: (source) => {
    readDockerfile(source);
    return [];
  },
  list: (source) => {
    readList(source);
    return [];
  },
};

function approvedIn(source: SourceText, key: string | null): readonly Words[] {
  return key === null ? [] : readApproved(source, key);
}

/** What one file holds. `mistakes` have their place in it; `unmet` belongs where the config names the file. */
export type ReadFile = ReferenceFile & {
  readonly mistakes: readonly Diagnostic[];
  readonly unmet: readonly Words[];
};

/** Reads the references of one file; never throws, whatever the bytes are. */
export function readReferences(bytes: Uint8Array, file: string, reader: Reader): ReadFile {
  const text = decodeText(bytes, 'with-mark');
  if (typeof text !== 'string') {
    const { line, column, ...words } = text;
    const mistakes: readonly Diagnostic[] = [{ severity: 'error', place: { file, line, column }, ...words }];
    return { file, text: '', sites: [], approved: [], mistakes, unmet: [] };
  }
  const source = new SourceText(file, text);
  const unmet = read(reader.kind, source, reader);
  const { sites, approved, mistakes } = source;
  const marked = reader.kind === 'dockerfile' ? sites.map((site) => ({ ...site, isBase: true })) : sites;
  return { file, text, sites: marked, approved, mistakes, unmet };
}

function read<Kind extends Reader['kind']>(
  kind: Kind,
  source: SourceText,
  reader: Extract<Reader, { kind: Kind }>,
): readonly Words[] {
  return FORMATS[kind](source, reader);
}

/** Files that several sources read, joined by their paths: what two of them found is there once. */
export function joinFiles(files: readonly ReferenceFile[]): readonly ReferenceFile[] {
  const joined = [...Map.groupBy(files, ({ file }) => file)].map(([file, parts]) => {
    const sites = new Map(parts.flatMap((part) => part.sites).map((site) => [siteKey(site), site]));
    const approved = new Map(parts.flatMap((part) => part.approved).map((site) => [siteKey(site), site]));
    const inOrder = [...sites.values()].toSorted((a, b) => a.start - b.start);
    const sources = parts.flatMap((part) => part.sources ?? []);
    return { file, text: parts[0]?.text ?? '', sites: inOrder, approved: [...approved.values()], sources };
  });
  return joined.toSorted((a, b) => (a.file < b.file ? -1 : 1));
}

function siteKey({ line, column, written }: ReferenceFile['approved'][number]): string {
  return `${line}:${column}:${written}`;
}
