// `node dist/index.js import FILE`: turns a config of another tool into an images config. What means something else here
// is reported on stderr; what is written goes to stdout, or with --to to a file that is not there yet.

import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { formatDiagnostic } from './base/errors/diagnostic.ts';
import { isMistake } from './base/errors/mistake.ts';
import { UserError } from './base/errors/user-error.ts';
import { oneLine } from './base/text/sanitize.ts';
import { count } from './base/text/words.ts';
import { FORMAT_NAMES, type Imported, type ImportTerms, importConfig } from './config/convert/table.ts';
import { parseMirror } from './image/names/mirror-name.ts';

const USAGE = `usage: node dist/index.js import FILE [options]

Writes an images config from a config of ${FORMAT_NAMES.join(', ')}.
Everything that means something else here is reported on stderr. Logins are never imported.

  --to FILE          write to this file, which must not be there yet, instead of stdout
  --mirror PREFIX    where copies go, as in ghcr.io/acme/mirror: chooses one of several destinations.
                     skopeo's file does not say it, so there it is needed
  --destination N    where a source goes to several repositories of the mirror: to the first of them (1), the second …
  --scoped           as in skopeo sync --scoped
  --from NAME        read the file as one of ${FORMAT_NAMES.join(', ')}
  --env NAME=VALUE   the value of a variable in names, as in {{ env "NAME" }} or \${NAME}; once for each variable
`;

const MAX_LINE = 2_000;

/** Where the program speaks; `print` is for what was made, `complain` for all words about it, line by line. */
type Terminal = { print(text: string): void; complain(line: string): void };

/** Runs the program. @throws UserError for arguments and files that cannot be used */
export async function importCommand(
  args: readonly string[],
  terminal: Terminal,
): Promise<'passed' | 'failed'> {
  const { help, file, to, terms } = readArguments(args);
  if (help) {
    terminal.print(USAGE);
    return 'passed';
  }
  const imported = importConfig(await readGiven(file), file, terms);
  for (const warning of imported.warnings) {
    terminal.complain(oneLine(formatDiagnostic(warning), MAX_LINE));
  }
  if (to === null) terminal.print(imported.text);
  else await writeNew(to, imported.text);
  terminal.complain(oneLine(summaryOf(imported, to), MAX_LINE));
  return imported.entries > 0 ? 'passed' : 'failed';
}

function summaryOf({ format, entries, comments }: Imported, to: string | null): string {
  const doubtful = comments === 0 ? '' : `, and ${count(comments, 'comment')} to decide on`;
  const where = to === null ? '' : ` in ${to}`;
  return `imported from ${format}: ${count(entries, 'entry', 'entries')}${doubtful}${where}`;
}

type Arguments = {
  readonly help: boolean;
  readonly file: string;
  readonly to: string | null;
  readonly terms: ImportTerms;
};

function readArguments(args: readonly string[]): Arguments {
  const { values, positionals } = parseOptions(args);
  const [file = '', ...others] = positionals;
  const help = values.help ?? false;
  if (!help && (file === '' || others.length > 0)) {
    throw wrong(file === '' ? 'there is no file to import' : `${others[0]} is a second file`);
  }
  const from = values.from ?? null;
  if (from !== null && !FORMAT_NAMES.includes(from)) {
    throw wrong(`--from: ${from} is not one of ${FORMAT_NAMES.join(', ')}`);
  }
  const mirror = values.mirror === undefined ? null : parseMirror(values.mirror);
  if (isMistake(mirror)) throw wrong(`--mirror: ${mirror.mistake}`, mirror.hint);
  const variables = readVariables(values.env ?? []);
  const destination = readDestination(values.destination ?? '1');
  const terms = { from, mirror, isScoped: values.scoped ?? false, destination, variables };
  return { help, file, to: values.to ?? null, terms };
}

function readDestination(written: string): number {
  if (!/^[1-9]\d{0,2}$/.test(written)) throw wrong('--destination takes a number from 1 to 999');
  return Number(written);
}

/** Values are never shown: one may be a secret that was given by mistake. */
function readVariables(written: readonly string[]): ReadonlyMap<string, string> {
  const pairs = written.map((text) => {
    const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(text) ?? [];
    if (name === undefined || value === undefined) throw wrong('--env takes a variable as NAME=VALUE');
    return [name, value] as const;
  });
  return new Map(pairs);
}

function parseOptions(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const options = {
    to: text,
    mirror: text,
    from: text,
    destination: text,
    env: { ...text, multiple: true },
    scoped: flag,
    help: { ...flag, short: 'h' },
  } as const;
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (cause) {
    throw wrong(cause instanceof Error ? cause.message : String(cause));
  }
}

function wrong(message: string, hint = 'run node dist/index.js import --help'): UserError {
  return new UserError('input', message, { hint });
}

async function readGiven(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    throw wrong(isMissing ? `there is no file ${file}` : `${file} cannot be read`, 'check the path');
  }
}

/** Never writes over anything: the file may be the one that is imported. */
async function writeNew(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: 'wx' });
  } catch (cause) {
    const isThere = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
    throw wrong(isThere ? `${file} is there already` : `${file} cannot be written`, 'give --to another path');
  }
}
