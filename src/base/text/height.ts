// How tall Markdown is on GitHub's page, guessed from its text: enough to know what to fold away. A test measures the truth
// in a browser.

/** Pixels: of a line, of the space between two blocks and inside a row, and of the page that text and tables have. */
const LINE = 24;
const GAP = 16;
const ROW = 13;
const WIDTH = 930;
/** Of a character of code, the widest there is. */
const CHARACTER = 8.4;
const HEADING = 64;

/** Pixels of the Markdown as it opens: what is folded counts as one line. */
export function heightOf(markdown: string): number {
  const open = markdown
    .replaceAll(/^( *)<details>[\s\S]*?^\1<\/details>$/gm, 'folded\n')
    .replaceAll(/\]\([^)]*\)/g, ']');
  return open.split('\n').reduce((sum, line) => sum + lineHeight(line), 0);
}

function lineHeight(line: string): number {
  if (line === '') return GAP;
  if (line.startsWith('| ---')) return 0;
  if (line.startsWith('|')) return rowHeight(line.split(/(?<!\\)\|/).slice(1, -1));
  return line.startsWith('#') ? HEADING : linesIn(line, WIDTH) * LINE;
}

function rowHeight(cells: readonly string[]): number {
  return Math.max(...cells.map((cell) => linesIn(cell, WIDTH / cells.length))) * LINE + ROW;
}

function linesIn(text: string, width: number): number {
  return Math.ceil((text.length * CHARACTER) / width);
}
