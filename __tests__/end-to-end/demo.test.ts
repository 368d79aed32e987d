// The demo as a stranger sees it: one screen that shows what the action is for, no workflow command, and nothing left
// behind, however it ends.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { craneAsset, craneVersion } from '../../demo/bring.mjs';
import {
  assetFor,
  DEFAULT_CRANE_VERSION,
  formatAsset,
  pinnedChecksum,
} from '../../src/registry/install/pins.ts';
import { CLEAN_PATH, NODE, ROOT } from '../fakes/runner/places.ts';

const SCREEN = 50;

let temp: string;
beforeEach(() => {
  temp = mkdtempSync(join(tmpdir(), 'demo-test-'));
});
afterEach(() => rmSync(temp, { recursive: true, force: true }));

function start(): { child: ChildProcess; text: () => string; ended: Promise<number | null> } {
  const env = { PATH: CLEAN_PATH, TMPDIR: temp, HOME: temp };
  const child = spawn(NODE, ['demo/run.mjs'], { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
  }
  const ended = new Promise<number | null>((resolve) => child.on('close', (code) => resolve(code)));
  return { child, text: () => text, ended };
}

/** The programs that run with this test's folder for temporary files. */
function running(): string[] {
  const ids = existsSync('/proc') ? readdirSync('/proc').filter((name) => /^\d+$/.test(name)) : [];
  return ids.filter((id) => {
    try {
      return readFileSync(`/proc/${id}/environ`, 'utf8').includes(`TMPDIR=${temp}\0`);
    } catch {
      return false;
    }
  });
}

it('shows check, sync, a proposed line, a refused platform and a finding of lint on one screen', async () => {
  const { text, ended } = start();
  expect([await ended, text()]).toEqual([0, expect.stringContaining('Done in')]);
  const shown = text();
  expect(shown.split('\n').length).toBeLessThanOrEqual(SCREEN);
  expect(Math.max(...shown.split('\n').map((line) => line.length))).toBeLessThanOrEqual(130);
  expect(shown).toMatch(/mode: check .*\n {4}ruby:3\.4-slim +moved/);
  expect(shown).toMatch(/mode: sync .*\n {4}ruby:3\.4-slim +copied/);
  expect(shown).toContain('refused: python:3.13-slim would lose linux/arm64, which the mirror has');
  expect(shown).toContain('Mirror ruby 4.0-slim\n');
  expect(shown).toContain('+     tags: ["3.3-slim", "3.4-slim", "4.0-slim"]\n');
  expect(shown).toMatch(/deployment\.yaml:1:8 not-pinned: /);
  expect(shown.match(/✔/g)).toHaveLength(6);
  expect(shown).not.toMatch(/::[a-z-]+|✘/);
  expect([readdirSync(temp), running()]).toEqual([[], []]);
});

describe('stopped', () => {
  it.each([
    ['SIGINT', 'Upstream is', 130],
    ['SIGTERM', 'mode: check', 143],
    ['SIGHUP', 'mode: sync', 129],
  ] as const)('by %s after "%s" it leaves nothing behind', async (signal, words, code) => {
    const { child, text, ended } = start();
    while (!text().includes(words)) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(running().length).toBeGreaterThan(2);
    child.kill(signal);
    expect(await ended).toBe(code);
    while (running().length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(readdirSync(temp)).toEqual([]);
    expect(text()).not.toContain('Done in');
  });
});

it.each([
  ['linux', 'x64'],
  ['linux', 'arm64'],
  ['darwin', 'x64'],
  ['darwin', 'arm64'],
  ['win32', 'x64'],
])('the crane that it downloads on %s %s is the one that the action knows', (platform, arch) => {
  const asset = assetFor(platform, arch);
  if (asset === null) throw new Error('there is none');
  expect(craneAsset(platform, arch)).toEqual({ name: formatAsset(asset), member: asset.member });
  expect(pinnedChecksum(DEFAULT_CRANE_VERSION, asset)).toMatch(/^[0-9a-f]{64}$/);
  expect(craneVersion(ROOT)).toBe(DEFAULT_CRANE_VERSION);
});
