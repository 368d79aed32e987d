import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { arch } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { extractMember } from '../../../src/registry/install/archive.ts';
import { DOWNLOAD_TIMES, download } from '../../../src/registry/install/download.ts';
import { installCrane } from '../../../src/registry/install/install.ts';
import {
  assetFor,
  DEFAULT_CRANE_VERSION,
  downloadUrl,
  isAtLeast,
  parseVersion,
  pinnedChecksum,
} from '../../../src/registry/install/pins.ts';
import { tarOf } from '../../fakes/runner/tar.ts';
import { ENV, makeFolder, removeFolders } from '../crane/stub.ts';

const script = (version: string): string => `#!/bin/sh\necho ${version}\n`;
const sum = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');
const ARCHIVE = tarOf({ name: 'LICENSE', body: 'x' }, { name: 'crane', body: script('9.9.9') });
const GIVEN = { path: '', version: '', downloadUrl: '', checksum: '' };
const OWN = { ...GIVEN, version: 'v9.9.9', checksum: sum(ARCHIVE) };

// The tool cache tells its debug lines to a runner; nobody here wants them.
const write = process.stdout.write.bind(process.stdout);
beforeAll(() => {
  jest
    .spyOn(process.stdout, 'write')
    .mockImplementation((chunk) => String(chunk).startsWith('::debug::') || write(chunk));
});
afterAll(() => void jest.restoreAllMocks());

const cacheBefore = process.env.RUNNER_TOOL_CACHE;
let cache = '';
let servers: Server[] = [];
beforeEach(() => {
  cache = makeFolder();
  process.env.RUNNER_TOOL_CACHE = cache;
});
afterEach(() => {
  process.env.RUNNER_TOOL_CACHE = cacheBefore;
  for (const server of servers) server.closeAllConnections();
  for (const server of servers) server.close();
  servers = [];
  removeFolders();
});

function setup(files: readonly Uint8Array[] = [ARCHIVE]) {
  const lines: string[] = [];
  const urls: string[] = [];
  const deps = {
    download: async (url: string) => {
      urls.push(url);
      const file = files[Math.min(urls.length, files.length) - 1];
      if (file === undefined) throw new Error('connect ENETUNREACH');
      return file;
    },
    log: { info: (line: string) => void lines.push(line), warning: (line: string) => void lines.push(line) },
    env: ENV,
    temp: makeFolder(),
  };
  return { deps, lines, urls };
}

function executable(text: string, folder = makeFolder()): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'crane');
  writeFileSync(file, text, { mode: 0o755 });
  return file;
}

const slot = () => join(cache, 'crane', '9.9.9', arch());

function fillCache(text: string, kept?: string): void {
  executable(text, slot());
  writeFileSync(`${slot()}.complete`, '');
  if (kept !== undefined) writeFileSync(join(slot(), 'crane.sha256'), kept);
}

