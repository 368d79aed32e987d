// The figures that are drawn, read from the tables of the pages that have them, so that picture and table cannot differ.

/** How one tool did in a job of the benchmark. */
export type Cost = { readonly tool: string; readonly seconds: number; readonly pulls: number };
/** How one tool met the faults: `right` survived, or failed and said so; `gaveUp` failed where it could have gone on. */
export type Score = {
  readonly tool: string;
  readonly right: number;
  readonly gaveUp: number;
  readonly hung: number;
  readonly wrong: number;
};

type Row = Readonly<Record<string, string>>;

/** The rows of every table of a text, each by the heads of its columns. */
function tablesIn(markdown: string): Row[][] {
  const blocks = markdown.match(/(?:^\|.*\|\n)+/gm) ?? [];
  return blocks.map((block) => {
    const [head = [], , ...lines] = block.trim().split('\n').map(cellsOf);
    return lines.map((cells) => Object.fromEntries(cells.map((cell, at) => [head[at] ?? '', cell])));
  });
}

function cellsOf(line: string): string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}

/** The costs of every tool that did a whole job, from the section of docs/benchmarks.md whose heading begins with `heading`. */
export function costsIn(page: string, heading: string): Cost[] {
  const section = page.split(/^### /m).find((text) => text.startsWith(heading)) ?? '';
  return tablesIn(section)
    .flat()
    .map((row) => ({
      tool: toolOf(row.tool ?? Object.values(row)[0] ?? ''),
      seconds: Number.parseFloat(row['wall s'] ?? ''),
      pulls: Number(row['upstream manifest GETs']),
    }))
    .filter(({ tool }) => !tool.includes('10 tags'));
}

function toolOf(cell: string): string {
  return cell.replace('crane cp -a -j 16', 'crane cp -a');
}

const TOOLS = ['action', 'crane', 'regsync', 'skopeo'] as const;

/** The scores of the first table of docs/faults.md, which has every tool. */
export function scoresIn(page: string): Score[] {
  const table = tablesIn(page).find(([row]) => row !== undefined && TOOLS.every((tool) => tool in row)) ?? [];
  const total = table.filter((row) => /^\d+$/.test(row['#'] ?? '')).length;
  const count = (words: string, tool: string): number => {
    const row = table.find((cells) => Object.values(cells)[1]?.startsWith(`**${words}`));
    return Number(row?.[tool]?.replaceAll('*', ''));
  };
  return TOOLS.map((tool) => {
    const right = count('survived', tool) + count('truthful', tool);
    const [hung, wrong] = [count('hung', tool), count('wrong successes', tool)];
    const name = tool === 'action' ? 'Fresh Mirror' : tool;
    return { tool: name, right, gaveUp: total - right - hung - wrong, hung, wrong };
  });
}
