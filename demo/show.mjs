// How the demo speaks: numbered steps, and a job summary drawn for a terminal.

let steps = 0;

export function say(text) {
  console.log(text);
}

export function step(title) {
  steps += 1;
  console.log(`\n── ${steps}. ${title}`);
}

/** The Markdown of a job summary with its tables lined up and its marks taken away. */
export function showSummary(markdown) {
  const lines = markdown
    .replace(/<details><summary>(.*?)<\/summary>/g, '$1:')
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/<[^>]+>|\*\*|^#+ /gm, '')
    .replaceAll('`', '')
    .replace(/\\(.)/g, '$1')
    .split('\n');
  const shown = lineUp(lines).filter((line, at, all) => line !== '' || all[at - 1] !== '');
  return `    ┌─ job summary\n${shown.map((line) => `    │ ${line}`).join('\n')}\n    └─`;
}

function lineUp(lines) {
  const out = [];
  for (let at = 0; at < lines.length; ) {
    const end = lines.findIndex((line, index) => index >= at && !line.startsWith('|'));
    if (end === at) {
      out.push(lines[at]);
      at += 1;
    } else {
      out.push(...lineUpTable(lines.slice(at, end < 0 ? lines.length : end)));
      at = end < 0 ? lines.length : end;
    }
  }
  return out;
}

function lineUpTable(lines) {
  const rows = lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (cell === '---' ? '─'.repeat(widths[column]) : cell.padEnd(widths[column])))
      .join('  '),
  );
}
