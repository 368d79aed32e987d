// The files that `references:` names: which are found, in which order, and what becomes of those that are not read.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { formatDiagnostic } from '../../src/base/errors/diagnostic.ts';
import type { ReferenceSource } from '../../src/config/references/sources.ts';
import { readReferenceFiles } from '../../src/files/references.ts';

let top = '';
let workspace = '';

beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'references-'));
  workspace = join(top, 'work');
  mkdirSync(workspace);
});
// Node cannot remove what lies deeper than a path is long.
afterEach(() => {
  spawnSync('rm', ['-rf', top]);
});

function put(path: string, text: string): void {
  mkdirSync(dirname(join(workspace, path)), { recursive: true });
  writeFileSync(join(workspace, path), text);
}

const place = { file: 'images.yaml', line: 9, column: 3 };
const reader = { kind: 'field', field: 'image', approvedKey: null } as const;
const patterns = (include: string[], exclude: string[] = []): ReferenceSource => {
  return { include, exclude, isPattern: true, reader, bump: true, bumpTags: null, place };
};
const oneFile = (path: string): ReferenceSource => {
  return { include: [path], exclude: [], isPattern: false, reader, bump: true, bumpTags: null, place };
};

async function read(...sources: ReferenceSource[]): Promise<string[]> {
  const { files, mistakes } = await readReferenceFiles(workspace, sources);
  const sites = files.flatMap((file) =>
    file.sites.map((site) => `${site.file}:${site.line} ${site.written}`),
  );
  return [...sites, ...mistakes.map(formatDiagnostic)];
}

describe('patterns', () => {
  const TREE = [
    'b.yaml',
    'a/b.yaml',
    'a/c/b.yaml',
    'a/c/B.yaml',
    'a/c/b.yml',
    'a/[x].yaml',
    '.github/b.yaml',
    'a-b.yaml',
  ];

  it.each<[string, readonly string[]]>([
    ['b.yaml', ['b.yaml']],
    ['./b.yaml', ['b.yaml']],
    ['*.yaml', ['a-b.yaml', 'b.yaml']],
    ['**/b.yaml', ['.github/b.yaml', 'a/b.yaml', 'a/c/b.yaml', 'b.yaml']],
    ['a/**', ['a/[x].yaml', 'a/b.yaml', 'a/c/B.yaml', 'a/c/b.yaml', 'a/c/b.yml']],
    ['a/**/b.yaml', ['a/b.yaml', 'a/c/b.yaml']],
    ['**/c/**/b.y*', ['a/c/b.yaml', 'a/c/b.yml']],
    ['a/*/?.yaml', ['a/c/B.yaml', 'a/c/b.yaml']],
    ['a/c/[!B].yaml', ['a/c/b.yaml']],
    ['a/c/[AB].yaml', ['a/c/B.yaml']],
    ['a/[[]x].yaml', ['a/[x].yaml']],
    ['**/**/**/b.yml', ['a/c/b.yml']],
    ['a/c/b.y**', ['a/c/b.yaml', 'a/c/b.yml']],
  ])('%s', async (pattern, wanted) => {
    for (const path of TREE) put(path, 'image: x\n');
    expect(await read(patterns([pattern]))).toEqual(wanted.map((path) => `${path}:1 x`));
  });

  it('files that are left out, and one that several patterns match', async () => {
    for (const path of TREE) put(path, 'image: x\n');
    expect(await read(patterns(['a/**/*.yaml', 'a/*.yaml'], ['a/c/**']))).toEqual([
      'a/[x].yaml:1 x',
      'a/b.yaml:1 x',
    ]);
  });

  it('stars that would make a regular expression try for ever', async () => {
    put(`${'a'.repeat(200)}.yaml`, 'image: x\n');
    put(`${'d/'.repeat(60)}a.yaml`, 'image: x\n');
    expect(await read(patterns([`${'*a'.repeat(60)}b`, `${'**/d/'.repeat(30)}b`]))).toHaveLength(2);
  });

  it('a pattern that matches nothing', async () => {
    put('a.yaml', 'image: x\n');
    expect(await read(patterns(['*.yaml', 'b/*.yaml']))).toEqual([
      'a.yaml:1 x',
      'images.yaml:9:3: error: no file matches "b/*.yaml" (check the pattern, which begins at the root of the repository; ** is for any folders)',
    ]);
  });

  it('braces, which other programs know', async () => {
    put('a.yaml', 'image: x\n');
    put('{{ name }}/a.yaml', 'image: y\n');
    expect(await read(patterns(['*.{yaml,yml}', '{{*}}/*.yaml']))).toEqual([
      '{{ name }}/a.yaml:1 y',
      'images.yaml:9:3: error: no file matches "*.{yaml,yml}" (braces stand for themselves; write a list, as in ["**/*.yaml", "**/*.yml"])',
    ]);
  });

  it('more than 2,000 files', async () => {
    for (let at = 0; at < 2001; at++) put(`${String(at).padStart(4, '0')}.yaml`, 'image: x\n');
    const lines = await read(patterns(['*.yaml']));
    expect(lines).toHaveLength(2001);
    expect(lines.at(-1)).toBe(
      'images.yaml:9:3: error: more than 2000 files hold references (write patterns that match fewer files, or use exclude:)',
    );
  });
});

