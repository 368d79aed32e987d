// The runner's own reading of a step's output, written again from actions/runner, src/Runner.Common/ActionCommand.cs:
// `::name k=v,k=v::data` at the start of a line (TryParseV2), and `##[name k=v;k=v]data` anywhere in it (TryParse).

export type Command = {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly data: string;
};

/** Every workflow command in a text, in order. */
export function parseCommands(text: string): Command[] {
  return text.split(/\r\n|\r|\n/).flatMap((line) => parseV2(line) ?? parseV1(line) ?? []);
}

function parseV2(line: string): Command | null {
  const match = line.trimStart().match(/^::([^\s:]+)(?: (.*?))?::(.*)$/s);
  if (match === null) return null;
  const [, name = '', properties = '', data = ''] = match;
  return { name, properties: pairs(properties, ','), data: unescapeData(data) };
}

function parseV1(line: string): Command | null {
  const start = line.indexOf('##[');
  const end = line.indexOf(']', start);
  if (start < 0 || end < 0) return null;
  const [name = '', ...rest] = line.slice(start + 3, end).split(' ');
  return { name, properties: pairs(rest.join(' '), ';'), data: line.slice(end + 1) };
}

function pairs(text: string, separator: string): Record<string, string> {
  const parts = text.split(separator).flatMap((part) => {
    const sign = part.indexOf('=');
    return sign < 0 ? [] : [[part.slice(0, sign).trim(), unescapeData(part.slice(sign + 1))]];
  });
  return Object.fromEntries(parts);
}

function unescapeData(text: string): string {
  return text
    .replaceAll('%3A', ':')
    .replaceAll('%2C', ',')
    .replaceAll('%0D', '\r')
    .replaceAll('%0A', '\n')
    .replaceAll('%25', '%');
}
