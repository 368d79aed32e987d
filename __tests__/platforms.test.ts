// What differs on Windows and macOS, as far as it can be tried on another machine: paths, how processes end, archives,
// environment. The platform is faked in one place; the workflow CI runs the bundle on the real ones.

import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { arch, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { runCommand } from '../src/registry/crane/exec.ts';
import { installCrane } from '../src/registry/install/install.ts';
import { craneEnvironment } from '../src/run/open/trust.ts';
import { asPlatform, withPathsOf } from './fakes/runner/platform.ts';
import { tarOf } from './fakes/runner/tar.ts';
import { ENV, removeFolders, stubCrane } from './registry/crane/stub.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'platforms-'));
});
afterEach(() => {
  jest.restoreAllMocks();
  removeFolders();
  rmSync(folder, { recursive: true, force: true });
});

describe('paths on Windows', () => {
  const workspace = 'D:\\a\\images\\images';
  const normal = async (path: string): Promise<string> => {
    const { normalPath } = await withPathsOf('win32', () => import('../src/files/workspace.ts'));
    return normalPath(workspace, path);
  };

  it.each([
    ['images.yaml', 'images.yaml'],
    ['ci\\images.yaml', 'ci/images.yaml'],
    ['.\\ci/../ci\\images.yaml', 'ci/images.yaml'],
    ['D:\\a\\images\\images\\ci\\images.yaml', 'ci/images.yaml'],
    ['d:\\A\\Images\\images\\images.yaml', 'images.yaml'],
  ])('%s is %s, with the slashes that annotations and branches have', async (path, spelled) => {
    expect(await normal(path)).toBe(spelled);
  });

  it.each([
    '..\\other\\images.yaml',
    'C:\\images.yaml',
    '\\\\server\\share\\images.yaml',
    'D:\\a\\images\\images2\\x',
  ])('%s lies outside and stays as it is written', async (path) => {
    expect(await normal(path)).toBe(path);
  });
});

describe.each(['win32', 'darwin'] as const)('a process on %s', (platform) => {
  it('that does not end by itself is ended', async () => {
    const kill = jest.spyOn(process, 'kill');
    const { file } = stubCrane('trap "" INT; while :; do sleep 0.05; done');
    const command = { file, args: [], env: ENV, deadline: 50, grace: 50 };
    const ended = await asPlatform(platform, () => runCommand(command));
    expect([ended.how, ended.code]).toEqual(['deadline', null]);
    // Windows has no process groups: a negative id would be nobody's.
    const groups = kill.mock.calls.filter(([id]) => Number(id) < 0);
    expect(groups.length > 0).toBe(platform !== 'win32');
  });

  it('that cannot be started is told as that', async () => {
    const command = { file: join(folder, 'no-crane.exe'), args: [], env: ENV };
    const ended = await asPlatform(platform, () => runCommand(command));
    expect(ended.how).toBe('unstarted');
  });
});

describe.each([
  ['win32', 'Windows', 'crane.exe'],
  ['darwin', 'Darwin', 'crane'],
] as const)('crane on %s', (platform, os, member) => {
  const machine = arch() === 'x64' ? 'x86_64' : arch();

  it(`is ${member} of the archive for ${os}, put into the tool cache and found there again`, async () => {
    const before = process.env.RUNNER_TOOL_CACHE;
    process.env.RUNNER_TOOL_CACHE = folder;
    jest.spyOn(process.stdout, 'write').mockReturnValue(true);
    const wrong = { name: member === 'crane' ? 'crane.exe' : 'crane', body: '#!/bin/sh\nexit 1\n' };
    const archive = tarOf({ name: 'README.md', body: 'x' }, wrong, {
      name: member,
      body: '#!/bin/sh\necho 9.9.9\n',
    });
    const urls: string[] = [];
    const lines: string[] = [];
    const deps = {
      download: async (url: string) => {
        urls.push(url);
        return archive;
      },
      log: {
        info: (line: string) => void lines.push(line),
        warning: (line: string) => void lines.push(line),
      },
      env: ENV,
      temp: folder,
    };
    const checksum = createHash('sha256').update(archive).digest('hex');
    const request = { path: '', version: '9.9.9', downloadUrl: '', checksum };
    try {
      const first = await asPlatform(platform, () => installCrane(request, deps));
      const second = await asPlatform(platform, () => installCrane(request, deps));
      expect(first.file.endsWith(member)).toBe(true);
      expect(readFileSync(first.file, 'utf8')).toContain('9.9.9');
      expect(second).toEqual(first);
      expect(urls).toEqual([expect.stringContaining(`/v9.9.9/go-containerregistry_${os}_${machine}.tar.gz`)]);
    } finally {
      process.env.RUNNER_TOOL_CACHE = before;
    }
  });
});

describe('the environment of crane', () => {
  it('keeps what Windows needs, in whatever case, and no proxy, login or secret of the job', () => {
    const environment = {
      Path: 'C:\\Windows',
      SystemRoot: 'C:\\Windows',
      Https_Proxy: 'http://proxy.example',
      Docker_Config: 'C:\\logins',
      UserProfile: 'C:\\Users\\runner',
      USERPROFILE: 'C:\\Users\\runner',
      GitHub_Token: 'x',
      Runner_Temp: 'x',
    };
    expect(craneEnvironment(environment, 'D:\\empty')).toEqual({
      Path: 'C:\\Windows',
      SystemRoot: 'C:\\Windows',
      HOME: 'D:\\empty',
      USERPROFILE: 'D:\\empty',
      DOCKER_CONFIG: 'D:\\empty',
    });
  });
});

describe('a cancelled job', () => {
  // actions/runner, ProcessInvoker: Ctrl-C and Ctrl-Break on Windows, SIGINT and SIGTERM elsewhere.
  it.each(['SIGINT', 'SIGTERM', 'SIGBREAK'] as const)('is heard by %s', async (signal) => {
    jest.resetModules();
    const { cancellation } = await import('../src/cancel.ts');
    expect(cancellation.now.aborted).toBe(false);
    process.emit(signal);
    expect(cancellation.now.aborted).toBe(true);
    process.removeAllListeners(signal);
  });
});