describe('a download', () => {
  it('is checked, unpacked, kept, and not repeated', async () => {
    const { deps, urls } = setup();
    const first = await installCrane(OWN, deps);
    expect(first).toMatchObject({ file: join(first.staged ?? '', 'crane'), version: '9.9.9' });
    expect(readFileSync(join(slot(), 'crane.sha256'), 'utf8').trim()).toBe(sum(script('9.9.9')));
    expect(await installCrane(OWN, deps)).toEqual({ file: join(slot(), 'crane'), version: '9.9.9' });
    expect(urls).toHaveLength(1);
  });

  it('that the machine does not start is told as that, and not as another version', async () => {
    // What a folder mounted with `noexec` says differs in the code alone.
    const archive = tarOf({ name: 'crane', body: '#!/nowhere/sh\n' });
    const { deps } = setup([archive]);
    await expect(installCrane({ ...OWN, checksum: sum(archive) }, deps)).rejects.toMatchObject({
      code: 'crane',
      message: expect.stringMatching(/^crane was fetched, but cannot be started: spawn .*ENOENT/),
      hint: expect.stringContaining(`let programs be started from ${deps.temp}`),
    });
  });

  it('is not taken from this run when another job fills the cache anew', async () => {
    const { file } = await installCrane(OWN, setup().deps);
    rmSync(slot(), { recursive: true });
    expect(readFileSync(file, 'utf8')).toBe(script('9.9.9'));
  });

  it('tells nobody the login of its address', async () => {
    const { deps, lines } = setup();
    const address = 'https://me:secret-word@host.example/crane.tar.gz';
    await installCrane({ ...OWN, downloadUrl: address }, deps);
    expect(lines.join()).toContain('from https://host.example/crane.tar.gz');
    const failing = installCrane({ ...OWN, downloadUrl: address, version: '9.9.7' }, setup([]).deps);
    await expect(failing).rejects.not.toMatchObject({ message: expect.stringContaining('secret-word') });
  });

  it.each([
    ['another checksum', [tarOf({ name: 'crane', body: 'x' })], OWN, /sha256 .* not /, 2],
    ['nobody who answers', [], OWN, /cannot be fetched from .*ENETUNREACH/, 1],
    [
      'another version inside',
      [ARCHIVE],
      { ...OWN, version: '9.9.8' },
      /holds crane 9\.9\.9, not 9\.9\.8/,
      1,
    ],
    [
      'a version without a sum',
      [ARCHIVE],
      { ...OWN, checksum: '' },
      /checksum of crane 9\.9\.9 .* not known/,
      0,
    ],
    ['a version that is none', [ARCHIVE], { ...OWN, version: '../x' }, /is not a valid version/, 0],
  ])('fails for %s', async (_name, files, request, message, downloads) => {
    const { deps, urls } = setup(files);
    await expect(installCrane(request, deps)).rejects.toMatchObject({
      code: 'crane',
      message: expect.stringMatching(message),
      hint: expect.stringMatching(/./),
    });
    expect(urls).toHaveLength(downloads);
    expect(existsSync(slot())).toBe(false);
  });

  it('names the three ways out', async () => {
    const failing = installCrane(OWN, setup([]).deps);
    await expect(failing).rejects.toMatchObject({
      hint: expect.stringMatching(/crane-path.*tool cache.*crane-download-url/),
    });
  });

  it('is tried again once when it does not fit', async () => {
    const { deps } = setup([ARCHIVE.subarray(0, 50), ARCHIVE]);
    expect((await installCrane(OWN, deps)).version).toBe('9.9.9');
  });

  it('is used without a tool cache, too', async () => {
    delete process.env.RUNNER_TOOL_CACHE;
    const { deps, lines } = setup();
    expect((await installCrane(OWN, deps)).file.startsWith(deps.temp)).toBe(true);
    expect(lines.join()).toContain('not kept');
  });

  it('is not made for a platform that has no crane', async () => {
    const { deps } = setup();
    await expect(installCrane(GIVEN, { ...deps, platform: 'aix' })).rejects.toThrow('not built for aix');
  });
});

describe('the tool cache', () => {
  it.each([
    ['with its sum', sum(script('9.9.9')), 0],
    ['filled by hand', undefined, 0],
    ['with another sum', sum('x'), 1],
  ])('%s', async (_name, kept, downloads) => {
    fillCache(script('9.9.9'), kept);
    const { deps, urls, lines } = setup();
    const { file, staged = slot() } = await installCrane(OWN, deps);
    expect(file).toBe(join(staged, 'crane'));
    expect(urls).toHaveLength(downloads);
    expect(lines.join().includes('by hand')).toBe(kept === undefined);
  });

  it('is not run when it was changed, and not used when it is another version', async () => {
    const witness = join(makeFolder(), 'ran');
    fillCache(`#!/bin/sh\ntouch ${witness}\necho 9.9.9\n`, sum('the real one'));
    await installCrane(OWN, setup().deps);
    expect(existsSync(witness)).toBe(false);
    expect(readFileSync(join(slot(), 'crane'), 'utf8')).toBe(script('9.9.9'));
    fillCache(script('1.0.0'));
    const { deps, urls } = setup();
    await installCrane(OWN, deps);
    expect(urls).toHaveLength(1);
  });
});

describe('crane-path', () => {
  it.each([
    [script('v0.22.1'), '', '0.22.1'],
    [script('0.23.0'), '', '0.23.0'],
    [script('0.20.3'), '0.20.3', '0.20.3'],
  ])('takes %j for %j', async (text, version, found) => {
    const file = executable(text);
    expect(await installCrane({ ...GIVEN, path: file, version }, setup().deps)).toEqual({
      file,
      version: found,
    });
  });

  it.each([
    [script('0.20.3'), '', 'lacks security fixes'],
    [script('0.22.1'), '0.21.9', 'asks for 0.21.9'],
    ['#!/bin/sh\nexit 1\n', '', 'does not run'],
    [script('(devel)'), '', 'does not run'],
  ])('refuses %j for %j', async (text, version, message) => {
    const path = executable(text);
    await expect(installCrane({ ...GIVEN, path, version }, setup().deps)).rejects.toThrow(message);
  });
});

