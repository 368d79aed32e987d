// How the bundle gets its crane when the way there is broken: one clear error, or a repair. What has not the right
// checksum is never unpacked, and what was changed in the tool cache is never run.

import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { arch, tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { image, push } from '../../demo/images.mjs';
import { freePort, type RunningRegistry, startRegistry } from '../fakes/registries/registries.ts';
import { type ActionResult, runAction } from '../fakes/runner/bundle.ts';
import { tool } from '../fakes/runner/places.ts';

type Entry = { name: string; body?: Buffer; type?: string; link?: string };
type Serve = (response: ServerResponse, path: string, count: number) => void;

const VERSION = '0.22.1';

function tarOf(...entries: Entry[]): Buffer {
  const blocks = entries.flatMap(({ name, body = Buffer.alloc(0), type = '0', link = '' }) => {
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write('0000755\0', 100);
    header.write(`${body.length.toString(8).padStart(11, '0')}\0`, 124);
    header.write(type, 156);
    header.write(link, 157);
    header.write('ustar\x0000', 257);
    return [header, body, Buffer.alloc((512 - (body.length % 512)) % 512)];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]), { level: 1 });
}

const sum = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const script = (text: string): Buffer => Buffer.from(`#!/bin/sh\n${text}\n`);

let good: Buffer;
let registry: RunningRegistry;
let folder = '';
const open: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  good = tarOf({ name: 'LICENSE' }, { name: 'crane', body: readFileSync(tool('crane')) });
  registry = await startRegistry();
  await push(registry.url, 'lib/app', image('A'), ['1']);
  await push(registry.url, 'm/lib/app', image('A'), ['1']);
});
afterAll(() => registry.stop());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bootstrap-'));
  for (const name of ['tools', 'temp']) mkdirSync(join(folder, name));
});
afterEach(async () => {
  for (const stop of open.splice(0)) await stop();
  rmSync(folder, { recursive: true, force: true });
});

