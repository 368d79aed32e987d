// `{image-info}`: the file in which dotnet/docker-tools keeps what it has built, repositories → images → platforms, each
// with its Dockerfile and `baseImageDigest` as `<repository>@<digest>`. Which bases a build has is read from
// the Dockerfile itself. Where no record names the repository of a base, the only record there is counts for it.

import type { Diagnostic, Place } from '../../base/errors/diagnostic.ts';
import { lineStarts, rowAt } from '../../base/errors/lines.ts';
import { isMistake, show } from '../../base/errors/mistake.ts';
import { asObject } from '../../base/text/json.ts';
import { type Digest, isDigest } from '../../image/names/digest.ts';
import {
  formatName,
  type Name,
  parseName,
  parseReference,
  type Reference,
} from '../../image/names/reference.ts';
import { basesOfResult, type StageBase } from '../dockerfile/stages.ts';
import type { BaseUse, Build, Canonical, Made } from './build.ts';

type Fields = NonNullable<ReturnType<typeof asObject>>;
type BaseRecord = { readonly name: Name; readonly digest: Digest };

/** One platform of an image. */
type InfoPlatform = {
  readonly dockerfile: string;
  readonly records: readonly BaseRecord[];
  readonly makes: readonly {
    readonly name: Name;
    readonly tags: readonly string[];
    readonly digests: readonly Digest[];
  }[];
  readonly place: Place;
};

/** What a file of this kind holds; every mistake has its place in it. */
type ImageInfo = {
  readonly platforms: readonly InfoPlatform[];
  readonly mistakes: readonly Diagnostic[];
};

/** Reads the text of an image-info file; never throws. */
export function readImageInfo(text: string, file: string): ImageInfo {
  const reader = new InfoReader(text, file);
  const platforms = reader.read();
  return { platforms, mistakes: reader.mistakes };
}

const HINT =
  'write {"repos": [{"repo": …, "images": [{"platforms": [{"dockerfile": …, "baseImageDigest": …}]}]}]}';

class InfoReader {
  readonly mistakes: Diagnostic[] = [];
  readonly #text: string;
  readonly #file: string;
  readonly #searchedTo = new Map<string, number>();

  constructor(text: string, file: string) {
    this.#text = text.replace(/^\ufeff/, '');
    this.#file = file;
  }

  read(): InfoPlatform[] {
    const value = this.#parse();
    if (value === undefined) return [];
    const fields = asObject(value);
    const repos = fields === null ? null : this.#list(fields, 'repos');
    if (repos === null) {
      this.#mistake(this.#placeAt(0), 'this file has no list "repos"', HINT);
      return [];
    }
    return repos.flatMap((repo) =>
      (this.#list(repo, 'images') ?? []).flatMap((image) =>
        (this.#list(image, 'platforms') ?? []).flatMap((platform) => this.#platform(repo, image, platform)),
      ),
    );
  }

  #parse(): unknown {
    try {
      return JSON.parse(this.#text);
    } catch (thrown) {
      const message = thrown instanceof Error ? thrown.message : String(thrown);
      const at = Number(/position (\d+)/.exec(message)?.[1] ?? this.#text.length);
      this.#mistake(
        this.#placeAt(at),
        'this is not JSON',
        'write the file again with the program that makes it',
      );
      return undefined;
    }
  }

  /** The objects of a list; null where there is no such list. What is not an object is a mistake. */
  #list(fields: Fields, key: string): Fields[] | null {
    const value = fields[key];
    if (!Array.isArray(value)) {
      if (value !== undefined) this.#mistake(this.#find(`"${key}"`), `"${key}" is not a list`, HINT);
      return null;
    }
    const objects = value.map(asObject);
    if (objects.includes(null))
      this.#mistake(this.#find(`"${key}"`), `"${key}" holds what is not an object`, HINT);
    return objects.filter((object) => object !== null);
  }

  #platform(repo: Fields, image: Fields, platform: Fields): InfoPlatform[] {
    const { dockerfile, baseImageDigest } = platform;
    if (typeof dockerfile !== 'string' || dockerfile === '') {
      this.#mistake(this.#find('"platforms"'), 'a platform has no "dockerfile"', HINT);
      return [];
    }
    const place = this.#next(JSON.stringify(dockerfile));
    const written = [baseImageDigest ?? []].flat();
    const records = written.map((text) => this.#record(text)).filter((record) => record !== null);
    return [{ dockerfile, records, makes: madeOf(repo, image, platform), place }];
  }

