// The one sanitiser. Tags, digests, error bodies and configs are written by strangers: every text that is
// not in this project's source passes one of these functions before it reaches a log, a summary or a file.

/** ANSI escape sequences: CSI, OSC (ended by BEL or ST) and the two-character ones. ECMA-48. */
const ANSI = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g;

/**
 * Control characters, and what renders as nothing or turns the reading direction round (Trojan Source). The runner
 * reads over the ignorable ones, so that `##` and `[` with one between them are a command all the same.
 */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}\p{Default_Ignorable_Code_Point}]+/gu;

/**
 * The text on one line, safe in a runner's log: no control characters, no escape sequences, no workflow command,
 * at most `max` characters.
 *
 * The runner reads `::command::` at the start of a line and `##[command]` anywhere in it
 * (actions/runner, src/Runner.Common/ActionCommand.cs), so both are broken by a space.
 */
export function oneLine(text: string, max = 300): string {
  const plain = text.replace(ANSI, '').replace(INVISIBLE, ' ').replace(/\s+/g, ' ').trim();
  const inert = plain.replaceAll('##[', '# #[').replace(/^::+/, (colons) => [...colons].join(' '));
  return cut(inert, max);
}

function cut(text: string, max: number): string {
  const characters = [...text];
  return characters.length <= max ? text : `${characters.slice(0, max - 1).join('')}…`;
}

/**
 * The text as a Markdown code span, where neither Markdown, HTML, mentions nor links are read. In a table `markdownTable`
 * takes care of its pipes. Empty text gives an empty string. GFM spec, section 6.1 (code spans).
 */
export function codeSpan(text: string, max = 300): string {
  const line = oneLine(text, max);
  if (line === '') return '';
  const longestRun = Math.max(0, ...(line.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longestRun + 1);
  const pad = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return `${fence}${pad}${line}${pad}${fence}`;
}

/** Code between backticks, a space, a word, or backticks that nothing closes. */
const PIECES = /`[^`]+`|\s|[^\s`]+|`+/g;

/** A word with the punctuation around it, which stays outside where the word becomes code. */
const WORD = /^(["'(]*)(.*?)([.,;:!?)"']*)$/su;

/** Punctuation that means nothing inside a line. */
const INERT = /^[-+=/%^{}…→·≈–—]*$/u;

/**
 * What Markdown or GitHub may read as more than a word: markup, HTML, entities, math; addresses, mail, mentions, issues
 * (`#1`, `GH-1`, and `ABC-1`, which a repository can link to its own tracker), commits.
 */
const ACTIVE = /[`@\\*_~[\]<>&$#|:/]|www(?:\.|$)|(?<![a-z\d])[a-z][a-z\d]*-\d|(?<![a-z\d])[\da-f]{7,}/iu;

/**
 * The text as Markdown that shows just these characters: no markup, HTML, mention or link comes of it. Words that could be
 * read as more than words become code, and so does what the text itself has between backticks: what is copied from the
 * page is what was written, without invisible characters. The backticks of such code are not shown.
 */
export function plainMarkdown(text: string, max = 600): string {
  const pieces = oneLine(text, max).match(PIECES) ?? [];
  const joined = pieces.map(plainPiece).reduce((line, piece) => {
    // Two runs of backticks that touch are one run.
    return line.endsWith('`') && piece.startsWith('`') ? `${line} ${piece}` : line + piece;
  }, '');
  // A list, a rule or the underline of a heading, at the start of a line and nowhere else.
  return joined.replace(/^(\d{1,9})(?=[.)])|^(?=[-+=])/, '$1\\');
}

function plainPiece(piece: string): string {
  const [, code] = /^`([^`]+)`$/.exec(piece) ?? [];
  if (code !== undefined) return codeSpan(code, Infinity);
  const [, before = '', word = '', after = ''] = WORD.exec(piece) ?? [];
  if (INERT.test(word) || !ACTIVE.test(word)) return piece;
  return before + codeSpan(word, Infinity) + after;
}
