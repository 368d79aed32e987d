// What a run begins with: the images config, and what the files under `references` ask of its mirror. No network.

import type { Diagnostic } from '../../base/errors/diagnostic.ts';
import { UserError } from '../../base/errors/user-error.ts';
import { count } from '../../base/text/words.ts';
import type { Config } from '../../config/images/config.ts';
import type { ConfigFile } from '../../files/config-file.ts';
import { formatMirror } from '../../image/names/mirror-name.ts';
import { type Linted, readForLint } from '../../plan/lint/lint.ts';
import { withReferences } from '../../plan/references/mirrored.ts';
import { configAnnotations } from '../../report/render/annotations.ts';
import { ownMirrorWarnings } from '../../report/rows/news.ts';
import type { RunDoors } from '../doors/doors.ts';

/** A config with what the files under `references` ask for; `linted` is null where it names none. */
type Ground = ReturnType<typeof withReferences> &
  Pick<ConfigFile, 'text' | 'sha256'> & { readonly linted: Linted | null };

/** The config and all that belongs to it. @throws UserError where one of the files cannot be read */
export async function readGround(writes: boolean, doors: RunDoors): Promise<Ground> {
  const { config, text, sha256 } = await doors.runner.group('Images config', () => readConfig(doors));
  return { ...(await lookElsewhere(config, writes, doors)), text, sha256 };
}

async function readConfig(doors: RunDoors): Promise<ConfigFile> {
  const read = await doors.readConfig();
  const { config, warnings } = read;
  doors.runner.annotate(configAnnotations([...warnings, ...ownMirrorWarnings(config)]));
  const parts = [count(config.entries.length, 'source'), formatMirror(config.mirror)];
  doors.runner.info(`${config.file}: ${parts.filter((part) => part !== '').join(' for ')}`);
  return read;
}

type Found = ReturnType<typeof withReferences> & { readonly linted: Linted | null };

async function lookElsewhere(config: Config, writes: boolean, doors: RunDoors): Promise<Found> {
  if (config.references.length === 0) return { config, strays: [], linted: null };
  return doors.runner.group('References', async () => {
    const read = readForLint(await doors.readReferences(config), config);
    doors.runner.info(`${count(read.reads.length, 'reference')} in ${count(read.files.length, 'file')}`);
    refuseMistakes(read);
    return { ...withReferences(config, read.reads, writes), linted: read };
  });
}

/** A file that cannot be read may pin what a moving tag would let go of, so nothing begins without it. */
function refuseMistakes({ mistakes }: Linted): void {
  const diagnostics: readonly Diagnostic[] = mistakes.filter(({ rule }) => rule !== 'invalid-ignore');
  if (diagnostics.length === 0) return;
  throw new UserError('config', 'not every file under references could be read', {
    hint: 'repair the files, or leave them out with exclude:',
    diagnostics,
  });
}
