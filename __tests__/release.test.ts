// What is released: the tag fits package.json and the changelog, the archive starts, checksums are those of its files, and
// checksums of crane are taken over only where the release, its checksums.txt and what is known agree.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { addPins } from '../tools/crane-checksums.ts';
import { checksumLines, mistakesOf, notesOf, pack } from '../tools/release.ts';

const CHANGELOG =
  '# Changelog\n\n## Unreleased\n\n## 1.2.3 (2026-12-01)\n\n- New: one.\n\n## 1.2.2\n\n- Old.\n';
const manifest = (version: string): string => JSON.stringify({ version });

describe('the tag of a release', () => {
  it.each([
    ['v1.2.3', '1.2.3', []],
    ['v1.2.3', '1.2.2', ['package.json says 1.2.2, the tag 1.2.3']],
    ['v1.2.4', '1.2.4', ['CHANGELOG.md says nothing under "## 1.2.4"']],
    ['v1', '1.2.3', ['v1 is not a tag like v1.2.3']],
    ['v1.2.3-rc1', '1.2.3', ['v1.2.3-rc1 is not a tag like v1.2.3']],
    ['1.2.3', '1.2.3', ['1.2.3 is not a tag like v1.2.3']],
  ])('%s with package.json at %s', (tag, version, mistakes) => {
    expect(mistakesOf(tag, manifest(version), CHANGELOG)).toEqual(mistakes);
  });

  it('takes its notes from its own part of the changelog', () => {
    expect(notesOf('v1.2.3', CHANGELOG)).toBe('- New: one.');
    expect(notesOf('v1.2', CHANGELOG)).toBe('');
    expect(notesOf('v1.2.2', CHANGELOG)).toBe('- Old.');
  });
});

const out = mkdtempSync(join(tmpdir(), 'fresh-mirror-release-'));
afterAll(() => rmSync(out, { recursive: true, force: true }));

it('the files of a release: an archive that starts, both schemas, what is inside, and checksums that sha256sum accepts', () => {
  pack('v9.9.9', out);
  expect(readdirSync(out).sort()).toEqual([
    'checksums.txt',
    'fresh-mirror-v9.9.9.tar.gz',
    'images.schema.json',
    'report.schema.json',
    'sbom.spdx.json',
  ]);
  const sums = spawnSync('sha256sum', ['--check', '--strict', 'checksums.txt'], {
    cwd: out,
    encoding: 'utf8',
  });
  expect([sums.status, sums.stdout.match(/: OK/g)?.length]).toEqual([0, 4]);
  expect(spawnSync('tar', ['-xzf', 'fresh-mirror-v9.9.9.tar.gz'], { cwd: out }).status).toBe(0);
  const unpacked = join(out, 'fresh-mirror-v9.9.9');
  expect(readdirSync(unpacked)).toEqual(expect.arrayContaining(['action.yml', 'dist', 'LICENSE', 'schema']));
  const started = spawnSync(process.execPath, [join(unpacked, 'dist/index.js'), 'help'], {
    encoding: 'utf8',
    cwd: unpacked,
  });
  expect(`${started.stdout}${started.stderr}`).toContain('lint');

  const list = JSON.parse(readFileSync(join(out, 'sbom.spdx.json'), 'utf8'));
  const inside = list.packages.map(({ name }: { name: string }) => name);
  const { dependencies, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
  expect(inside).toEqual(expect.arrayContaining(Object.keys(dependencies)));
  const builders = ['typescript', 'jest', '@vercel/ncc', '@biomejs/biome'];
  expect(Object.keys(devDependencies)).toEqual(expect.arrayContaining(builders));
  expect(inside.filter((name: string) => builders.includes(name))).toEqual([]);
});

it('lines of checksums are those of sha256sum', () => {
  expect(checksumLines([{ name: 'a', bytes: Buffer.from('') }])).toBe(
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  a\n',
  );
});

describe('checksums of crane', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((digit) => digit.repeat(64)) as [string, string, string];
  const linux = 'go-containerregistry_Linux_x86_64.tar.gz';
  const darwin = 'go-containerregistry_Darwin_arm64.tar.gz';
  const published = `${a}  ${linux}\n${b} *${darwin}\n${c}  something-else.tar.gz\n`;
  const pins = { '0.22.1': { Linux_x86_64: a } };

  it('of a new version stand first, in the order of their names', () => {
    const next = addPins(pins, '0.23.0', published, { [linux]: a, [darwin]: b, 'checksums.txt': c });
    expect(Object.entries(next)).toEqual([
      ['0.23.0', { Darwin_arm64: b, Linux_x86_64: a }],
      ['0.22.1', { Linux_x86_64: a }],
    ]);
  });

  it('of a known version stay, and are completed', () => {
    const next = addPins(pins, '0.22.1', published, { [linux]: a, [darwin]: b });
    expect(next).toEqual({ '0.22.1': { Linux_x86_64: a, Darwin_arm64: b } });
    expect(addPins(pins, '0.22.1', published, { [linux]: a })).toEqual(pins);
  });

  it.each([
    ['an archive that is not what checksums.txt says', { [linux]: b }, '0.23.0', /checksums\.txt says a{64}/],
    [
      'an archive that checksums.txt does not name',
      { 'go-containerregistry_Linux_arm64.tar.gz': a },
      '0.23.0',
      /says nothing/,
    ],
    ['a known archive that changed', { [linux]: a }, '0.22.0', /was c{64} when it was pinned/],
    ['a known archive that is gone', { [darwin]: b }, '0.22.1', /no archive for Linux_x86_64 any more/],
    ['no archive at all', {}, '0.23.0', /there is no archive/],
  ])('%s stops it', (_what, found, version, message) => {
    const known = { ...pins, '0.22.0': { Linux_x86_64: c } };
    expect(() => addPins(known, version, published, found as Record<string, string>)).toThrow(message);
  });

  it('everything that disagrees is told at once', () => {
    expect(() => addPins(pins, '0.22.1', published, { [linux]: b })).toThrow(
      /checksums\.txt says.*\n.*when it was pinned/,
    );
  });
});
