// `node dist/index.js lint` and `import` from a clone: findings and configs on a terminal, an exit code, and nothing left
// behind.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { parseConfig } from '../../src/config/images/parse.ts';
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

const REGSYNC = `creds: [{ registry: a.io, pass: hunter2 }]
sync:
- { source: a.io/x:1, target: m.io/m/x:1, type: image }
- { source: a.io/x:2, target: m.io/m/x:3, type: image }
`;
const LOGIN =
  'old.yml:1:27: warning: the login for a.io is not imported (log in before this step: docker/login-action with registry: a.io, username: and password: from secrets)';

describe('import', () => {
  beforeEach(() => writeFileSync(join(folder, 'old.yml'), REGSYNC));

  it('prints an images config, and on stderr what means something else here', () => {
    const { status, lines, stderr } = terminal(['import', 'old.yml']);
    const text = `${lines.join('\n')}\n`;
    expect(parseConfig(Buffer.from(text), 'images.yaml').config.entries).toHaveLength(1);
    expect(stderr.split('\n')).toEqual([
      LOGIN,
      'old.yml:4:3: warning: a tag keeps its name on the mirror: 2 does not become 3 (use the tag of upstream, or keep this one where it is made now)',
      'imported from regsync: 1 entry, and 1 comment to decide on',
      '',
    ]);
    expect([status, stderr.includes('hunter2'), text.includes('hunter2')]).toEqual([0, false, false]);
    expect(readdirSync(folder).sort()).toEqual(['images.yaml', 'old.yml', 'vars.yml']);
  });

  it('writes to a file that is not there yet, and never over another', () => {
    const first = terminal(['import', 'old.yml', '--to', 'new.yaml']);
    expect([first.status, first.lines]).toEqual([0, []]);
    expect(first.stderr).toContain('1 comment to decide on in new.yaml\n');
    const text = readFileSync(join(folder, 'new.yaml'), 'utf8');
    const again = terminal(['import', 'old.yml', '--to', 'new.yaml']);
    expect([again.status, again.stderr]).toEqual([1, expect.stringContaining('new.yaml is there already')]);
    expect(readFileSync(join(folder, 'new.yaml'), 'utf8')).toBe(text);
  });

  it('the error for a config of another tool names a command that works once the repository is there', () => {
    const { stderr, lines } = terminal(['lint', '--config', 'old.yml']);
    const command = / && node \.\.\/fresh-mirror\/bin\/fresh-mirror (import old\.yml --to images\.yaml)/.exec(
      [...lines, stderr].join('\n'),
    )?.[1];
    rmSync(join(folder, 'images.yaml'));
    const { status } = terminal(command?.split(' ') ?? [], [join(ROOT, 'bin/fresh-mirror')]);
    expect(status).toBe(0);
    const { config } = parseConfig(readFileSync(join(folder, 'images.yaml')), 'images.yaml');
    expect(config.entries).toHaveLength(1);
  });

  it.each([
    [['import'], /there is no file to import/],
    [['import', 'a', 'b'], /b is a second file/],
    [['import', 'missing.yml'], /there is no file missing\.yml/],
    [['import', '.'], /\. cannot be read/],
    [['import', 'old.yml', '--from', 'x'], /--from: x is not one of regsync, skopeo, image-syncer, dregsy/],
    [['import', 'old.yml', '--from', 'skopeo'], /skopeo sync has its destination on the command line/],
    [['import', 'old.yml', '--mirror', 'acme'], /--mirror: the mirror "acme" does not name a registry/],
    [['import', 'old.yml', '--to', 'no/such/folder'], /no\/such\/folder cannot be written/],
    [['import', 'vars.yml'], /vars\.yml is not a file of regsync, skopeo, image-syncer, dregsy/],
    [['import', 'old.yml', '--nonsense'], /--nonsense/],
    [['import', 'old.yml', '--destination', '0'], /--destination takes a number from 1 to 999/],
    [['import', 'old.yml', '--env', 'hunter2'], /^(?!.*hunter2).*--env takes a variable as NAME=VALUE/s],
  ])('%j is refused with a sentence', (args, words) => {
    const { status, lines, stderr } = terminal(args);
    expect([status, lines]).toEqual([1, []]);
    expect(stderr).toMatch(words);
    expect(stderr).not.toMatch(/\n {4}at /);
  });

  it('a config of which nothing is certain is printed and exits with 1', () => {
    writeFileSync(join(folder, 'old.yml'), 'sync: [{ source: a.io/x:2, target: m.io/m/x:3, type: image }]\n');
    const { status, lines, stderr } = terminal(['import', 'old.yml']);
    expect([status, lines]).toEqual([1, expect.arrayContaining(['# images:', '  # - source: a.io/x'])]);
    expect(stderr).toContain('imported from regsync: 0 entries, and 1 comment to decide on\n');
  });

  it('explains itself', () => {
    const { status, lines } = terminal(['import', '--help']);
    expect([status, lines[0]]).toEqual([0, 'usage: node dist/index.js import FILE [options]']);
  });

  it('npm run import is the same, and the package has a program of its name', () => {
    const { scripts, bin } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect(scripts.import).toBe('node bin/fresh-mirror import');
    expect(terminal(['import', 'old.yml'], [join(ROOT, bin)]).status).toBe(0);
  });
});