describe('extractMember', () => {
  it.each([
    ['out of many', tarOf({ name: 'a', body: 'x'.repeat(600) }, { name: 'crane', body: 'yes' }), 'yes'],
    ['with a dot before it', tarOf({ name: './crane', body: 'yes' }), 'yes'],
    [
      'but no path that leads out',
      tarOf({ name: '../../crane', body: 'no' }, { name: '/crane', body: 'no' }),
      null,
    ],
    ['but no link', tarOf({ name: 'crane', type: '2' }), null],
    ['but none that is not there', tarOf({ name: 'gcrane', body: 'no' }), null],
  ])('%s', (_name, archive, expected) =>
    expect(extractMember(archive, 'crane')?.toString() ?? null).toBe(expected),
  );

  it('throws for what is cut or no archive', () => {
    expect(() => extractMember(ARCHIVE.subarray(0, 60), 'crane')).toThrow();
    expect(() => extractMember(Buffer.from('no'), 'crane')).toThrow();
  });
});

describe('pins', () => {
  it('know the default version on the hosted runners', () => {
    for (const [platform, machine] of [
      ['linux', 'x64'],
      ['linux', 'arm64'],
      ['darwin', 'arm64'],
      ['win32', 'x64'],
    ] as const) {
      const asset = assetFor(platform, machine);
      expect(asset && pinnedChecksum(DEFAULT_CRANE_VERSION, asset)).toMatch(/^[0-9a-f]{64}$/);
    }
    expect(pinnedChecksum('__proto__', { os: 'Linux', arch: 'x86_64', member: 'crane' })).toBeNull();
  });

  it.each([
    [
      '',
      'https://github.com/google/go-containerregistry/releases/download/v1.2.3/go-containerregistry_Linux_x86_64.tar.gz',
    ],
    ['https://a.example/{version}/{os}-{arch}-{other}', 'https://a.example/1.2.3/Linux-x86_64-{other}'],
  ])('%j becomes %s', (template, url) => {
    expect(downloadUrl(template, '1.2.3', { os: 'Linux', arch: 'x86_64', member: 'crane' })).toBe(url);
  });

  it.each([
    ['v1.2.3', '1.2.3'],
    ['1.2.3-rc.1\n', '1.2.3-rc.1'],
    ['1.2', null],
    ['1.2.3/..', null],
  ])('%j is version %s', (text, version) => expect(parseVersion(text)).toBe(version));

  it.each([
    ['0.22.1', true],
    ['0.22.10', true],
    ['1.0.0', true],
    ['0.22.0', false],
    ['0.9.9', false],
  ])('%s is new enough: %s', (version, expected) => expect(isAtLeast(version, '0.22.1')).toBe(expected));
});

describe('the download door', () => {
  const times = { ...DOWNLOAD_TIMES, connect: 200, firstByte: 200, stall: 200, backoff: 1 };
  const settings = { registries: {}, proxy: { https: '', http: '', no: '' }, ca: [], userAgent: 'test' };
  const clock = { now: () => performance.now(), sleep: async () => undefined };

  async function serve(
    answer: (path: string, count: number) => [number, Record<string, string>, Uint8Array | null],
  ) {
    let count = 0;
    const server = createServer((request, response) => {
      count += 1;
      const [status, headers, body] = answer(request.url ?? '', count);
      if (status === 0) return;
      response.writeHead(status, headers);
      if (body === null) response.flushHeaders();
      response.end(body ?? undefined);
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return {
      get: () => download(`${origin}/a`, settings, { clock, redact: (text) => text }, times),
      count: () => count,
    };
  }

  it.each([
    [
      'a relative redirect',
      (path: string) => (path === '/a' ? [302, { location: 'b' }, null] : [200, {}, ARCHIVE]),
      2,
    ],
    ['one 503', (_: string, count: number) => (count === 1 ? [503, {}, null] : [200, {}, ARCHIVE]), 2],
    ['one silence', (_: string, count: number) => (count === 1 ? [0, {}, null] : [200, {}, ARCHIVE]), 2],
  ] as const)('passes %s', async (_name, answer, requests) => {
    const { get, count } = await serve(answer as Parameters<typeof serve>[0]);
    expect(Buffer.from(await get()).equals(ARCHIVE)).toBe(true);
    expect(count()).toBe(requests);
  });

  it.each([
    ['404', [404, {}, null], 'not-found', 1],
    ['503', [503, {}, null], 'server-error', 2],
    ['silence', [0, {}, null], 'timeout', 2],
    ['a body that stalls', [200, { 'content-length': '99' }, Buffer.from('x')], 'timeout', 2],
  ] as const)('says soon what is wrong: %s', async (_name, answer, reason, requests) => {
    const { get, count } = await serve(() => [answer[0], answer[1], answer[2]]);
    await expect(get()).rejects.toMatchObject({ reason });
    expect(count()).toBe(requests);
  });

  it('ends within ten seconds where nobody answers', () => {
    const { connect, firstByte, backoff } = DOWNLOAD_TIMES;
    expect(2 * Math.max(connect, firstByte) + backoff).toBeLessThan(10_000);
  });
});
