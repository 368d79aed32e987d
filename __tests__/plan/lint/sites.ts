// Files of references without a format: one reference on each line, behind a hyphen, with a comment where a rule is ignored.

import { parseConfig } from '../../../src/config/images/parse.ts';
import { levelsFor } from '../../../src/config/references/lint-rules.ts';
import type {
  ApprovedSite,
  ReferenceFile,
  ReferenceSite,
} from '../../../src/config/references/reference-site.ts';
import type { LintLevels } from '../../../src/config/references/sources.ts';
import { type LintResult, lint, readForLint } from '../../../src/plan/lint/lint.ts';

/** A digest that tests can tell apart by its letter. */
export const digest = (letter: string): `sha256:${string}` => `sha256:${letter.repeat(64)}`;

export function fileOf(
  file: string,
  lines: readonly string[],
  approved: readonly string[] = [],
): ReferenceFile {
  const text = lines.map((line) => `- ${line}\n`).join('');
  let at = 0;
  const sites = lines.map((line, row): ReferenceSite => {
    const [written = '', comment = ''] = line.split(' # fresh-mirror-ignore: ');
    const start = at + 2;
    at += line.length + 3;
    const [rule = '', reason = ''] = comment.split(' — ');
    const ignored = comment === '' ? [] : [{ rule, reason } as ReferenceSite['ignored'][number]];
    const place = { file, line: row + 1, column: 3, start, end: start + written.length };
    const readable = !/\{\{|\$[{(]/.test(written);
    return { ...place, written, quoting: 'bare', parts: 'whole', ignored, readable };
  });
  return { file, text, sites, approved: approved.map((one, row) => approval(one, file, 100 + row)) };
}

export function approval(written: string, file = 'images.yaml', line = 2): ApprovedSite {
  return { file, line, column: 4, written };
}

export type Setting = {
  mirror?: string;
  path?: string;
  approved?: readonly string[];
  images?: readonly string[];
  readFrom?: string;
  rules?: LintLevels;
  inPullRequest?: boolean;
};

/** The part of a config that lint looks at. */
export function configOf({ mirror = 'ghcr.io/acme/mirror', path, approved, images, readFrom }: Setting) {
  const text = [
    `mirror: ${mirror}`,
    `mirror-path: "${path ?? '{registry}/{repository}'}"`,
    ...(readFrom === undefined ? [] : [`read-from: ${readFrom}`]),
    'images:',
    ...(images ?? ['scratch.example/none:1']).map((image) => `  - ${image}`),
  ];
  const { config } = parseConfig(Buffer.from(`${text.join('\n')}\n`), 'images.yaml');
  return { ...config, approved: (approved ?? ['quay.io/acme']).map((one) => approval(one)) };
}

/** Lints lines of references as one file, or several files. */
export function lintLines(
  lines: readonly string[] | readonly ReferenceFile[],
  setting: Setting = {},
): LintResult {
  const files = lines.map((line) => (typeof line === 'string' ? null : line)).filter((file) => file !== null);
  const texts = lines.filter((line) => typeof line === 'string');
  const all = texts.length === 0 ? files : [fileOf('vars.yml', texts), ...files];
  const levels = levelsFor(setting.rules ?? {}, setting.inPullRequest ?? false);
  return lint(readForLint({ files: all, mistakes: [] }, configOf(setting)), levels, null);
}

/** `line rule` of each finding, for what approvals and comments are not about. */
export function rulesOf({ findings }: LintResult): string[] {
  return findings.filter(({ rule }) => rule !== 'unused-approval').map(({ line, rule }) => `${line} ${rule}`);
}

type Edit = LintResult['findings'][number]['edit'];

/** Applies an edit by lines and columns, as a tool does that reads SARIF. */
export function withEdit(text: string, edit: Edit): string {
  if (edit === null) throw new Error('there is no edit');
  const mark = text.startsWith('\ufeff') ? 1 : 0;
  const lines = text.split('\n');
  const offset = (line: number, column: number) =>
    lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0) +
    column -
    1 +
    (line === 1 ? mark : 0);
  const { line, column, endLine, endColumn } = edit;
  return text.slice(0, offset(line, column)) + edit.text + text.slice(offset(endLine, endColumn));
}
