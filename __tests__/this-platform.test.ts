// What platforms differ in, on the very one that this runs on and with nothing faked: CI runs it on Linux, macOS and Windows.
// It needs Node and the packages alone.

import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, sep } from 'node:path';
import { createSecureContext, getCACertificates } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createJournal, readJournal } from '../src/files/journal.ts';
import { findFiles } from '../src/files/paths.ts';
import { prepareReport, writeReport } from '../src/files/report-file.ts';
import { readReportFiles } from '../src/files/report-files.ts';
import { normalPath, readInside } from '../src/files/workspace.ts';
import { runCommand } from '../src/registry/crane/exec.ts';
import { assetFor, DEFAULT_CRANE_VERSION, pinnedChecksum } from '../src/registry/install/pins.ts';
import { beatsOf, isStill, nodeTree } from './fakes/runner/process-tree.ts';
import { body, MIRROR } from './plan/steps/builders.ts';

/** What crane and its helpers are given, with names as `inputs.ts` passes them on. */
const ENV = Object.fromEntries(
  ['PATH', 'SYSTEMROOT'].map((name) => [name, process.env[name] ?? '']).filter(([, value]) => value !== ''),
);
const ROOT = join(import.meta.dirname, '..');

let folder: string;
let workspace: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'this platform é#%20-'));
  workspace = join(folder, 'Work');
  mkdirSync(workspace);
});
afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));