  #record(written: unknown): BaseRecord | null {
    const reference = typeof written === 'string' ? parseReference(written) : null;
    if (reference !== null && !isMistake(reference) && reference.digest !== null)
      return { name: reference.name, digest: reference.digest };
    const text = typeof written === 'string' ? written : JSON.stringify(written);
    const place = this.#find(JSON.stringify(written));
    this.#mistake(
      place,
      `${show(text)} does not say repository and digest`,
      'write it as in docker.io/library/almalinux@sha256:…, or leave baseImageDigest out',
    );
    return null;
  }

  /** Where a text comes next: files of this kind name one Dockerfile for each platform. */
  #next(needle: string): Place {
    const at = this.#text.indexOf(needle, this.#searchedTo.get(needle) ?? 0);
    if (at >= 0) this.#searchedTo.set(needle, at + needle.length);
    return this.#placeAt(Math.max(at, 0));
  }

  #find(needle: string): Place {
    return this.#placeAt(Math.max(this.#text.indexOf(needle), 0));
  }

  #lines: readonly number[] | null = null;

  #placeAt(at: number): Place {
    this.#lines ??= lineStarts(this.#text);
    const row = rowAt(this.#lines, at);
    return { file: this.#file, line: row + 1, column: at - (this.#lines[row] ?? 0) + 1 };
  }

  #mistake(place: Place, message: string, hint: string): void {
    this.mistakes.push({ severity: 'error', place, rule: 'invalid-record', message, hint });
  }
}

/** The names under which an image is a base of others: `repo`, and what its own digests are written with. */
function madeOf({ repo }: Fields, { manifest }: Fields, platform: Fields): InfoPlatform['makes'] {
  const shared = asObject(manifest);
  const tags = [...textsIn(platform.simpleTags), ...textsIn(shared?.sharedTags)];
  const written = [platform.digest, shared?.digest].filter((text) => typeof text === 'string');
  const references = written.map(parseReference).filter((found): found is Reference => !isMistake(found));
  const bare = written.filter(isDigest);
  const digests = [...bare, ...references.flatMap(({ digest }) => digest ?? [])];
  const own = typeof repo === 'string' ? parseName(repo) : null;
  const names = [...references.map(({ name }) => name), ...(own === null || isMistake(own) ? [] : [own])];
  const distinct = new Map(names.map((name) => [formatName(name), name]));
  return [...distinct.values()].map((name) => ({ name, tags, digests }));
}

function textsIn(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((text) => typeof text === 'string') : [];
}

/** The builds of a file, one for each Dockerfile, whatever the number of its platforms. `textOf` reads a Dockerfile. */
export function buildsOf(
  { platforms }: ImageInfo,
  textOf: (dockerfile: string) => string,
  canonical: Canonical,
): Build[] {
  return [...Map.groupBy(platforms, ({ dockerfile }) => dockerfile)].map(([id, parts]) => {
    const bases = basesOfResult(textOf(id));
    const used = parts.map(({ records }) => usesOf(bases, records, canonical));
    const uses = new Map(used.flatMap((part) => part.uses).map((use) => [JSON.stringify(use), use]));
    const unreadable = [...new Set(used.flatMap((part) => part.unreadable))];
    const unrecorded = Math.max(...used.map((part) => part.unrecorded));
    const makes = parts.flatMap((part) => makesOf(part, canonical));
    const place = parts[0]?.place ?? { file: id, line: 1, column: 1 };
    return { kind: 'dockerfile', id, uses: [...uses.values()], makes, unreadable, unrecorded, place };
  });
}

function makesOf({ makes }: InfoPlatform, canonical: Canonical): Made[] {
  return makes.flatMap(({ name, tags, digests }): Made[] => {
    const own = canonical(name);
    return tags.length === 0
      ? [{ name: own, tag: null, digests }]
      : tags.map((tag) => ({ name: own, tag, digests }));
  });
}

/** The bases of one platform with their records: by their names first, then the one that is left over. */
function usesOf(bases: readonly StageBase[], records: readonly BaseRecord[], canonical: Canonical) {
  const uses: BaseUse[] = [];
  const unreadable: string[] = [];
  let unrecorded = 0;
  const named = new Map(records.map(({ name, digest }) => [formatName(canonical(name)), digest]));
  const unmatched = new Map(named);
  const read = bases.map((base) => ({ ...base, reference: readBase(base, canonical) }));
  for (const { reference } of read) if (reference !== null) unmatched.delete(formatName(reference.name));
  const [only] = unmatched.size === 1 ? unmatched.values() : [];
  for (const { role, written, reference } of read) {
    if (reference === null) {
      if (role === 'base') unreadable.push(written);
      else unrecorded += 1;
      continue;
    }
    const recorded = named.get(formatName(reference.name)) ?? (role === 'base' ? only : undefined) ?? null;
    // A record in this format names one base. What is copied from others counts where somebody wrote it down.
    const mayLack = role === 'copied' && records.length > 0 && reference.digest === null;
    if (recorded === null && mayLack) unrecorded += 1;
    else uses.push({ base: reference, recorded });
  }
  return { uses, unreadable, unrecorded };
}

function readBase({ meant }: StageBase, canonical: Canonical) {
  const reference = meant === null ? null : parseReference(meant);
  if (reference === null || isMistake(reference)) return null;
  return { ...reference, name: canonical(reference.name) };
}
