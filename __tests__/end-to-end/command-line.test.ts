// `node dist/index.js lint` from a clone: findings on a terminal, an exit code, and nothing left behind.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { CLEAN_PATH, NODE, ROOT } from '../fakes/runner/places.ts';
import { digest } from '../plan/lint/sites.ts';

const CONFIG = `mirror: ghcr.io/acme/mirror
approved: [quay.io/acme]
references: [{ file: vars.yml, key: IMAGES }]
`;
const folders: string[] = [];
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'clone-'));
  folders.push(folder);
  writeFileSync(join(folder, 'images.yaml'), CONFIG);
  writeFileSync(join(folder, 'vars.yml'), 'IMAGES:\n  a: quay.io/acme/a:1\n  b: "::error::x"\n');
});
afterAll(() => {
  for (const one of folders) rmSync(one, { recursive: true, force: true });
});

function terminal(args: readonly string[], program: readonly string[] = [NODE, join(ROOT, 'dist/index.js')]) {
  const [command = '', ...before] = program;
  const env = { PATH: CLEAN_PATH, HOME: folder };
  const { status, stdout, stderr } = spawnSync(command, [...before, ...args], {
    cwd: folder,
    env,
    encoding: 'utf8',
  });
  return { status, lines: stdout.split('\n').slice(0, -1), stderr };
}

it('prints file:line:column level rule message, exits with 1, and leaves no file behind', () => {
  const { status, lines, stderr } = terminal(['lint']);
  expect(status).toBe(1);
  expect(lines.map((line) => line.split(' ').slice(0, 3).join(' '))).toEqual([
    'vars.yml:2:6 error not-pinned',
    'vars.yml:3:6 error malformed',
  ]);
  expect(stderr).toBe('lint failed: 2 errors in 2 references of 1 file\n');
  expect(readdirSync(folder).sort()).toEqual(['images.yaml', 'vars.yml']);
});

it('exits with 0 when all is well', () => {
  writeFileSync(join(folder, 'vars.yml'), `IMAGES:\n  a: quay.io/acme/a:1@${digest('a')}\n`);
  const { status, lines, stderr } = terminal(['lint']);
  expect([status, lines, stderr]).toEqual([0, ['lint passed: nothing found in 1 reference of 1 file'], '']);
});

it('takes the inputs that make sense there as arguments', () => {
  writeFileSync(join(folder, 'other.yaml'), CONFIG);
  const { status } = terminal([
    'lint',
    '--config',
    'other.yaml',
    '--sarif=lint.sarif',
    '--report',
    'r.json',
    '--fail-on',
    'never',
  ]);
  expect(status).toBe(0);
  expect(JSON.parse(readFileSync(join(folder, 'lint.sarif'), 'utf8')).version).toBe('2.1.0');
  expect(JSON.parse(readFileSync(join(folder, 'r.json'), 'utf8')).config).toBe('other.yaml');
});

it.each([
  [['lint', '--nonsense'], /--nonsense/],
  [['sync'], /"sync" cannot be run from the command line/],
  [['lint', '--fail-on', 'often'], /fail-on: "often" is not one of/],
  [['lint', '--config', 'missing.yaml'], /there is no file missing\.yaml/],
])('%j is refused with a sentence', (args, words) => {
  const { status, stderr } = terminal(args);
  expect([status, stderr]).toEqual([1, expect.stringMatching(words)]);
});

it('explains itself', () => {
  const { status, lines } = terminal(['--help']);
  expect([status, lines[0]]).toEqual([0, 'usage: node dist/index.js lint [options]']);
});

it('the hook for pre-commit names a program that is there and can be started', () => {
  const [hook] = parse(readFileSync(join(ROOT, '.pre-commit-hooks.yaml'), 'utf8'));
  const [program = '', ...args] = (hook.entry as string).split(' ');
  expect(terminal(args, [join(ROOT, program)]).lines).toHaveLength(2);
});
