// `node dist/index.js lint`: the same run in a clone, before a push. Arguments take the place of inputs, and a terminal
// that of the workflow runner. `import` is another program (import.ts).

import { parseArgs } from 'node:util';
import { byPlace, formatPlace } from './base/errors/diagnostic.ts';
import { UserError } from './base/errors/user-error.ts';
import { oneLine } from './base/text/sanitize.ts';
import type { Annotation } from './report/render/annotations.ts';
import type { Runner } from './run/doors/doors.ts';

/** What is given on the command line, as inputs of the action. */
type CommandLine = { readonly help: boolean; readonly inputs: Readonly<Record<string, string>> };

const VALUES = ['config', 'mirror', 'read-from', 'hosts', 'fail-on', 'sarif', 'report'] as const;

/** What `--help` prints. */
export const USAGE = `usage: node dist/index.js lint [options]
       node dist/index.js import FILE [options]     (import --help)

lint looks at the image references of this folder. Exits with 1 when a finding is an error.

  --config FILE      the images config (images.yaml)
  --lint-online      also ask mirror and upstream about the pinned digests
  --sarif FILE       write the findings as SARIF 2.1.0
  --report FILE      write the full report as JSON
  --fail-on STATUS   failed, partial (built in), … or never
  --mirror, --read-from, --hosts   as the inputs of the action
`;

/** Reads the arguments. @throws UserError `input` for those that are not known */
export function readCommandLine(args: readonly string[]): CommandLine {
  const [mode = '', ...rest] = args;
  if (mode === '--help' || mode === '-h') return { help: true, inputs: {} };
  if (mode !== 'lint') {
    const message = `${JSON.stringify(mode)} cannot be run from the command line`;
    throw new UserError('input', message, {
      hint: 'write lint or import; the other modes run in a workflow',
    });
  }
  const { help, 'lint-online': online, ...values } = parseOptions(rest);
  const inputs = { ...values, mode, summary: 'false', 'lint-online': String(online ?? false) };
  return { help: help ?? false, inputs };
}

function parseOptions(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const options = {
    ...(Object.fromEntries(VALUES.map((name) => [name, text])) as Record<
      (typeof VALUES)[number],
      typeof text
    >),
    'lint-online': flag,
    help: { ...flag, short: 'h' },
  } as const;
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new UserError('input', message, { hint: 'run node dist/index.js --help', cause });
  }
}

/** Where a run speaks, registries included. */
export type Voice = Runner & Record<'debug' | 'tell' | 'mask', (line: string) => void>;

/** What a terminal needs of the process; lines come without their end. */
type Terminal = { write(line: string): void; complain(line: string): void };

const MOST_CHARACTERS = 2_000;

/**
 * A runner that prints each annotation as `file:line:column level title message`, all of them and in the order of the
 * files. What happens inside a group is of interest in a log of a workflow alone.
 */
export function terminalRunner(terminal: Terminal): Voice {
  let depth = 0;
  return {
    info: (line) => {
      if (depth === 0) terminal.write(oneLine(line, MOST_CHARACTERS));
    },
    async group(_title, work) {
      depth += 1;
      try {
        return await work();
      } finally {
        depth -= 1;
      }
    },
    annotate: (annotations) => {
      for (const annotation of annotations.toSorted(inOrder)) terminal.write(lineOf(annotation));
    },
    setOutputs: () => undefined,
    writeSummary: async () => undefined,
    fail: (message) => terminal.complain(oneLine(message, MOST_CHARACTERS)),
    debug: () => undefined,
    tell: (line) => terminal.complain(oneLine(line, MOST_CHARACTERS)),
    mask: () => undefined,
  };
}

/** Those that belong to no file come last. */
function inOrder({ place: a }: Annotation, { place: b }: Annotation): number {
  return a === null || b === null
    ? Number(a === null) - Number(b === null)
    : byPlace({ place: a }, { place: b });
}

function lineOf({ severity, title, message, place }: Annotation): string {
  const parts = [place === null ? '' : formatPlace(place), severity, title, message];
  return oneLine(parts.filter((part) => part !== '').join(' '), MOST_CHARACTERS);
}
