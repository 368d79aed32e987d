// Reads every file that `references:` of the images config names: at most 2,000 files of 1 MiB, 32 MiB in all, none outside the workspace
// or under `.git`. What cannot be read is a mistake at the place of the config that asks for it.

import { realpath, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { byPlace, type Diagnostic, type Place, type Words } from '../base/errors/diagnostic.ts';
import { show } from '../base/errors/mistake.ts';
import { joinFiles, readReferences } from '../config/formats/table.ts';
import type { ReferenceFile } from '../config/references/reference-site.ts';
import type { ReferenceSource } from '../config/references/sources.ts';
import { isGit } from '../config/texts/paths.ts';
import { findFiles, matchesAny } from './paths.ts';
import { type FileKind, notReadable, readInside, unreadWords } from './workspace.ts';

/** Every file with references, in the order of their paths, and every mistake that was found on the way. */
type ReferencesRead = {
  readonly files: readonly ReferenceFile[];
  readonly mistakes: readonly Diagnostic[];
};

const MAX_FILES = 2000;
const MAX_BYTES = 32 * 1024 * 1024;

const MISMATCH = 'check the pattern, which begins at the root of the repository; ** is for any folders';
const BRACES = 'braces stand for themselves; write a list, as in ["**/*.yaml", "**/*.yml"]';

const REFERENCES: FileKind = {
  what: 'a file of references',
  mostBytes: 1024 * 1024,
  hints: {
    outside: 'name a file of the repository; links that lead out of it are not followed',
    missing: 'check the path, which begins at the root of the repository',
    large: 'at most 1 MiB is read; split it, or leave it out',
  },
};

/** Reads the references of a workspace; throws nothing but what a disk may. */
export async function readReferenceFiles(
  workspace: string,
  sources: readonly ReferenceSource[],
): Promise<ReferencesRead> {
  const reading = new WorkspaceReading(await realpath(workspace));
  for (const source of sources) await reading.read(source);
  return { files: joinFiles(reading.files), mistakes: reading.mistakes.toSorted(byPlace) };
}

class WorkspaceReading {
  readonly files: ReferenceFile[] = [];
  readonly mistakes: Diagnostic[] = [];
  readonly #root: string;
  readonly #bytes = new Map<string, Uint8Array | null>();
  #size = 0;

  constructor(root: string) {
    this.#root = root;
  }

  async read(source: ReferenceSource): Promise<void> {
    for (const path of source.isPattern ? this.#pathsOf(source) : source.include) {
      const bytes = await this.#bytesOf(path, source);
      if (bytes === 'too-many') break;
      if (bytes === null) continue;
      const { mistakes, unmet, ...file } = readReferences(bytes, path, source.reader);
      this.files.push({ ...file, sources: [source] });
      this.mistakes.push(...mistakes);
      for (const words of unmet) this.#report(source.place, words);
    }
  }

  #report(place: Place, words: Words): void {
    this.mistakes.push({ severity: 'error', place, ...words });
  }

  #pathsOf({ include, exclude, place }: ReferenceSource): string[] {
    const { paths, isCut, closed } = findFiles(this.#root, include);
    for (const folder of closed) this.#report(place, notReadable(`the folder ${show(folder)}`));
    if (isCut) this.#report(place, tooMany('the workspace has more files than are looked at'));
    for (const [at, pattern] of include.entries()) {
      if (isCut || (paths[at] ?? []).some((path) => !matchesAny(path, exclude))) continue;
      const hint = /[{}]/.test(pattern) ? BRACES : MISMATCH;
      this.#report(place, { rule: 'no-matching-file', message: `no file matches ${show(pattern)}`, hint });
    }
    return [...new Set(paths.flat())].filter((path) => !matchesAny(path, exclude));
  }

  /** The bytes of a file, read once; null where it cannot be read, which is reported once. */
  async #bytesOf(path: string, source: ReferenceSource): Promise<Uint8Array | null | 'too-many'> {
    const known = this.#bytes.get(path);
    if (known !== undefined) return known;
    if (source.isPattern && (await this.#isFolder(path))) return null;
    if (this.#bytes.size >= MAX_FILES || this.#size >= MAX_BYTES) {
      const most = this.#size >= MAX_BYTES ? 'files with more than 32 MiB' : `more than ${MAX_FILES} files`;
      this.#report(source.place, tooMany(`${most} hold references`));
      return 'too-many';
    }
    const bytes = await this.#open(path, source.place);
    this.#bytes.set(path, bytes);
    this.#size += bytes?.length ?? 0;
    return bytes;
  }

  /** A link to a folder is found like a file, and passed over. */
  async #isFolder(path: string): Promise<boolean> {
    const entry = await stat(join(this.#root, path)).catch(() => null);
    return entry?.isDirectory() ?? false;
  }

  async #open(path: string, place: Place): Promise<Uint8Array | null> {
    try {
      if (await this.#leadsToGit(path)) {
        const hint = 'name a file of the repository';
        this.#report(place, {
          rule: 'unreadable-file',
          message: `${path} leads to .git, which is never read`,
          hint,
        });
        return null;
      }
      return await readInside(this.#root, path, REFERENCES);
    } catch (thrown) {
      this.#report(place, unreadWords(thrown, path));
      return null;
    }
  }

  async #leadsToGit(path: string): Promise<boolean> {
    const real = await realpath(join(this.#root, path)).catch(() => this.#root);
    return relative(this.#root, real).split(/[\\/]/).some(isGit);
  }
}

function tooMany(message: string): Words {
  return { rule: 'too-many-files', message, hint: 'write patterns that match fewer files, or use exclude:' };
}
