import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';
import { readInside } from '../../src/files/workspace.ts';

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
