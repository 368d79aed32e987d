import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';
import { normalPath, readInside } from '../../src/files/workspace.ts';

const folder = mkdtempSync(join(tmpdir(), 'workspace-'));
const workspace = join(folder, 'work');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

mkdirSync(join(workspace, 'sub'), { recursive: true });
writeFileSync(join(workspace, 'images.yaml'), 'mirror: a\n');
writeFileSync(join(workspace, '..images.yaml'), 'dots in a name\n');
writeFileSync(join(folder, 'secret.yaml'), 'secret');
symlinkSync(join(folder, 'secret.yaml'), join(workspace, 'link.yaml'));
symlinkSync('images.yaml', join(workspace, 'inner.yaml'));
writeFileSync(join(workspace, 'huge.yaml'), '');
truncateSync(join(workspace, 'huge.yaml'), 17 * 1024 * 1024);

it.each([
  ['images.yaml', 'mirror: a\n'],
  ['sub/../images.yaml', 'mirror: a\n'],
  ['inner.yaml', 'mirror: a\n'],
  ['..images.yaml', 'dots in a name\n'],
])('reads %s', async (path, expected) => {
  expect(Buffer.from(await readInside(workspace, path)).toString()).toBe(expected);
});

// As on macOS, where /tmp is a link, and on runners with linked work folders.
const linked = join(folder, 'linked');
symlinkSync(workspace, linked);

it.each([
  [workspace, 'images.yaml', 'images.yaml'],
  [workspace, './images.yaml', 'images.yaml'],
  [workspace, 'sub/../images.yaml', 'images.yaml'],
  [workspace, 'sub//images.yaml', 'sub/images.yaml'],
  [workspace, join(workspace, 'images.yaml'), 'images.yaml'],
  [workspace, join(linked, 'images.yaml'), 'images.yaml'],
  [linked, join(workspace, 'sub/images.yaml'), 'sub/images.yaml'],
  [linked, join(linked, 'images.yaml'), 'images.yaml'],
  [linked, 'inner.yaml', 'inner.yaml'],
  [workspace, 'not/there.yaml', 'not/there.yaml'],
  [workspace, '../secret.yaml', '../secret.yaml'],
  [workspace, '/etc/hostname', '/etc/hostname'],
])('in %s, %s is %s', (root, path, expected) => {
  expect(normalPath(root, path)).toBe(expected);
});

it('reads an absolute path in a workspace that is a link', async () => {
  expect(Buffer.from(await readInside(linked, join(linked, 'images.yaml'))).toString()).toBe('mirror: a\n');
  expect(Buffer.from(await readInside(linked, join(workspace, 'images.yaml'))).toString()).toBe(
    'mirror: a\n',
  );
});

it.each([
  ['missing.yaml', 'there is no file missing.yaml'],
  ['../secret.yaml', 'is outside the workspace'],
  ['link.yaml', 'is outside the workspace'],
  ['/etc/hostname', 'is outside the workspace'],
  ['sub', 'is not a file'],
  ['huge.yaml', 'more than an images config may have'],
])('refuses %s: %s', async (path, message) => {
  await expect(readInside(workspace, path)).rejects.toThrow(message);
});
