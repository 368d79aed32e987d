// `mode: lint` as users get it, by the bundle: scenario 5, nobody called, text put in where it says, a great many
// references, and other modes beside references.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ActionOptions, type ActionResult, runAction } from '../fakes/runner/bundle.ts';
import { loadScenario, play } from '../fakes/trials/scenario.ts';
import { compare } from '../fakes/trials/scenario-compare.ts';
import { digest } from '../plan/lint/sites.ts';

const A = digest('a');
const B = digest('b');
const M = 'ghcr.io/acme/mirror';
const CONFIG = `mirror: ${M}
mirror-path: "{registry}/{repository}"
approved: [quay.io/acme]
references:
  - { file: vars.yml, key: IMAGES }
  - { files: "deploy/**/*.yaml", field: image }
  - { dockerfiles: "**/Dockerfile" }
`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lint-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Row = Readonly<Record<'rule' | 'level' | 'file' | 'reference' | 'replacement' | 'message', string>> & {
  readonly line: number;
  readonly column: number;
};

function lintRun(files: Readonly<Record<string, string>>, more: ActionOptions = {}): Promise<ActionResult> {
  return runAction({ config: CONFIG, ...more, files, inputs: { mode: 'lint', ...more.inputs } });
}

function findingsOf({ outputs }: ActionResult): Row[] {
  return JSON.parse(outputs.findings ?? 'null') as Row[];
}

const placesOf = (result: ActionResult) =>
  findingsOf(result).map(({ file, line, column, rule }) => `${file}:${line}:${column} ${rule}`);

/** What a run began: every connection, name look-up and child process. */
function counting(name: string) {
  const file = join(folder, name);
  writeFileSync(file, '');
  const trap = join(import.meta.dirname, '../fakes/network/counted.ts');
  const env = { NODE_OPTIONS: `--import=${trap}`, COUNTED_FILE: file };
  return { env, begun: () => readFileSync(file, 'utf8').split('\n').slice(0, -1) };
}

const FILES = {
  'vars.yml': `IMAGES:\n  app: quay.io/acme/app:1@${A}\n  loose: "quay.io/acme/app:1"\n  base: docker.io/library/alpine:3.22@${A} # why\n`,
  'deploy/a.yaml': `spec:\n  containers:\n    - image: 'ruby:3@${B}'\n    - { name: x, image: "https://quay.io/acme/x:1@${B}" }\n`,
  'src/web/Dockerfile': `FROM Quay.io/acme/base:1@${B} AS build\r\nFROM quay.io/acme/app:1\r\n`,
};
const REPAIRABLE = [
  'deploy/a.yaml:3:14 not-approved',
  'deploy/a.yaml:4:25 malformed',
  'src/web/Dockerfile:1:6 malformed',
  'src/web/Dockerfile:2:6 not-pinned',
  'vars.yml:3:10 not-pinned',
  'vars.yml:4:9 not-approved',
];

it('scenario 5: what is not pinned and what is from nowhere approved is found at its line, and nobody is called', async () => {
  const { env, begun } = counting('scenario');
  const played = await play(loadScenario(5), { only: [0], env });
  expect(played.map((run) => compare(run))).toEqual([[]]);
  expect(played.map(({ upstream, mirror }) => upstream.connections + mirror.connections)).toEqual([0]);
  expect(begun()).toEqual([]);
});

