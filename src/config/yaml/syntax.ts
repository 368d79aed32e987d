// From the bytes of a file to a YAML document, or from a text to all of its documents. The file may be a stranger's:
// size, encoding and nesting are bounded before anything is built from it.

import { Composer, type CST, isScalar, LineCounter, type Node, Parser, type YAMLParseError } from 'yaml';
import type { Diagnostic, Place, Words } from '../../base/errors/diagnostic.ts';
import { slipAt } from './slips.ts';
import { decodeText } from './text.ts';

/** Notes a mistake at an offset of the text. */
export type NoteMistake = (offset: number, words: Words) => void;

/** A document as nodes; `root` is null when the mistakes so far keep it from being read. */
type Parsed = {
  readonly root: Node | null;
  readonly placeAt: (offset: number) => Place;
  readonly report: NoteMistake;
  readonly diagnostics: readonly Diagnostic[];
};

const MAX_DEPTH = 50;
const MAX_DOCUMENTS = 5000;

/** Parses YAML 1.2 with its core schema; never throws, whatever the bytes are. */
export function parseYaml(bytes: Uint8Array, file: string): Parsed {
  const diagnostics: Diagnostic[] = [];
  const lines = new LineCounter();
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const report: NoteMistake = (offset, words) => {
    diagnostics.push({ severity: 'error', place: placeAt(offset), ...words });
  };
  const text = decodeText(bytes, 'without-mark');
  if (typeof text !== 'string') {
    const { line, column, ...words } = text;
    diagnostics.push({ severity: 'error', place: { file, line, column }, ...words });
    return { root: null, placeAt, report, diagnostics };
  }
  const tokens = [...new Parser(lines.addNewLine).parse(text)];
  const isDeep = depthMistake(tokens, 'an images config needs no more than five', report);
  const root = isDeep ? null : compose(tokens, text, report);
  return { root, placeAt, report, diagnostics };
}

/**
 * The documents of a text, YAML or JSON, with offsets in this very text. One that is empty, or that has a mistake
 * (reported), is left out; YAML tags, duplicate keys and %YAML 1.1 are not mistakes here.
 */
export function parseDocuments(text: string, report: NoteMistake): readonly Node[] {
  const tokens = [...new Parser().parse(text)];
  if (depthMistake(tokens, `at most ${MAX_DEPTH} levels are read`, report)) return [];
  const roots: Node[] = [];
  let count = 0;
  for (const document of composer().compose(tokens, true, text.length)) {
    if (++count > MAX_DOCUMENTS) {
      const message = `the file holds more than ${MAX_DOCUMENTS} documents`;
      report(document.range[0], { rule: 'too-many-values', message, hint: 'split it' });
      break;
    }
    const error = document.errors[0];
    if (error !== undefined) reportSlip(text, error, report);
    else if (document.contents !== null && !isEmpty(document.contents)) roots.push(document.contents);
  }
  return roots;
}

/** Duplicate keys are left to those who read the nodes: this composer would compare each key with every other. */
function composer(): Composer {
  return new Composer({ version: '1.2', schema: 'core', uniqueKeys: false, logLevel: 'silent' });
}

/** The parser of `yaml` keeps its own stack, its composer recurses: depth is measured between the two. */
function depthMistake(tokens: readonly CST.Token[], hint: string, report: NoteMistake): boolean {
  let level: readonly CST.Token[] = tokens;
  for (let depth = 0; level.length > 0; depth++) {
    // A document and each collection are one level of tokens; documents do not count.
    if (depth > MAX_DEPTH + 1) {
      const message = `values are nested more than ${MAX_DEPTH} levels deep`;
      report(level[0]?.offset ?? 0, { rule: 'nested-too-deep', message, hint });
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

function compose(tokens: readonly CST.Token[], text: string, report: NoteMistake): Node | null {
  const [document, second] = [...composer().compose(tokens, true, text.length)];
  if (document === undefined) return null;
  const error = document.errors[0];
  if (error !== undefined) {
    reportSlip(text, error, report);
  } else if (second !== undefined) {
    report(second.range[0], SECOND_DOCUMENT);
  } else if (document.directives.yaml.version !== '1.2') {
    const message = `the file asks for YAML ${document.directives.yaml.version}`;
    report(0, { rule: 'yaml-version', message, hint: 'remove the %YAML line; YAML 1.2 is read' });
  } else if (document.contents === null || isEmpty(document.contents)) {
    report(0, EMPTY_FILE);
  } else {
    return document.contents;
  }
  return null;
}

function reportSlip(text: string, { code, message, pos }: YAMLParseError, report: NoteMistake): void {
  const slip = slipAt(text, { code, message, at: pos[0] });
  report(slip.at, slip.words);
}

const SECOND_DOCUMENT: Words = {
  rule: 'second-document',
  message: 'a second YAML document begins here',
  hint: 'remove the line ---; one file is one config',
};

const EMPTY_FILE: Words = {
  rule: 'empty-file',
  message: 'the file is empty',
  hint: 'write images: with at least one entry',
};

function isEmpty(node: Node): boolean {
  return isScalar(node) && node.value === null && node.source === '';
}
