// Imports a config of another tool and says what the result means: which tag of which source goes where.

import { formatDiagnostic } from '../../../src/base/errors/diagnostic.ts';
import { isMistake } from '../../../src/base/errors/mistake.ts';
import { UserError } from '../../../src/base/errors/user-error.ts';
import { type Imported, type ImportTerms, importConfig } from '../../../src/config/convert/table.ts';
import { parseConfig } from '../../../src/config/images/parse.ts';
import { parseMirror } from '../../../src/image/names/mirror-name.ts';
import { formatName } from '../../../src/image/names/reference.ts';
import { selectTags } from '../../../src/plan/select/select.ts';

/** What is given beside the file, as on the command line. */
export type Options = {
  readonly from?: string;
  readonly mirror?: string;
  readonly isScoped?: boolean;
  readonly destination?: number;
  readonly variables?: Readonly<Record<string, string>>;
};

/** Imports a text; the file is called old.yml. */
export function imported(
  text: string,
  { from, mirror, isScoped, destination, variables }: Options = {},
): Imported {
  const prefix = mirror === undefined ? null : parseMirror(mirror);
  if (isMistake(prefix)) throw new Error(prefix.mistake);
  const terms: ImportTerms = {
    from: from ?? null,
    mirror: prefix,
    isScoped: isScoped ?? false,
    destination: destination ?? 1,
    variables: new Map(Object.entries(variables ?? {})),
  };
  return importConfig(new TextEncoder().encode(text), 'old.yml', terms);
}

/** The lines of what is told. */
export function warningsOf(text: string, options: Options = {}): string[] {
  return imported(text, options).warnings.map(formatDiagnostic);
}

/** `docker.io/library/ruby:3.4 -> a.io/m/ruby:3.4`, sorted, by lists of tags of upstream; a pin shows its digest. */
export function pairsOf(text: string, upstream: Readonly<Record<string, readonly string[]>>): string[] {
  const { config } = parseConfig(new TextEncoder().encode(text), 'images.yaml');
  const { wanted } = selectTags(config, (pull) => upstream[formatName(pull)] ?? []);
  return wanted
    .map(({ source, mirror, tag, pinned }) => {
      const digest = pinned === null ? '' : `@${pinned.slice(0, 9)}`;
      return `${formatName(source)}:${tag}${digest} -> ${formatName(mirror)}:${tag}`;
    })
    .toSorted();
}

/** The error of an import that is refused. */
export function refusalOf(text: string, options: Options = {}): UserError {
  try {
    imported(text, options);
  } catch (thrown) {
    if (thrown instanceof UserError) return thrown;
    throw thrown;
  }
  throw new Error('it was imported');
}
