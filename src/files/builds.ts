// Reads what files and the config say about builds: image-info files and the Dockerfiles that they name, before anything is
// asked of a registry.

import { byPlace, type Diagnostic, type Place } from '../base/errors/diagnostic.ts';
import { UserError } from '../base/errors/user-error.ts';
import { inParallel } from '../base/flow/limit.ts';
import { count } from '../base/text/words.ts';
import { type Build, type Canonical, listedBuild } from '../config/builds/build.ts';
import { buildsOf, readImageInfo } from '../config/builds/image-info.ts';
import type { BuildSource } from '../config/builds/sources.ts';
import { type FileKind, readInside, unreadWords } from './workspace.ts';

const WIDTH = 32;
const MEBIBYTE = 1024 * 1024;
const HINTS = {
  outside: 'name a file of the repository; links that lead out of it are not followed',
  missing: 'check the path, which begins at the root of the repository',
};

/** Files of this kind hold every platform of every image of a farm. */
const IMAGE_INFO: FileKind = {
  what: 'an image-info file',
  mostBytes: 64 * MEBIBYTE,
  hints: { ...HINTS, large: 'split it into several' },
};
const DOCKERFILE: FileKind = {
  what: 'a Dockerfile',
  mostBytes: MEBIBYTE,
  hints: { ...HINTS, large: 'no Dockerfile is that long' },
};

/**
 * The builds that files and the config record; published images are asked of registries. @throws UserError with every
 * mistake at its place
 */
export async function readBuilds(
  workspace: string,
  sources: readonly BuildSource[],
  canonical: Canonical,
): Promise<Build[]> {
  const mistakes: Diagnostic[] = [];
  const open = async (path: string, kind: FileKind, place: Place): Promise<string> => {
    try {
      return new TextDecoder().decode(await readInside(workspace, path, kind));
    } catch (thrown) {
      mistakes.push({ severity: 'error', place, ...unreadWords(thrown, path) });
      return '';
    }
  };
  const builds: Build[] = [];
  for (const source of sources) {
    if (source.kind === 'listed') builds.push(listedBuild(source, source.place, canonical));
    if (source.kind !== 'image-info') continue;
    const before = mistakes.length;
    const text = await open(source.path, IMAGE_INFO, source.place);
    if (mistakes.length > before) continue;
    const info = readImageInfo(text, source.path);
    mistakes.push(...info.mistakes);
    const places = new Map(info.platforms.map(({ dockerfile, place }) => [dockerfile, place]));
    const texts = await inParallel(
      [...places],
      WIDTH,
      async ([path, place]) => [path, await open(path, DOCKERFILE, place)] as const,
    );
    const textOf = new Map(texts);
    builds.push(...buildsOf(info, (path) => textOf.get(path) ?? '', canonical));
  }
  if (mistakes.length > 0) throw mistaken(mistakes);
  return builds;
}

const MAX_REPORTED = 100;

function mistaken(mistakes: readonly Diagnostic[]): UserError {
  const message = `the records of builds have ${count(mistakes.length, 'mistake')}`;
  const diagnostics = mistakes.toSorted(byPlace).slice(0, MAX_REPORTED);
  const hint = mistakes.length > MAX_REPORTED ? `only the first ${MAX_REPORTED} are shown` : '';
  return new UserError('config', message, { hint, diagnostics });
}
