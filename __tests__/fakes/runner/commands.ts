// The runner's own reading of a step's output, written again from actions/runner (src/Runner.Common/ActionCommand.cs
// and src/Runner.Worker/ActionCommandManager.cs): `::name k=v,k=v::data` at the start of a line (TryParseV2), and
// `##[name k=v;k=v]data` anywhere in it (TryParse). Only registered names are commands.

export type Command = {
  /** In lower case; the runner does not tell cases apart. */
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly data: string;
};

const REGISTERED = [
  'add-mask',
  'add-matcher',
  'add-path',
  'debug',
  'echo',
  'endgroup',
  'error',
  'group',
  'notice',
  'remove-matcher',
  'save-state',
  'set-env',
  'set-output',
  'stop-commands',
  'warning',
];

// The runner compares by culture, and then characters without a width do not count: `##\u200d[error]` may be a command too.
// A test of what comes out of a sanitiser must not rely on the opposite.
const WITHOUT_WEIGHT = /\p{Default_Ignorable_Code_Point}|[\0-\x08\x0e-\x1f\x7f]/gu;

const DATA = [
  ['%0D', '\r'],
  ['%0A', '\n'],
  ['%25', '%'],
] as const;
const PROPERTY = [['%3A', ':'], ['%2C', ','], ...DATA] as const;
const OLD_FORM = [['%3B', ';'], ['%5D', ']'], ...DATA] as const;

/** Every workflow command that the runner would obey in a text, in order. */
export function parseCommands(text: string): Command[] {
  const found: Command[] = [];
  const names = new Set(REGISTERED);
  let stopped: string | null = null;
  for (const line of text.split(/\r\n|\r|\n/)) {
    const command = parseLine(line, names);
    if (command === null) continue;
    if (stopped !== null) {
      // Between `stop-commands` and its token every line is plain text.
      if (command.name !== stopped) continue;
      names.delete(stopped);
      stopped = null;
      continue;
    }
    if (command.name === 'stop-commands') {
      stopped = command.data.toLowerCase();
      names.add(stopped);
    }
    found.push(command);
  }
  return found;
}

function parseLine(line: string, names: ReadonlySet<string>): Command | null {
  const light = line.replace(WITHOUT_WEIGHT, '');
  return parseV2(line, names) ?? parseV1(line, names) ?? parseV2(light, names) ?? parseV1(light, names);
}

function parseV2(line: string, names: ReadonlySet<string>): Command | null {
  const text = line.trimStart();
  const end = text.indexOf('::', 2);
  if (!text.startsWith('::') || end < 0) return null;
  const [name, rest] = split(text.slice(2, end), ' ');
  if (!names.has(name)) return null;
  const properties = parseProperties(rest.trim(), ',', PROPERTY);
  return { name, properties, data: unescapeText(text.slice(end + 2), DATA) };
}

function parseV1(line: string, names: ReadonlySet<string>): Command | null {
  const start = line.indexOf('##[');
  const end = line.indexOf(']', start);
  if (start < 0 || end < 0) return null;
  const [name, rest] = split(line.slice(start + 3, end), ' ');
  if (!names.has(name)) return null;
  const properties = parseProperties(rest, ';', OLD_FORM);
  return { name, properties, data: unescapeText(line.slice(end + 1), OLD_FORM) };
}

function parseProperties(text: string, separator: string, escapes: Escapes): Record<string, string> {
  const pairs = text.split(separator).map((part) => part.match(/^=*([^=]+)=(.+)$/s));
  return Object.fromEntries(
    pairs.flatMap((pair) => (pair === null ? [] : [[pair[1], unescapeText(pair[2] ?? '', escapes)]])),
  );
}

function split(text: string, separator: string): [first: string, rest: string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text.toLowerCase(), ''] : [text.slice(0, at).toLowerCase(), text.slice(at + 1)];
}

type Escapes = readonly (readonly [string, string])[];

function unescapeText(text: string, escapes: Escapes): string {
  return escapes.reduce((all, [code, character]) => all.replaceAll(code, character), text);
}
