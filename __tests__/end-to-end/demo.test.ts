// The demo as a stranger sees it: one screen that shows what the action is for, no workflow command, and nothing left
// behind, however it ends.

import { type ChildProcess, spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
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

type Started = { child: ChildProcess; text: () => string; ended: Promise<number | null> };

function start(more: Readonly<Record<string, string>> = {}, root = ROOT): Started {
  const env = { PATH: CLEAN_PATH, TMPDIR: temp, HOME: temp, ...more };
  const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe'];
  const child = spawn(NODE, ['demo/run.mjs'], { cwd: root, env, stdio, detached: true });
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

it.each([
  ['in a terminal of 60 columns', { COLUMNS: '60' }, 60],
  ['in one that is hardly one', { COLUMNS: '3' }, 40],
  ['without colours', { NO_COLOR: '1' }, 100],
  ['with colours', { FORCE_COLOR: '3' }, 100],
  ['in a workflow', { GITHUB_ACTIONS: 'true', CI: 'true', RUNNER_DEBUG: '1' }, 100],
])('%s it is plain text whose sentences fit', async (_where, env, width) => {
  const { text, ended } = start(env);
  expect([await ended, text()]).toEqual([0, expect.stringContaining('Done in')]);
  const colour = String.fromCharCode(27);
  expect(text().includes(colour)).toBe(false);
  expect(text()).not.toMatch(/^::|::(?:debug|notice|warning|error|group|add-mask|set-output|save-state)/m);
  // Rows have columns of their own, and what may be copied stays whole.
  const sentences = text()
    .split('\n')
    .filter((line) => /^(?:Upstream is|By Friday)|^ {4}(?:refused|The tag|deployment)/.test(line));
  expect(sentences.length).toBeGreaterThan(3);
  expect(sentences.filter((line) => line.length > width)).toEqual([]);
});

it('whoever stops reading ends it: nothing is left behind, and no mistake is told', async () => {
  const { child, text, ended } = start();
  while (!text().includes('Upstream is')) await new Promise((resolve) => setTimeout(resolve, 5));
  child.stdout?.destroy();
  expect(await ended).toBe(141);
  while (running().length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(readdirSync(temp)).toEqual([]);
  expect(text()).not.toMatch(/Error|EPIPE| at /);
});

it('a machine without crane, without a way to it and without Go is told what to install', async () => {
  const root = join(temp, 'clone');
  mkdirSync(root);
  for (const folder of ['demo', 'src', '__tests__', 'package.json']) {
    symlinkSync(join(ROOT, folder), join(root, folder));
  }
  // The demo finds its folder by its own place: a copy of it, not a link.
  rmSync(join(root, 'demo'));
  cpSync(join(ROOT, 'demo'), join(root, 'demo'), { recursive: true });
  mkdirSync(join(root, 'tools'));
  const { text, ended } = start(
    { PATH: temp, HTTPS_PROXY: 'http://127.0.0.1:9', NODE_USE_ENV_PROXY: '1' },
    root,
  );
  expect(await ended).toBe(1);
  expect(text()).toMatch(
    /^The demo cannot start: go cannot be run, and there is no crane in .*\.tools\/bin: install Go 1\.26 or newer/m,
  );
  expect(text()).not.toContain('    at ');
  expect(readdirSync(join(root, '.tools/bin'))).toEqual([]);
}, 60_000);

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

it('Ctrl-C reaches everything that it started, at once: still it just ends', async () => {
  for (let round = 0; round < 5; round++) {
    const { child, text, ended } = start();
    // It, the story, and both registries, which are being filled.
    while (running().length < 4) await new Promise((resolve) => setTimeout(resolve, 1));
    process.kill(-(child.pid ?? 0), 'SIGINT');
    expect([await ended, text()]).toEqual([130, expect.not.stringContaining('Error')]);
    while (running().length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(readdirSync(temp)).toEqual([]);
  }
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