async function serve(answer: Serve): Promise<{ url: string; count: () => number }> {
  let count = 0;
  const server = createServer((request, response) => {
    count += 1;
    answer(response, request.url ?? '', count);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/crane_{version}_{os}_{arch}.tar.gz`, count: () => count };
}

function run(inputs: Readonly<Record<string, string>>): Promise<ActionResult> {
  return runAction({
    config: `mirror: ${registry.host}/m\nimages:\n  - { source: "${registry.host}/lib/app", tags: ["1"] }\n`,
    inputs: { 'crane-path': '', ...inputs },
    env: { RUNNER_TOOL_CACHE: join(folder, 'tools'), RUNNER_TEMP: join(folder, 'temp') },
  });
}

function download(url: string, archive: Buffer): Record<string, string> {
  return { 'crane-version': VERSION, 'crane-download-url': url, 'crane-checksum': sum(archive) };
}

function expectOneError(result: ActionResult, words: RegExp): void {
  const errors = result.commands.filter((one) => one.name === 'error');
  expect([result.code, result.outputs.status, errors.length]).toEqual([1, 'failed', 1]);
  expect(errors[0]?.data).toMatch(words);
  expect(result.summary).toContain('Mirror failed');
  expect(result.seconds).toBeLessThan(20);
  expect(existsSync(join(folder, 'tools/crane', VERSION, `${arch()}.complete`))).toBe(false);
}

describe('repairs', () => {
  it('a relative redirect is followed, and the next run finds crane in the tool cache', async () => {
    const { url, count } = await serve((response, path) => {
      if (path.startsWith('/crane_')) response.writeHead(302, { location: 'mirrored/it' }).end();
      else response.end(good);
    });
    const first = await run(download(url, good));
    expect([first.code, first.outputs.status, count()]).toEqual([0, 'fresh', 2]);
    const second = await run(download(url, good));
    expect([second.code, second.stdout.includes('from the tool cache'), count()]).toEqual([0, true, 2]);
  });

  it('a download that is cut once is made again', async () => {
    const { url, count } = await serve((response, _path, at) => {
      response.writeHead(200, { 'content-length': good.length });
      if (at > 1) response.end(good);
      else response.write(good.subarray(0, 1_000_000), () => response.destroy());
    });
    const result = await run(download(url, good));
    expect([result.code, result.outputs.status, count()]).toEqual([0, 'fresh', 2]);
  });

  it('a changed crane in the tool cache is not run, and fetched again', async () => {
    const { url, count } = await serve((response) => response.end(good));
    await run(download(url, good));
    const cached = join(folder, 'tools/crane', VERSION, arch(), 'crane');
    writeFileSync(cached, script(`touch '${folder}/was-run'; echo ${VERSION}`), { mode: 0o755 });
    const result = await run(download(url, good));
    expect([result.code, result.outputs.status, count()]).toEqual([0, 'fresh', 2]);
    expect(existsSync(join(folder, 'was-run'))).toBe(false);
    expect(sum(readFileSync(cached))).toBe(sum(readFileSync(tool('crane'))));
  });
});

describe('one clear error', () => {
  it('for another checksum; nothing is unpacked', async () => {
    const evil = tarOf({ name: 'crane', body: script(`touch '${folder}/was-run'; echo ${VERSION}`) });
    const { url, count } = await serve((response) => response.end(evil));
    expectOneError(await run(download(url, good)), /has sha256 [0-9a-f]{64}, not .*not unpacked/);
    expect([count(), existsSync(join(folder, 'was-run'))]).toEqual([2, false]);
  });

  it.each<[string, Serve, RegExp]>([
    ['a download that is cut each time', (response) => response.end(good.subarray(0, 1_000)), /has sha256/],
    ['a page with 200', (response) => response.end('<html>log in</html>'), /has sha256/],
    ['503', (response) => response.writeHead(503).end(), /cannot be fetched.*503.*crane-path/],
    ['404', (response) => response.writeHead(404).end(), /cannot be fetched.*404.*crane-path/],
    [
      'a redirect in a circle',
      (response, path) => response.writeHead(302, { location: path }).end(),
      /redirects/,
    ],
    [
      'a redirect to a file',
      (response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
      /not followed/,
    ],
  ])('for %s', async (_name, answer, words) => {
    const { url } = await serve(answer);
    expectOneError(await run(download(url, good)), words);
  });

  it('for a network without an answer', async () => {
    const url = `http://127.0.0.1:${await freePort()}/x`;
    expectOneError(
      await run(download(url, good)),
      /cannot be fetched.*ECONNREFUSED.*crane-path.*crane-download-url/,
    );
  });

  it.each<[string, Entry[]]>([
    [
      'that climbs',
      [
        { name: '../crane', body: script('true') },
        { name: '../../crane', body: script('true') },
      ],
    ],
    ['with an absolute path', [{ name: '/crane', body: script('true') }]],
    ['with crane in a folder', [{ name: 'bin/crane', body: script('true') }]],
    ['with crane as a link', [{ name: 'crane', type: '2', link: '/bin/sh' }]],
  ])('for an archive %s', async (_name, entries) => {
    const archive = tarOf(...entries);
    const { url } = await serve((response) => response.end(archive));
    expectOneError(await run(download(url, archive)), /holds no file crane/);
    expect(readdirSync(folder).sort()).toEqual(['temp', 'tools']);
  });

  it('for an archive with another version', async () => {
    const archive = tarOf({ name: 'crane', body: script('echo 0.1.0') });
    const { url } = await serve((response) => response.end(archive));
    expectOneError(await run(download(url, archive)), /holds crane 0\.1\.0, not 0\.22\.1/);
  });

  it.each([
    ['0.19.0', '', /0\.19\.0, which lacks security fixes/],
    [VERSION, '0.23.0', /is crane 0\.22\.1, `crane-version` asks for 0\.23\.0/],
  ])('for `crane-path` of version %s where "%s" is wanted', async (version, wanted, words) => {
    const file = join(folder, 'temp', 'crane');
    writeFileSync(file, script(`echo ${version}`), { mode: 0o755 });
    expectOneError(await run({ 'crane-path': file, 'crane-version': wanted }), words);
  });
});