describe('without lint-online', () => {
  it('no connection, no look-up, no program is begun, for a fork without secrets either; the trap hears those of check', async () => {
    const trapped = counting('lint');
    const inputs = { token: '', 'crane-path': '' };
    const result = await lintRun(FILES, { event: 'pull_request', inputs, env: trapped.env });
    expect(trapped.begun()).toEqual([]);
    expect(result.outputs['crane-version']).toBe('');
    expect(placesOf(result)).toEqual(REPAIRABLE);
    const heard = counting('check');
    const config = 'mirror: 127.0.0.1:9/m\nimages: ["127.0.0.1:9/x:1"]\n';
    await runAction({
      config,
      inputs: { mode: 'check' },
      env: { ...heard.env, FRESH_MIRROR_PATIENCE: '0.1' },
    });
    expect(heard.begun()).toContain('connect');
  });

  it('errors fail the step, stand at their place as annotations, and are in outputs, summary and report', async () => {
    const result = await lintRun(FILES);
    expect([result.code, result.outputs.status, result.outputs['findings-count']]).toEqual([
      1,
      'failed',
      '6',
    ]);
    const places = result.annotations.map(({ name, properties: { file, line, col, title } }) =>
      [name, file, line, col, title].join(' '),
    );
    for (const place of REPAIRABLE) {
      const [where = '', rule = ''] = place.split(' ');
      expect(places).toContain(`error ${where.replaceAll(':', ' ')} ${rule}`);
    }
    expect(result.summary).toContain('### `not-approved` (2, error)');
    expect(result.summary).toContain(`\`${M}/docker.io/library/ruby:3@${B}\``);
    const report = result.report as { findings: Row[]; lint: { references: number; files: number } };
    expect([report.findings.length, report.lint.references, report.lint.files]).toEqual([6, 7, 3]);
  });

  it('fail-on: never keeps the step green, warnings alone do too', async () => {
    expect((await lintRun(FILES, { inputs: { 'fail-on': 'never' } })).code).toBe(0);
    const config = `${CONFIG}lint: { rules: { not-pinned: warning, malformed: off, not-approved: note } }\n`;
    const result = await lintRun(FILES, { config });
    expect([result.code, result.outputs.status]).toEqual([0, 'fresh']);
    expect(findingsOf(result).map(({ level }) => level)).toEqual(['warning', 'warning', 'note', 'note']);
  });

  it('each replacement put in through its place leaves nothing to find, by the offsets of SARIF as well', async () => {
    const sarif = join(folder, 'repair.sarif');
    const result = await lintRun(FILES, { inputs: { sarif } });
    const byHand = repairByHand(FILES, findingsOf(result));
    const bySarif = repairBySarif(FILES, JSON.parse(readFileSync(sarif, 'utf8')) as Sarif);
    expect(bySarif).toEqual(byHand);
    const again = await lintRun(byHand);
    expect([placesOf(again), again.outputs.status]).toEqual([[], 'fresh']);
  });

  it('a comment passes a finding over, and is counted with its reason', async () => {
    const text = `IMAGES:\n  # fresh-mirror-ignore: not-pinned — built here\n  a: quay.io/acme/a:1\n  b: quay.io/acme/b:1@${A} # fresh-mirror-ignore: not-pinned - not needed\n`;
    const result = await lintRun({
      ...FILES,
      'deploy/a.yaml': '',
      'src/web/Dockerfile': 'FROM scratch\n',
      'vars.yml': text,
    });
    expect(placesOf(result)).toEqual(['vars.yml:4:6 unused-ignore']);
    expect(result.summary).toContain('1 finding ignored by a comment');
    expect(result.summary).toContain('built here');
    expect((result.report as { lint: { ignored: object[] } }).lint.ignored).toMatchObject([
      { rule: 'not-pinned', file: 'vars.yml', line: 3, reason: 'built here' },
    ]);
  });

  it('a file that is broken or not there is a finding, and the others are linted all the same', async () => {
    const result = await lintRun({ 'vars.yml': FILES['vars.yml'], 'deploy/a.yaml': 'image: [\n' });
    expect(new Set(findingsOf(result).map(({ rule }) => rule))).toEqual(
      new Set(['unreadable-file', 'not-pinned', 'not-approved']),
    );
    expect(result.outputs.status).toBe('failed');
  });

  it('nothing is clean where no reference was found', async () => {
    const result = await lintRun(
      { 'vars.yml': 'IMAGES: {}\n' },
      { config: CONFIG.replace(/ {2}- \{ (?:files|docker).*\n/g, '') },
    );
    expect([result.code, result.outputs.status]).toEqual([1, 'failed']);
  });

  it('text of a file never becomes a workflow command, markup or a mention', async () => {
    const text = 'IMAGES:\n  a: "::error::gotcha"\n  b: "##[error]gotcha"\n  c: "<img src=x> @everyone |"\n';
    const result = await lintRun({ ...FILES, 'vars.yml': text });
    expect(result.commands.filter(({ data }) => data === 'gotcha')).toEqual([]);
    expect(result.summary.replaceAll(/`[^`]*`/g, '')).not.toMatch(/(?<!\\)<img|@everyone/);
  });

  it('10,000 references of 500 files: all are counted, outputs, annotations and summary stay within their limits', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 500 }, (_, at) => {
        const lines = Array.from({ length: 20 }, (_, row) => `image: quay.io/acme/app-${at}-${row}:1`);
        return [`deploy/${at}.yaml`, lines.map((line) => `- ${line}\n`).join('')];
      }),
    );
    const config = CONFIG.replace(/ {2}- \{ (?:file:|docker).*\n/g, '');
    const result = await lintRun(many, { config });
    expect(result.outputs['findings-count']).toBe('10000');
    expect(JSON.parse(result.outputs.truncated ?? '')).toEqual(['findings']);
    expect(Buffer.byteLength(result.outputs.findings ?? '')).toBeLessThanOrEqual(100_000);
    expect(result.annotations.filter(({ name }) => name === 'error').length).toBeLessThanOrEqual(11);
    expect(Buffer.byteLength(result.summary)).toBeLessThan(1_000_000);
    expect((result.report as { findings: object[] }).findings).toHaveLength(10_000);
  });
});

function lineStart(text: string, line: number): number {
  return text
    .split('\n')
    .slice(0, line - 1)
    .reduce((sum, before) => sum + before.length + 1, 0);
}

function repairByHand(files: Readonly<Record<string, string>>, rows: readonly Row[]): Record<string, string> {
  const texts: Record<string, string> = { ...files };
  for (const { file, line, column, reference, replacement } of rows) {
    const text = texts[file] ?? '';
    const at = text.indexOf(reference, lineStart(text, line) + column - 1);
    texts[file] = text.slice(0, at) + replacement + text.slice(at + reference.length);
  }
  return texts;
}

type Region = Readonly<Record<'startLine' | 'startColumn' | 'endLine' | 'endColumn', number>>;
type Sarif = {
  readonly runs: readonly {
    readonly results: readonly {
      readonly fixes?: readonly {
        readonly artifactChanges: readonly {
          readonly artifactLocation: { readonly uri: string };
          readonly replacements: readonly {
            readonly deletedRegion: Region;
            readonly insertedContent: { readonly text: string };
          }[];
        }[];
      }[];
    }[];
  }[];
};

function repairBySarif(files: Readonly<Record<string, string>>, { runs }: Sarif): Record<string, string> {
  const texts: Record<string, string> = { ...files };
  const changes = runs
    .flatMap(({ results }) => results)
    .flatMap(({ fixes = [] }) => fixes.flatMap(({ artifactChanges }) => artifactChanges));
  for (const { artifactLocation, replacements } of changes) {
    for (const { deletedRegion: region, insertedContent } of replacements) {
      const text = texts[artifactLocation.uri] ?? '';
      const start = lineStart(text, region.startLine) + region.startColumn - 1;
      const end = lineStart(text, region.endLine) + region.endColumn - 1;
      texts[artifactLocation.uri] = text.slice(0, start) + insertedContent.text + text.slice(end);
    }
  }
  return texts;
}
