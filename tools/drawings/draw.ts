// Figures as pictures: bars and a flow as SVG, for light and for dark pages. Written by `npm run docs`.

import type { Cost, Score } from './figures.ts';

export type Theme = 'light' | 'dark';

const COLOURS = {
  light: {
    ink: '#1f2328',
    soft: '#59636e',
    own: '#1a7f37',
    other: '#8c959f',
    bad: '#cf222e',
    hung: '#bf8700',
    box: '#f6f8fa',
    line: '#d1d9e0',
  },
  dark: {
    ink: '#f0f6fc',
    soft: '#9198a1',
    own: '#3fb950',
    other: '#6e7681',
    bad: '#f85149',
    hung: '#d29922',
    box: '#151b23',
    line: '#3d444d',
  },
} as const;

const WIDTH = 800;
const FONT = `font-family="-apple-system,'Segoe UI',Helvetica,Arial,sans-serif" font-size="13"`;

function picture(title: string, height: number, parts: readonly string[]): string {
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" ${FONT}>`;
  return `${[head, `<title>${escapeText(title)}</title>`, ...parts, '</svg>'].join('\n')}\n`;
}

type Place = readonly [x: number, y: number];

function text([x, y]: Place, words: string, fill: string, more = ''): string {
  return `<text x="${round(x)}" y="${y}" fill="${fill}"${more}>${escapeText(words)}</text>`;
}

function bar([x, y]: Place, width: number, fill: string): string {
  return `<rect x="${round(x)}" y="${y}" width="${round(Math.max(width, 1))}" height="16" rx="2" fill="${fill}"/>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escapeText(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

const ROW = 26;

/** Seconds and pulls of one job side by side, a tool a row. */
export function drawCosts(costs: readonly Cost[], theme: Theme): string {
  const colour = COLOURS[theme];
  const panel = (x: number, width: number, unit: string, values: readonly number[]): string[] => {
    const most = Math.max(...values);
    return [
      text([x, 46], unit, colour.soft),
      ...values.flatMap((value, at) => {
        const y = 58 + at * ROW;
        const length = ((width - 50) * value) / most;
        const fill = at === 0 ? colour.own : colour.other;
        return [
          bar([x, y], length, fill),
          text([round(x + length + 6), y + 13], value.toLocaleString('en'), colour.ink),
        ];
      }),
    ];
  };
  const title = 'The nightly run: 15 of 1,584 tags moved';
  return picture(title, 74 + costs.length * ROW, [
    text([0, 18], title, colour.ink, ' font-weight="600"'),
    ...costs.map(({ tool }, at) => text([0, 71 + at * ROW], tool, colour.ink)),
    ...panel(
      210,
      260,
      'seconds, 20 ms from the registries',
      costs.map(({ seconds }) => seconds),
    ),
    ...panel(
      510,
      290,
      'upstream manifests read: what counts as a pull',
      costs.map(({ pulls }) => pulls),
    ),
  ]);
}

/** Where the words of the legend begin. */
const LEGEND = [0, 240, 450, 540];

/** What each tool made of the faults: a bar of four parts. */
export function drawScores(scores: readonly Score[], theme: Theme): string {
  const colour = COLOURS[theme];
  const parts = [
    ['right', 'survived, or failed and said so', colour.own],
    ['gaveUp', 'failed where it need not', colour.other],
    ['hung', 'hung', colour.hung],
    ['wrong', 'success without the image', colour.bad],
  ] as const;
  const total = Math.max(...scores.map(({ right, gaveUp, hung, wrong }) => right + gaveUp + hung + wrong));
  const unit = (WIDTH - 130) / total;
  const title = `${total} faults of registries, one at a time`;
  const legend = parts.map(
    ([, words, fill], at) =>
      `${bar([LEGEND[at] ?? 0, 34], 12, fill)}${text([(LEGEND[at] ?? 0) + 18, 47], words, colour.soft)}`,
  );
  const rows = scores.flatMap((score, row) => {
    const y = 64 + row * ROW;
    let x = 110;
    const drawn = parts.flatMap(([key, , fill]) => {
      const count = score[key];
      if (count === 0) return [];
      const start = x;
      x += count * unit;
      const label = text(
        [round(start + 5), y + 13],
        String(count),
        theme === 'light' ? '#ffffff' : '#0d1117',
      );
      return [bar([start, y], count * unit - 1, fill), label];
    });
    return [text([0, y + 13], score.tool, colour.ink), ...drawn];
  });
  return picture(title, 70 + scores.length * ROW, [
    text([0, 18], title, colour.ink, ' font-weight="600"'),
    ...legend,
    ...rows,
  ]);
}

const STEPS = [
  ['Observe', 'one HEAD a tag', 'on each side'],
  ['Plan', 'what is stale, lost', 'or new'],
  ['Copy', 'by digest, while', 'every tag stays'],
  ['Move', 'tag by tag, once', 'images are seen'],
  ['Prove', 'read back,', 'and hash'],
  ['Report', 'summary, file,', 'pull request'],
] as const;

/** The steps of a run from left to right. */
export function drawFlow(theme: Theme): string {
  const colour = COLOURS[theme];
  const [wide, gap] = [116, 20];
  const boxes = STEPS.flatMap(([name, ...lines], at) => {
    const x = at * (wide + gap) + 2;
    const arrow = `<path d="M${x - gap + 3} 45h${gap - 9}m-5 -4l5 4l-5 4" fill="none" stroke="${colour.soft}" stroke-width="1.5"/>`;
    return [
      `<rect x="${x}" y="8" width="${wide}" height="74" rx="6" fill="${colour.box}" stroke="${colour.line}"/>`,
      text([x + 10, 30], name, colour.ink, ' font-weight="600"'),
      ...lines.map((line, row) => text([x + 10, 50 + row * 18], line, colour.soft, ' font-size="11"')),
      ...(at === 0 ? [] : [arrow]),
    ];
  });
  return picture('A run: observe, plan, copy, move, prove, report', 90, boxes);
}
