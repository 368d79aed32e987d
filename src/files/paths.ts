// Finds files of the workspace by patterns. `.git` is never entered, links to folders are not followed, and the number of
// files that are looked at is bounded.

import { type Dirent, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { compareTexts } from '../base/text/words.ts';
import { isGit } from '../config/texts/paths.ts';
import { compileGlob } from '../image/tags/glob.ts';

const MAX_LOOKED_AT = 200_000;

/** What patterns match: paths from the root with forward slashes, each in the order of its code units. */
type Found = {
  /** The paths of each pattern, in the order of the patterns. */
  readonly paths: readonly (readonly string[])[];
  /** True where there was more to look at than is looked at; the paths are not complete then. */
  readonly isCut: boolean;
  /** Folders that could not be opened. */
  readonly closed: readonly string[];
};

/** The files below a folder that patterns match: `*`, `?`, `[abc]`, `[!a]` inside a name, `**` for any folders. */
export function findFiles(root: string, patterns: readonly string[]): Found {
  const walk = new Walk(root, patterns);
  walk.enter('', walk.begin());
  const paths = walk.found.map((found) => found.toSorted(compareTexts));
  return { paths, isCut: walk.lookedAt > MAX_LOOKED_AT, closed: walk.closed.toSorted(compareTexts) };
}

/** True for a path that one of the patterns matches. */
export function matchesAny(path: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => {
    const matcher = new Matcher(pattern);
    const end = path.split('/').reduce((places, name) => matcher.step(places, name), matcher.begin());
    return matcher.isEnd(end);
  });
}

/** The positions in a pattern that the names of a path have led to. */
type Places = ReadonlySet<number>;

/** A pattern name by name. All ways through it are followed at once, so no pattern can make it try for ever. */
class Matcher {
  readonly #names: readonly (((name: string) => boolean) | null)[];

  constructor(pattern: string) {
    const names = pattern.split('/').filter((name) => name !== '' && name !== '.');
    this.#names = names.map((name) => (name === '**' ? null : compileGlob(name)));
  }

  begin(): Places {
    return this.#withFolders([0]);
  }

  step(places: Places, name: string): Places {
    const next = [...places].flatMap((at) => {
      const matches = this.#names[at];
      if (matches === null) return [at];
      return matches?.(name) === true ? [at + 1] : [];
    });
    return this.#withFolders(next);
  }

  isEnd(places: Places): boolean {
    return places.has(this.#names.length);
  }

  /** `**` may stand for no folder at all. */
  #withFolders(places: readonly number[]): Places {
    const all = new Set(places);
    for (const at of all) if (this.#names[at] === null) all.add(at + 1);
    return all;
  }
}

class Walk {
  readonly found: string[][];
  readonly closed: string[] = [];
  lookedAt = 0;
  readonly #root: string;
  readonly #matchers: readonly Matcher[];

  constructor(root: string, patterns: readonly string[]) {
    this.#root = root;
    this.#matchers = patterns.map((pattern) => new Matcher(pattern));
    this.found = patterns.map(() => []);
  }

  begin(): readonly Places[] {
    return this.#matchers.map((matcher) => matcher.begin());
  }

  enter(folder: string, places: readonly Places[]): void {
    for (const entry of this.#entriesOf(folder)) {
      if (++this.lookedAt > MAX_LOOKED_AT) return;
      if (isGit(entry.name)) continue;
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      const next = this.#matchers.map((matcher, at) => matcher.step(places[at] ?? new Set(), entry.name));
      if (entry.isDirectory()) {
        if (next.some(({ size }) => size > 0)) this.enter(path, next);
      } else if (entry.isFile() || entry.isSymbolicLink()) {
        this.#matchers.forEach((matcher, at) => {
          if (matcher.isEnd(next[at] ?? new Set())) this.found[at]?.push(path);
        });
      }
    }
  }

  #entriesOf(folder: string): Dirent[] {
    try {
      return readdirSync(join(this.#root, folder), { withFileTypes: true });
    } catch {
      this.closed.push(folder);
      return [];
    }
  }
}