function put(path: string, text: string): string {
  const file = join(workspace, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

const textOf = async (path: string) => Buffer.from(await readInside(workspace, path)).toString();

describe('a process', () => {
  it('that is deaf is ended with all that it started', async () => {
    const [own, child] = [join(folder, 'own'), join(folder, 'child')];
    const over = new AbortController();
    const watch = setInterval(() => beatsOf(own) > 0 && beatsOf(child) > 0 && over.abort(), 20);
    const command = { file: process.execPath, args: nodeTree(own, child), env: ENV, grace: 500 };
    expect((await runCommand({ ...command, signal: over.signal })).how).toBe('cancelled');
    clearInterval(watch);
    expect([await isStill(own), await isStill(child)]).toEqual([true, true]);
  });

  it('is told by its code, its words and its lines', async () => {
    const say = "console.log('one\\r\\ntwo'); console.error('three'); process.exitCode = 3";
    const command = { file: process.execPath, args: ['-e', say], env: ENV, deadline: 30_000 };
    const { how, code, stderr } = await runCommand(command);
    expect([how, code, stderr.trim()]).toEqual(['exit', 3, 'three']);
    const lines: string[] = [];
    await runCommand({ ...command, onLine: (line) => lines.push(line.trim()) > 0 });
    expect(lines).toEqual(['one', 'two']);
  });

  it('that is not there is unstarted', async () => {
    const ended = await runCommand({ file: join(folder, 'crane'), args: [], env: ENV, deadline: 30_000 });
    expect(ended.how).toBe('unstarted');
  });
});

describe('a file of the workspace', () => {
  const LONG = Array.from({ length: 12 }, (_, at) => `a-folder-with-a-long-name-${at}`).join('/');

  it.each(['images.yaml', 'ci/über uns #1/100% [a].yaml', `${LONG}/images.yaml`])(
    'is read: %s',
    async (path) => {
      const file = put(path, 'text');
      expect(await textOf(path)).toBe('text');
      expect(await textOf(file)).toBe('text');
      expect(await textOf(path.split('/').join(sep))).toBe('text');
      expect(normalPath(workspace, path.split('/').join(sep))).toBe(path);
      expect(normalPath(workspace, file)).toBe(path);
      expect(findFiles(workspace, ['**/*.yaml']).paths).toEqual([[path]]);
    },
  );

  it('is one file in any spelling that the system takes for it', async () => {
    put('images.yaml', 'text');
    const other = join(folder, 'WORK', 'images.yaml');
    const isOne = existsSync(other);
    expect(normalPath(workspace, other)).toBe(isOne ? 'images.yaml' : other);
    const report = { reportPath: join(workspace, 'IMAGES.yaml'), workspace, configPath: 'images.yaml' };
    const prepared = prepareReport(report).then(
      () => 'taken',
      (thrown: Error) => thrown.message.split(': ').at(-1),
    );
    expect(await prepared).toBe(isOne ? 'it is the images config' : 'taken');
  });

  it.each(['con', 'nul', 'aux.yaml', 'images.yaml:stream', 'a?b'])(
    'is never a device or a stream: %s is missing, and nothing hangs',
    async (path) => {
      put('images.yaml', 'text');
      await expect(readInside(workspace, path)).rejects.toThrow(/there is no file|is not a file|is outside/);
    },
  );

  it('is not reached by a link that leads out', async () => {
    const secret = join(folder, 'secret');
    mkdirSync(secret);
    writeFileSync(join(secret, 'a.yaml'), 'secret');
    // Anybody may make a junction on Windows; elsewhere it is a link.
    symlinkSync(secret, join(workspace, 'link'), 'junction');
    await expect(readInside(workspace, 'link/a.yaml')).rejects.toThrow('is outside the workspace');
    expect(findFiles(workspace, ['**/*.yaml']).paths).toEqual([[]]);
  });
});

it('reports are written, and found by patterns with the separators of the system', async () => {
  const temp = join(folder, 'temp');
  const reportPath = join(temp, 'deep', 'deeper', 'report.json');
  await prepareReport({ reportPath, workspace, configPath: 'images.yaml' });
  await writeReport(reportPath, { version: 3 });
  await writeReport(reportPath, { version: 3, again: true });
  expect(JSON.parse(readFileSync(reportPath, 'utf8'))).toEqual({ version: 3, again: true });
  put('reports/a/report.json', '{}');
  const places = { workspace, temp, reportPath: '' };
  const names = async (pattern: string) => (await readReportFiles([pattern], places)).map(({ file }) => file);
  expect(await names(join('reports', '**', '*.json'))).toEqual(['reports/a/report.json']);
  expect(await names('reports/**/*.json')).toEqual(['reports/a/report.json']);
  expect(await names(join(temp, '**', '*.json'))).toEqual(['deep/deeper/report.json']);
});

it('a journal is written, read and taken away, with its folder', async () => {
  const path = join(folder, 'journals', '1-2.jsonl');
  const journal = createJournal(path, {});
  await journal.intend({ mirror: MIRROR, step: 0, tag: 'a', previous: null, next: body('A').digest });
  expect((await readJournal(path)).intents).toHaveLength(1);
  await journal.settle(MIRROR);
  expect(existsSync(dirname(path))).toBe(false);
});

it('the certificates of the system can be used', () => {
  const ca = [...getCACertificates('default'), ...getCACertificates('system')];
  expect(() => createSecureContext({ ca })).not.toThrow();
});

it('the pinned crane is known here', () => {
  const asset = assetFor(process.platform, process.arch);
  expect(asset && pinnedChecksum(DEFAULT_CRANE_VERSION, asset)).toMatch(/^[0-9a-f]{64}$/);
});

it.each(['dist/index.js', 'dist/package.json', 'schema/images.schema.json', '__tests__/data/fnmatch.json'])(
  'Git leaves the ends of lines of %s alone',
  (file) => {
    expect(readFileSync(join(ROOT, file), 'latin1')).not.toContain('\r\n');
  },
);

// Windows checks files out with CR and LF where nobody says otherwise: actions/checkout does.
it('the bundle reads a config with CR and LF, from a folder with any name, and loads its parts from there', () => {
  const dist = join(folder, 'a b#c%20d', 'dist');
  cpSync(join(ROOT, 'dist'), dist, { recursive: true });
  put(
    'ci/images.yaml',
    'mirror: mirror.invalid/m\r\nimages:\r\n  - source: up.invalid/app\r\n    tags: ["1"]\r\n    signed-by: [{ key: no.pub }]\r\n',
  );
  put('no.pub', 'no key\r\n');
  const output = put('output', '');
  const env = {
    ...ENV,
    RUNNER_TEMP: folder,
    GITHUB_WORKSPACE: workspace,
    GITHUB_OUTPUT: output,
    INPUT_MODE: 'check',
    INPUT_CONFIG: join('ci', 'images.yaml'),
    INPUT_SUMMARY: 'false',
  };
  const { status, stdout } = spawnSync(process.execPath, [join(dist, 'index.js')], { env, encoding: 'utf8' });
  expect(stdout).toContain('ci/images.yaml names signers whose keys or trusted roots cannot be used');
  expect(stdout).toContain('file=ci/images.yaml,line=4,col=12::');
  expect(status).toBe(1);
  expect(readFileSync(output, 'utf8')).toContain('failed');
});
