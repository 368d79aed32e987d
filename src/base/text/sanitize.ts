// The one sanitiser. Tags, digests, error bodies and configs are written by strangers: every text that did not
// stand in this project's source passes one of these functions before it reaches a log, a summary or a file.

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
 * The text as a Markdown code span, where neither Markdown, HTML, mentions nor links are read. Safe in a table cell.
 * Empty text gives an empty string. GFM spec, sections 6.1 (code spans) and 4.10 (pipes in tables).
 */
export function codeSpan(text: string, max = 300): string {
  const line = oneLine(text, max);
  if (line === '') return '';
  // In a table `\\|` is a backslash and the end of the cell, and code knows no other way to write it.
  if (line.includes('\\|')) return plainMarkdown(line, max);
  const longestRun = Math.max(0, ...(line.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longestRun + 1);
  const pad = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return `${fence}${pad}${line.replaceAll('|', '\\|')}${pad}${fence}`;
}

/** A mark that nobody sees and that keeps GitHub from reading a mention, an issue number or a link. */
const BREAK = '\u200b';

/**
 * The text as Markdown that shows just these characters: no emphasis, HTML, table cell, mention, issue link or URL.
 * For sentences of which a part came from a registry; names of things read better as `codeSpan`.
 */
export function plainMarkdown(text: string, max = 600): string {
  return oneLine(text, max)
    .replace(/[\\`*_{}[\]()#+!|~<>&$]/g, '\\$&')
    .replace(/^-/, '\\-')
    .replace(/@/g, `@${BREAK}`)
    .replace(/\\#/g, `\\#${BREAK}`)
    .replace(/:\/\//g, `:${BREAK}//`)
    .replace(/\b(www|gh)(?=[.\\-])/gi, `$1${BREAK}`);
}
