// What differs on Windows and macOS, as far as it can be tried on another machine: paths, how processes end, archives,
// environment. The platform is faked in one place; `this-platform.test.ts` meets the real ones.

import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { arch, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { readSettings } from '../src/inputs.ts';
import { createCredentials } from '../src/registry/crane/credentials.ts';
import { runCommand } from '../src/registry/crane/exec.ts';
import { installCrane } from '../src/registry/install/install.ts';
import { assetFor, downloadUrl } from '../src/registry/install/pins.ts';
import { readProxies } from '../src/registry/network/proxies.ts';
import { craneEnvironment } from '../src/run/open/trust.ts';
import { asPlatform, withPathsOf } from './fakes/runner/platform.ts';
import { beatsOf, isStill, shellBeats } from './fakes/runner/process-tree.ts';
import { tarOf } from './fakes/runner/tar.ts';
import { ENV, removeFolders, stubCrane } from './registry/crane/stub.ts';

let folder: string;
const environment = { ...process.env };
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'platforms-'));
});
afterEach(() => {
  process.env = { ...environment };
  jest.restoreAllMocks();
  removeFolders();
  rmSync(folder, { recursive: true, force: true });
});

describe('paths on Windows', () => {
  const workspace = 'D:\\a\\images\\images';
  const load = () => withPathsOf('win32', () => import('../src/files/workspace.ts'));

  it.each([
    ['images.yaml', 'images.yaml'],
    ['ci\\images.yaml', 'ci/images.yaml'],
    ['.\\ci/../ci\\images.yaml', 'ci/images.yaml'],
    ['D:\\a\\images\\images\\ci\\images.yaml', 'ci/images.yaml'],
    ['D:/a/images/images/ci/images.yaml', 'ci/images.yaml'],
    ['d:\\A\\Images\\images\\images.yaml', 'images.yaml'],
    ['ci\\über uns #1 100%\\images.yaml', 'ci/über uns #1 100%/images.yaml'],
  ])('%s is %s, with the slashes that annotations and branches have', async (path, spelled) => {
    const { normalPath } = await load();
    expect(normalPath(workspace, path)).toBe(spelled);
  });

  it.each([
    '..\\other\\images.yaml',
    'C:\\images.yaml',
    '\\\\server\\share\\images.yaml',
    'D:\\a\\images\\images2\\x',
    'D:..\\x',
    '..',
  ])('%s lies outside and stays as it is written', async (path) => {
    const { normalPath } = await load();
    expect(normalPath(workspace, path)).toBe(path);
  });

  it.each([
    '..\\secret.yaml',
    '..',
    'C:\\secret.yaml',
    '\\\\server\\share\\secret.yaml',
    'D:\\a\\images\\other',
  ])('%s is not read: it is outside', async (path) => {
    const { readInside } = await withFiles({ realpath: async (real: string) => real });
    await expect(readInside(workspace, path)).rejects.toThrow('is outside the workspace');
  });

  it('a link that leads to another drive is not read', async () => {
    const realpath = async (path: string) => (path.endsWith('link.yaml') ? 'C:\\secret.yaml' : path);
    const { readInside } = await withFiles({ realpath });
    await expect(readInside(workspace, 'link.yaml')).rejects.toThrow('is outside the workspace');
  });

  it.each([
    ['C:\\Users\\RUNNER~1\\work', 'C:\\Users\\runneradmin\\work\\ci\\images.yaml'],
    ['C:\\Users\\runneradmin\\work', 'C:\\Users\\RUNNER~1\\work\\ci\\images.yaml'],
  ])('a short name in %s or %s is the same folder', async (root, path) => {
    const long = (short: string) => short.replace('RUNNER~1', 'runneradmin');
    const realpathSync = Object.assign((written: string) => written, { native: long });
    jest.unstable_mockModule('node:fs', () => ({ ...fs, realpathSync }));
    try {
      const { normalPath } = await load();
      expect(normalPath(root, path)).toBe('ci/images.yaml');
    } finally {
      jest.unstable_unmockModule('node:fs');
    }
  });

  async function withFiles(own: object) {
    const real = await import('node:fs/promises');
    jest.unstable_mockModule('node:fs/promises', () => ({ ...real, ...own }));
    try {
      return await load();
    } finally {
      jest.unstable_unmockModule('node:fs/promises');
    }
  }
});

