// What registries say is shown as words and nothing else: in the log, in annotations, the summary, outputs, the report
// and crane's arguments.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it } from '@jest/globals';
import { image, push } from '../../demo/images.mjs';
import { expectInert, HOSTILE } from '../fakes/faults/hostile-text.ts';
import { startRegistry } from '../fakes/registries/registries.ts';
import { type ActionResult, runAction, tagsIn } from '../fakes/runner/bundle.ts';
import { tool } from '../fakes/runner/places.ts';

const folder = mkdtempSync(join(tmpdir(), 'hostile-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of open.splice(0)) await stop();
});

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** What may stand in a header at all: Node refuses the rest on either side. */
function headerText(text: string): string {
  return text.replace(/[^\t\x20-\x7e\x80-\xff]/g, ' ').slice(0, 4_000);
}

/** A refusal with the text as message (0), code, plain body, phrase, or page of HTML (4), and in headers. */
function refuse(response: ServerResponse, text: string, form: number): void {
  const json = (error: object): string => JSON.stringify({ errors: [error] });
  const headers = {
    'content-type': form === 4 ? 'text/html' : 'application/json',
    'docker-content-digest': headerText(text),
    'retry-after': headerText(text),
    warning: `299 - "${headerText(text).replaceAll('"', '')}"`,
  };
  const bodies = [
    json({ code: 'DENIED', message: text }),
    json({ code: text, message: 'no' }),
    text,
    '',
    text,
  ];
  response.writeHead(400, headerText(form === 3 ? text : 'Bad'), headers).end(bodies[form]);
}

/** A crane that writes down its arguments, one to a line. */
function watchedCrane(): { file: string; args: () => string[] } {
  const file = join(folder, `crane-${open.length}-${Math.random()}`);
  writeFileSync(`${file}.args`, '');
  writeFileSync(file, `#!/bin/sh\nprintf '%s\\n' "$@" >> '${file}.args'\nexec '${tool('crane')}' "$@"\n`, {
    mode: 0o755,
  });
  return { file, args: () => readFileSync(`${file}.args`, 'utf8').split('\n').slice(0, -1) };
}

function run(upstream: string, mirror: string, tags: readonly string[], crane = ''): Promise<ActionResult> {
  return runAction({
    config: `mirror: ${mirror}/m\nimages:\n  - { source: "${upstream}/lib/app", tags: ${JSON.stringify(tags)}, new-tags: ignore }\n`,
    inputs: crane === '' ? {} : { 'crane-path': crane },
    env: { FRESH_MIRROR_PATIENCE: '0.01', RUNNER_DEBUG: '1' },
  });
}

it('there are two hundred strings and more', () => expect(new Set(HOSTILE).size).toBeGreaterThan(200));

const HALF = Math.ceil(HOSTILE.length / 2);
const FORMS = ['message', 'code', 'body', 'phrase', 'page'].flatMap((form, at) => [
  [form, at, HOSTILE.slice(0, HALF)] as const,
  [form, at, HOSTILE.slice(HALF)] as const,
]);

// In halves, since a summary shows two hundred rows.
it.each(FORMS)('in refusals of the upstream registry: %s', async (_form, form, texts) => {
  const upstream = await serve((request, response) => {
    const at = Number(/manifests\/t(\d+)$/.exec(request.url ?? '')?.[1] ?? -1);
    if (request.url?.includes('/tags/list')) response.end('{"tags":["t0"]}');
    else if (at < 0) response.end();
    else if (request.method === 'HEAD') response.writeHead(405).end();
    else refuse(response, texts[at] ?? '', form);
  });
  const tags = texts.map((_, at) => `t${at}`);
  const result = await run(upstream, upstream, tags);
  expect([result.code, result.outputs['failed-count']]).toEqual([1, String(tags.length)]);
  // One annotation for the one cause, and the verdict.
  expectInert(result, 2);
  const report = result.report as { failed: { message: string; detail: string }[] };
  const told = report.failed.map(({ message, detail }) => `${message} ${detail}`);
  expect(told.filter((text) => /[\n\u001b\u202e\u0000]|##\[/.test(text))).toEqual([]);
});

it('in names of a tag list', async () => {
  const { index } = image('A');
  const upstream = await serve((request, response) => {
    const headers = { 'content-type': index.mediaType, 'docker-content-digest': index.digest };
    if (request.url?.includes('/tags/list')) response.end(JSON.stringify({ tags: [...HOSTILE, 'sound'] }));
    else if (request.url === '/v2/lib/app/manifests/sound') {
      response.writeHead(200, headers).end(request.method === 'HEAD' ? undefined : index.bytes);
    } else if (request.url?.includes('/manifests/')) response.writeHead(404).end();
    else response.end();
  });
  const crane = watchedCrane();
  const result = await runAction({
    config: `mirror: ${upstream}/m\nimages:\n  - { source: "${upstream}/lib/app", tags: ["*"] }\n`,
    inputs: { mode: 'check', 'crane-path': crane.file },
    env: { FRESH_MIRROR_PATIENCE: '0.01', RUNNER_DEBUG: '1' },
  });
  expect(tagsIn(result, 'stale')).toEqual(['sound']);
  // A name with a line end in it may leave a piece that looks like a tag; upstream does not have it.
  const rows = JSON.parse(result.outputs.failed ?? '') as { tag: string; reason: string }[];
  expect(rows.filter((row) => row.reason !== 'not-found' || !/^\w[\w.-]{0,127}$/.test(row.tag))).toEqual([]);
  expectInert(result, Math.min(rows.length, 10) + 1);
  const known = new Set([
    'version',
    'auth',
    'get',
    'ls',
    '--insecure',
    '--',
    upstream,
    'source.fence.invalid/lib/app',
  ]);
  expect(crane.args().filter((arg) => !known.has(arg))).toEqual([]);
});

it('in refusals that crane prints', async () => {
  const registry = await startRegistry();
  open.push(() => registry.stop());
  let at = 0;
  const mirror = await serve((request, response) => {
    if (request.url === '/v2/') response.end();
    else if (request.method === 'HEAD' || request.method === 'GET') response.writeHead(404).end();
    else refuse(response, HOSTILE[at++ % HOSTILE.length] ?? '', at % 3);
  });
  const tags = Array.from({ length: 40 }, (_, number) => `t${number}`);
  for (const tag of tags) await push(registry.url, 'lib/app', image(tag, { layerBytes: 64 }), [tag]);
  const crane = watchedCrane();
  const result = await run(registry.host, mirror, tags, crane.file);
  expect([result.code, result.outputs['failed-count']]).toEqual([1, '40']);
  expect(at).toBeGreaterThan(40);
  expectInert(result, 2);
  const odd = crane
    .args()
    .filter(
      (arg) =>
        !/^(?:[a-z]+|\d|--|--jobs|--insecure|(?:127\.0\.0\.1:\d+|(?:source|mirror)\.fence\.invalid)(?:\/[a-z/]+(?:@sha256:[a-f0-9]{64})?)?)$/.test(
          arg,
        ),
    );
  expect(odd).toEqual([]);
}, 120_000);