describe('what is never read', () => {
  it('.git, at any depth, also by a link', async () => {
    put('.git/a.yaml', 'image: secret\n');
    put('sub/.git/a.yaml', 'image: secret\n');
    symlinkSync('.git/a.yaml', join(workspace, 'b.yaml'));
    symlinkSync('.git', join(workspace, 'c'));
    const told = 'leads to .git, which is never read (name a file of the repository)';
    expect(await read(patterns(['**']))).toEqual([`images.yaml:9:3: error: b.yaml ${told}`]);
    expect(await read(oneFile('c/a.yaml'))).toEqual([`images.yaml:9:3: error: c/a.yaml ${told}`]);
  });

  it('what lies outside the workspace', async () => {
    writeFileSync(join(top, 'out.yaml'), 'image: secret\n');
    symlinkSync('../out.yaml', join(workspace, 'a.yaml'));
    symlinkSync('..', join(workspace, 'up'));
    const hint = '(name a file of the repository; links that lead out of it are not followed)';
    expect(await read(patterns(['**']))).toEqual([
      `images.yaml:9:3: error: a.yaml is outside the workspace ${hint}`,
    ]);
    expect(await read(oneFile('up/out.yaml'))).toEqual([
      `images.yaml:9:3: error: up/out.yaml is outside the workspace ${hint}`,
    ]);
    expect(await read(oneFile('../out.yaml'))).toHaveLength(1);
  });

  it('what is missing, a folder, binary or too large', async () => {
    mkdirSync(join(workspace, 'folder'));
    put('binary.yaml', 'image: x\0\n');
    put('large.yaml', '');
    truncateSync(join(workspace, 'large.yaml'), 1024 * 1024 + 1);
    const lines = await read(...['none.yaml', 'folder', 'binary.yaml', 'large.yaml'].map(oneFile));
    expect(lines.map((line) => line.replace(/ \(.*/, ''))).toEqual([
      'binary.yaml:1:9: error: there is a control character here, U+0000',
      'images.yaml:9:3: error: there is no file none.yaml in the workspace',
      'images.yaml:9:3: error: folder is not a file',
      'images.yaml:9:3: error: large.yaml has 1048577 bytes, more than a file of references may have',
    ]);
  });

  it('a folder that cannot be opened is a mistake: below it nothing was looked at', async () => {
    put('a.yaml', 'image: x\n');
    // Each folder is put into another one, so that no path on the way is too long; at the end the last one's is.
    const [inner, outer] = [join(workspace, '0'.repeat(250)), join(workspace, 'outer')];
    mkdirSync(inner);
    for (let depth = 0; depth < 20; depth++) {
      mkdirSync(outer);
      renameSync(inner, join(outer, '0'.repeat(250)));
      renameSync(outer, inner);
    }
    const lines = await read(patterns(['**/a.yaml']));
    expect(lines[0]).toBe('a.yaml:1 x');
    expect(lines[1]).toMatch(
      /^images.yaml:9:3: error: the folder "0{79}…" cannot be read \(give this user the right/,
    );
    expect(lines).toHaveLength(2);
  });

  it('a link inside the workspace is read, a link that leads nowhere is a mistake', async () => {
    put('a.yaml', 'image: x\n');
    symlinkSync('a.yaml', join(workspace, 'b.yaml'));
    symlinkSync('none.yaml', join(workspace, 'c.yaml'));
    const lines = await read(patterns(['[bc].yaml']));
    expect(lines[0]).toBe('b.yaml:1 x');
    expect(lines[1]).toMatch(/there is no file c.yaml/);
  });
});

it('two sources that read one file find each reference once; a missing key is said where the config names it', async () => {
  put('a.yaml', 'I: {image: x:1}\n');
  const key = { kind: 'key', key: 'I', approvedKey: null } as const;
  const other = { ...oneFile('a.yaml'), reader: key };
  expect(await read(oneFile('a.yaml'), other)).toEqual(['a.yaml:1 x:1']);
  expect(await read({ ...other, reader: { ...key, key: 'J' } })).toEqual([
    'images.yaml:9:3: error: a.yaml has no key "J" (its keys begin with I)',
  ]);
});
