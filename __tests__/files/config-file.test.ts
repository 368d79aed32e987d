// The config as it was read, and what tells one commit from another.

import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';
import { NOTHING_GIVEN } from '../../src/config/images/config.ts';
import { readConfigFile } from '../../src/files/config-file.ts';

const workspace = mkdtempSync(join(tmpdir(), 'config-'));
afterAll(() => rmSync(workspace, { recursive: true, force: true }));

const LINES = ['mirror: m.example/m', 'images:', '  - ruby:3.4-slim # \u00fc', ''];

function read(text: string) {
  writeFileSync(join(workspace, 'images.yaml'), text);
  return readConfigFile({ workspace, configPath: 'images.yaml', given: NOTHING_GIVEN });
}

// Git for Windows writes CR and LF into a workspace: the jobs of a matrix may run on several systems, and `merge` on another.
it('has the sum of its bytes in Git, whatever ends its lines in this workspace', async () => {
  const unix = await read(LINES.join('\n'));
  const windows = await read(LINES.join('\r\n'));
  expect(unix.sha256).toBe(createHash('sha256').update(LINES.join('\n')).digest('hex'));
  expect(windows.sha256).toBe(unix.sha256);
  expect(windows.config.entries).toEqual(unix.config.entries);
  expect(windows.text).toBe(LINES.join('\r\n'));
});

it('has another one for another text', async () => {
  const [one, other] = [await read(LINES.join('\n')), await read(LINES.join('\n').replace('3.4', '3.5'))];
  expect(one.sha256).not.toBe(other.sha256);
});
