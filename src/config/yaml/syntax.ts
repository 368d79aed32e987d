// From the bytes of a file to a YAML document. The file may be a stranger's: size, encoding and nesting are bounded
// before anything is built from it.

import { Composer, type CST, isScalar, LineCounter, type Node, Parser } from 'yaml';
import type { Diagnostic, Place } from '../../base/errors/diagnostic.ts';

/** Notes a mistake at an offset of the text. */
export type Report = (offset: number, message: string, hint: string) => void;

/** `root` is null when the mistakes so far keep the document from being read. */
export type Parsed = {
  readonly root: Node | null;
  readonly placeAt: (offset: number) => Place;
  readonly report: Report;
  readonly diagnostics: readonly Diagnostic[];
};

const MAX_BYTES = 1024 * 1024;
const MAX_DEPTH = 50;
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/;

/** Parses YAML 1.2 with its core schema; never throws, whatever the bytes are. */
export function parseYaml(bytes: Uint8Array, file: string): Parsed {
  const diagnostics: Diagnostic[] = [];
  const lines = new LineCounter();
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const report: Report = (offset, message, hint) => {
    diagnostics.push({ severity: 'error', place: placeAt(offset), message, hint });
  };
  const text = decodeText(bytes, file, diagnostics);
  if (text === null) return { root: null, placeAt, report, diagnostics };
  const tokens = [...new Parser(lines.addNewLine).parse(text)];
  const root = depthMistake(tokens, report) ? null : compose(tokens, text, report);
  return { root, placeAt, report, diagnostics };
}

/** Nothing is known of lines yet, so a mistake found here counts them itself. */
function decodeText(bytes: Uint8Array, file: string, diagnostics: Diagnostic[]): string | null {
  const fail = (line: number, column: number, message: string, hint: string): null => {
    diagnostics.push({ severity: 'error', place: { file, line, column }, message, hint });
    return null;
  };
  if (bytes.length > MAX_BYTES)
    return fail(1, 1, `the file has ${bytes.length} bytes`, 'at most 1 MiB is read; split it');
  const text = decodeUtf8(bytes);
  if (text === null) return fail(badLine(bytes), 1, 'this line is not UTF-8', 'save the file as UTF-8');
  const at = text.search(CONTROL);
  if (at < 0) return text;
  const before = text.slice(0, at).split('\n');
  const code = text.charCodeAt(at).toString(16).toUpperCase().padStart(4, '0');
  return fail(
    before.length,
    (before.at(-1) ?? '').length + 1,
    `here is a control character, U+${code}`,
    'delete it',
  );
}

function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** A line break is never a part of a longer UTF-8 sequence, so lines can be tried one by one. */
function badLine(bytes: Uint8Array): number {
  let start = 0;
  for (let line = 1; ; line++) {
    const end = bytes.indexOf(10, start);
    if (end < 0 || decodeUtf8(bytes.subarray(start, end)) === null) return line;
    start = end + 1;
  }
}

/** The parser of `yaml` keeps its own stack, its composer recurses: depth is measured between the two. */
function depthMistake(tokens: readonly CST.Token[], report: Report): boolean {
  let level: readonly CST.Token[] = tokens;
  for (let depth = 0; level.length > 0; depth++) {
    // A document and each collection are one level of tokens; documents do not count.
    if (depth > MAX_DEPTH + 1) {
      report(
        level[0]?.offset ?? 0,
        `values are nested over ${MAX_DEPTH} deep`,
        'an images config needs five levels',
      );
      return true;
    }
    level = level.flatMap(innerTokens);
  }
  return false;
}

function innerTokens(token: CST.Token): CST.Token[] {
  if (token.type === 'document') return token.value === undefined ? [] : [token.value];
  if (!('items' in token)) return [];
  return token.items.flatMap(({ key, value }) =>
    [key, value].filter((inner) => inner !== undefined && inner !== null),
  );
}

/** Duplicate keys are left to the reader: this composer compares each key with every other. */
function compose(tokens: readonly CST.Token[], text: string, report: Report): Node | null {
  const composer = new Composer({ version: '1.2', schema: 'core', uniqueKeys: false, logLevel: 'silent' });
  const [document, second] = [...composer.compose(tokens, true, text.length)];
  const error = document?.errors[0];
  if (document === undefined) return null;
  if (error !== undefined) {
    const [message, hint] = wordsFor(error.code, error.message);
    report(error.pos[0], message, hint);
  } else if (second !== undefined) {
    report(
      second.range[0],
      'a second YAML document begins here',
      'take the line --- out; one file is one config',
    );
  } else if (document.directives.yaml.version !== '1.2') {
    report(
      0,
      `the file asks for YAML ${document.directives.yaml.version}`,
      'take the %YAML line out; YAML 1.2 is read',
    );
  } else if (document.contents === null || isEmpty(document.contents)) {
    report(0, 'the file is empty', 'write images: with at least one entry');
  } else {
    return document.contents;
  }
  return null;
}

function isEmpty(node: Node): boolean {
  return isScalar(node) && node.value === null && node.source === '';
}

const NOT_CLOSED = [
  'a bracket, quote, comma or colon is missing',
  'look at this line and the one before it',
] as const;

/** Says in plain words what the parser of `yaml` met; where it is plain enough, its own sentence stands. */
function wordsFor(code: string, message: string): readonly [string, string] {
  switch (code) {
    case 'TAB_AS_INDENT':
      return ['a tab indents this line', 'indent with spaces'];
    case 'BAD_ALIAS':
      return ['* begins an alias here', 'put the text in quotes, as in "*-slim"'];
    case 'BAD_INDENT':
      if (message.includes('end with')) return NOT_CLOSED;
      return [
        'this line is indented differently from those beside it',
        'line it up with the lines of its list or map',
      ];
    case 'BAD_SCALAR_START':
      return ['plain text cannot begin with this character', 'put the text in quotes'];
    case 'MISSING_CHAR':
      return NOT_CLOSED;
    default:
      return [`this is not YAML: ${message.split('\n', 1)[0]}`, 'look at this line and the one before it'];
  }
}