describe.each(['win32', 'darwin'] as const)('a process on %s', (platform) => {
  // It ends by itself in the end: a way that does not end it is a failed test, and not one that hangs.
  it('that does not end by itself is ended', async () => {
    const kill = jest.spyOn(process, 'kill');
    const { file } = stubCrane(`trap "" INT\n${shellBeats('$0.beats')}`);
    const started = new AbortController();
    const watch = setInterval(() => beatsOf(`${file}.beats`) > 0 && started.abort(), 20);
    const command = { file, args: [], env: ENV, signal: started.signal, grace: 50 };
    const ended = await asPlatform(platform, () => runCommand(command));
    clearInterval(watch);
    expect([ended.how, ended.code]).toEqual(['cancelled', null]);
    expect(await isStill(`${file}.beats`)).toBe(true);
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

it('on Windows, taskkill ends a process with all that it started', async () => {
  const system = join(folder, 'System32');
  const beats = join(folder, 'beats');
  const taskkill = join(system, 'taskkill.exe');
  mkdirSync(system);
  writeFileSync(
    taskkill,
    `#!/bin/sh\necho "$*" > '${folder}/asked'\nkill -9 "$(cat '${folder}/helper')" "$2"\n`,
  );
  chmodSync(taskkill, 0o755);
  const { file } = stubCrane(
    `(${shellBeats(beats)}) & echo $! > '${folder}/helper'; echo $$ > '${folder}/id'; wait`,
  );
  const started = new AbortController();
  const watch = setInterval(() => beatsOf(beats) > 0 && started.abort(), 20);
  const command = { file, args: [], env: { ...ENV, SYSTEMROOT: folder }, signal: started.signal };
  const ended = await asPlatform('win32', () => runCommand(command));
  clearInterval(watch);
  expect(ended.how).toBe('cancelled');
  const id = readFileSync(join(folder, 'id'), 'utf8').trim();
  expect(readFileSync(join(folder, 'asked'), 'utf8').trim()).toBe(`/pid ${id} /t /f`);
  expect(await isStill(beats)).toBe(true);
});

describe.each([
  ['win32', 'Windows', 'crane.exe'],
  ['darwin', 'Darwin', 'crane'],
] as const)('crane on %s', (platform, os, member) => {
  const machine = arch() === 'x64' ? 'x86_64' : arch();

  it(`is ${member} of the archive for ${os}, put into the tool cache and found there again`, async () => {
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
    const first = await asPlatform(platform, () => installCrane(request, deps));
    const second = await asPlatform(platform, () => installCrane(request, deps));
    expect(first.file.endsWith(member)).toBe(true);
    expect(readFileSync(first.file, 'utf8')).toContain('9.9.9');
    const { staged, version } = first;
    expect([staged !== undefined, version]).toEqual([true, '9.9.9']);
    expect(second).toEqual({ file: expect.stringMatching(`crane.9\\.9\\.9.*${member}$`), version });
    expect(urls).toEqual([expect.stringContaining(`/v9.9.9/go-containerregistry_${os}_${machine}.tar.gz`)]);
  });
});

// .goreleaser.yml of go-containerregistry: the names of its archives, whose suffix is tar.gz on every platform.
it.each([
  ['linux', 'x64', 'Linux_x86_64', 'crane'],
  ['linux', 'arm64', 'Linux_arm64', 'crane'],
  ['linux', 'arm', 'Linux_armv6', 'crane'],
  ['darwin', 'arm64', 'Darwin_arm64', 'crane'],
  ['darwin', 'x64', 'Darwin_x86_64', 'crane'],
  ['win32', 'x64', 'Windows_x86_64', 'crane.exe'],
  ['win32', 'arm64', 'Windows_arm64', 'crane.exe'],
])('%s on %s takes %s with %s', (platform, machine, archive, member) => {
  const asset = assetFor(platform, machine);
  expect(asset?.member).toBe(member);
  expect(asset && downloadUrl('', '1.2.3', asset)).toMatch(
    new RegExp(`/v1\\.2\\.3/go-containerregistry_${archive}\\.tar\\.gz$`),
  );
});

it.each([
  ['freebsd', 'x64'],
  ['linux', 'mips'],
])('%s on %s has no crane', (platform, machine) => {
  expect(assetFor(platform, machine)).toBeNull();
});

describe('the environment of a runner', () => {
  const read = (platform: 'win32' | 'linux', own: Record<string, string>) => {
    process.env = { ...own };
    return asPlatform(platform, () => readSettings().environment);
  };

  it('has names in any case on Windows: one variable, whoever wrote it', async () => {
    const found = await read('win32', {
      Https_Proxy: 'http://proxy.example:3128',
      No_Proxy: 'internal.example',
      Ssl_Cert_File: 'C:\\corp.pem',
      Path: 'C:\\Windows',
      UserProfile: 'C:\\Users\\runner',
      Input_Token: 'x',
      Actions_Runtime_Token: 'x',
    });
    expect(found).toEqual({
      HTTPS_PROXY: 'http://proxy.example:3128',
      NO_PROXY: 'internal.example',
      SSL_CERT_FILE: 'C:\\corp.pem',
      PATH: 'C:\\Windows',
      USERPROFILE: 'C:\\Users\\runner',
    });
    expect(readProxies(found)).toEqual({
      https: 'http://proxy.example:3128',
      http: '',
      no: 'internal.example',
    });
  });

  it('keeps its names elsewhere, where http_proxy and Http_Proxy are two', async () => {
    expect(await read('linux', { Http_Proxy: 'x', HOME: '/h' })).toEqual({ Http_Proxy: 'x', HOME: '/h' });
  });

  it('has the home of its user where a service has none: the logins of docker are there', async () => {
    expect(await read('linux', {})).toEqual({ HOME: userInfo().homedir });
    expect(await read('linux', { HOME: '' })).toEqual({ HOME: userInfo().homedir });
    expect(await read('win32', { HOME: '/c/Users/git-bash' })).toEqual({
      HOME: '/c/Users/git-bash',
      USERPROFILE: userInfo().homedir,
    });
  });

  it('is no place for files where there is none: what a terminal needs for a while is not put beside the sources', () => {
    process.env = {};
    expect(readSettings().temp).toBe(tmpdir());
  });

  it.each([
    ['win32', 'USERPROFILE'],
    ['linux', 'HOME'],
  ] as const)('leads to the docker config on %s by %s', async (platform, variable) => {
    const auths = { 'ghcr.io': { registrytoken: 'given' } };
    mkdirSync(join(folder, '.docker'));
    writeFileSync(join(folder, '.docker/config.json'), JSON.stringify({ auths }));
    const { file } = stubCrane('echo "{}"');
    const look = createCredentials(
      { file, env: { ...ENV, HOME: '/nowhere', USERPROFILE: '/nowhere', [variable]: folder } },
      () => undefined,
    );
    expect(await asPlatform(platform, () => look('ghcr.io'))).toEqual({ username: '', secret: 'given' });
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
      REQUEST_METHOD: 'POST',
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

it('two processes of one job have two journals and two reports, also where the second has the id of the first', async () => {
  const paths: string[] = [];
  for (const value of [1_000.5, 2_000.5]) {
    jest.resetModules();
    Object.defineProperty(performance, 'timeOrigin', { value, configurable: true });
    const inputs = await import('../src/inputs.ts');
    paths.push(inputs.journalPath(), inputs.readSettings().reportPath);
    Reflect.deleteProperty(performance, 'timeOrigin');
  }
  expect(new Set(paths).size).toBe(4);
});

it('files whose numbers differ in what a JavaScript number does not hold are two files', async () => {
  const real = await import('node:fs/promises');
  // As on NTFS: the upper bits count how often a place was used, the lower ones are the place.
  const numbers = new Map([
    ['images.yaml', 2n ** 60n + 1n],
    ['report.json', 2n ** 60n + 2n],
  ]);
  const stat = async (path: string, options?: { bigint?: boolean }) => {
    const found = await real.stat(path, { bigint: true });
    const ino = numbers.get(path.split('/').at(-1) ?? '') ?? found.ino;
    return Object.assign(found, options?.bigint ? { ino } : { ino: Number(ino), dev: Number(found.dev) });
  };
  writeFileSync(join(folder, 'images.yaml'), 'mirror: m.example/m\n');
  writeFileSync(join(folder, 'report.json'), '{}');
  jest.resetModules();
  jest.unstable_mockModule('node:fs/promises', () => ({ ...real, stat }));
  const { prepareReport } = await import('../src/files/report-file.ts');
  jest.unstable_unmockModule('node:fs/promises');
  const prepare = (report: string) =>
    prepareReport({ reportPath: join(folder, report), workspace: folder, configPath: 'images.yaml' });
  await expect(prepare('report.json')).resolves.toBeUndefined();
  await expect(prepare('images.yaml')).rejects.toThrow('it is the images config');
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
