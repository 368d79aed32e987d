// A login that fails in five ways, looked for in every place it could turn up: standard output and error, outputs, summary, state,
// report, the arguments and the environment of crane, files left over, the tool cache, the docker config, the debug log.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { image, push } from '../../demo/images.mjs';
import { startRegistry } from '../fakes/registries/registries.ts';
import { startTokenServer } from '../fakes/registries/token-server.ts';
import { type ActionResult, runAction } from '../fakes/runner/bundle.ts';
import { CLEAN_PATH, tool } from '../fakes/runner/places.ts';

const USER = 'mirror-robot';
const CANARY = 'Kn4ry/pass+word"17';
const LOGIN = Buffer.from(`${USER}:${CANARY}`).toString('base64');
/** A secret of the job that the docker config does not hold. */
const JOB = 'ghs_J0bT0kenOfTheJob';
const FORMS = [
  CANARY,
  LOGIN,
  encodeURIComponent(CANARY),
  'Kn4ry',
  Buffer.from(CANARY).toString('base64'),
  JOB,
];

let folder = '';
const open: (() => Promise<unknown>)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'secrets-'));
  for (const name of ['docker', 'temp', 'tools', 'home', 'tmp']) mkdirSync(join(folder, name));
});
afterEach(async () => {
  for (const stop of open.splice(0)) await stop();
  rmSync(folder, { recursive: true, force: true });
});

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function filledRegistry(): Promise<string> {
  const registry = await startRegistry();
  open.push(() => registry.stop());
  await push(registry.url, 'lib/app', image('A', { layerBytes: 64 }), ['1']);
  return registry.host;
}

/** Every file under a folder, as one text with the paths. */
function textOf(path: string): string {
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  return files
    .map((one) => `${one.name}\n${readFileSync(join(one.parentPath, one.name), 'latin1')}`)
    .join('\n');
}

/** One run with the login for `host`; afterwards every sink is searched. */
async function runWithLogin(host: string, upstream: string, mirror: string): Promise<ActionResult> {
  const docker = JSON.stringify({ auths: { [host]: { auth: LOGIN } } });
  writeFileSync(join(folder, 'docker/config.json'), docker);
  const spy = join(folder, 'spy');
  const script = `#!/bin/sh\n{ printf '%s\\n' "$@"; env; } >> '${spy}.seen'\nexec '${tool('crane')}' "$@"\n`;
  writeFileSync(spy, script, { mode: 0o755 });
  const result = await runAction({
    config: `mirror: ${mirror}/m\nimages:\n  - { source: "${upstream}/lib/app", tags: ["1"] }\n`,
    inputs: { 'crane-path': spy, token: JOB },
    env: {
      PATH: CLEAN_PATH,
      DOCKER_CONFIG: join(folder, 'docker'),
      GITHUB_TOKEN: JOB,
      ACTIONS_RUNTIME_TOKEN: JOB,
      RUNNER_DEBUG: '1',
      RUNNER_TEMP: join(folder, 'temp'),
      RUNNER_TOOL_CACHE: join(folder, 'tools'),
      HOME: join(folder, 'home'),
      TMPDIR: join(folder, 'tmp'),
      FRESH_MIRROR_PATIENCE: '0.01',
    },
  });
  const sinks = {
    stdout: result.stdout.replace(/^::add-mask::.*$/gm, ''),
    stderr: result.stderr,
    outputs: JSON.stringify(result.outputs),
    summary: result.summary,
    state: JSON.stringify(result.state),
    report: JSON.stringify(result.report),
    'arguments and environment of crane': readFileSync(`${spy}.seen`, 'utf8'),
    'files left over': ['temp', 'home', 'tmp'].map((name) => textOf(join(folder, name))).join('\n'),
    'tool cache': textOf(join(folder, 'tools')),
  };
  const hits = Object.entries(sinks).flatMap(([sink, text]) => {
    const plain = text.replaceAll('\\', '');
    return FORMS.filter((form) => text.includes(form) || plain.includes(form)).map(
      (form) => `${sink}: ${form}`,
    );
  });
  expect(hits).toEqual([]);
  expect(textOf(join(folder, 'docker'))).toBe(`config.json\n${docker}`);
  return result;
}

function rowOf(result: ActionResult): { reason: string; message: string; detail: string } {
  const { failed } = result.report as { failed: { reason: string; message: string; detail: string }[] };
  return failed[0] ?? { reason: '', message: '', detail: '' };
}

it('a wrong password', async () => {
  const registry = await startRegistry({ auth: 'basic' });
  open.push(() => registry.stop());
  const result = await runWithLogin(registry.host, await filledRegistry(), registry.host);
  expect(rowOf(result)).toMatchObject({ reason: 'denied' });
});

it('a token server that answers 500', async () => {
  const tokens = await startTokenServer({ credentials: `Basic ${LOGIN}` });
  open.push(() => tokens.stop());
  tokens.refuse(500);
  const registry = await startRegistry({ auth: tokens });
  open.push(() => registry.stop());
  const result = await runWithLogin(registry.host, await filledRegistry(), registry.host);
  expect(rowOf(result)).toMatchObject({ reason: 'server-error' });
});

/** Everything that was sent, in every way that a registry may say it. */
function echo({ headers, url }: IncomingMessage, response: ServerResponse, status: number): void {
  const { authorization = '' } = headers;
  const login = Buffer.from(authorization.replace(/^Basic /, ''), 'base64').toString();
  const message = `${authorization} of ${url} is ${login}, ${encodeURIComponent(login)}`;
  const body = JSON.stringify({ errors: [{ code: authorization || 'DENIED', message }] });
  response
    .writeHead(status, login.replace(/[^\x20-\x7e]/g, ''), { 'content-type': 'application/json' })
    .end(body);
}

function challenge(request: IncomingMessage, response: ServerResponse): boolean {
  if (request.headers.authorization !== undefined) return false;
  response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
  return true;
}

it.each([400, 403, 500, 418])('an upstream registry that says with %d what it was sent', async (status) => {
  const upstream = await serve((request, response) => {
    if (challenge(request, response)) return;
    if (request.url === '/v2/') response.end();
    else if (request.method === 'HEAD') response.writeHead(405).end();
    else echo(request, response, status);
  });
  const result = await runWithLogin(upstream, upstream, await filledRegistry());
  expect(rowOf(result).detail).toContain('***');
});

it('a mirror that tells what it was sent with a push', async () => {
  const mirror = await serve((request, response) => {
    if (challenge(request, response)) return;
    if (request.url === '/v2/') response.end();
    else if (request.method === 'HEAD' || request.method === 'GET') response.writeHead(404).end();
    else echo(request, response, 400);
  });
  const result = await runWithLogin(mirror, await filledRegistry(), mirror);
  expect(rowOf(result).detail).toMatch(/^PUT .* 400 /);
  expect(JSON.stringify(result.report)).toContain('***');
});

it('a redirect to another host, which gets no login', async () => {
  const seen: (string | undefined)[] = [];
  const other = await serve((request, response) => {
    seen.push(request.headers.authorization);
    echo(request, response, 400);
  });
  const upstream = await serve((request, response) => {
    if (challenge(request, response)) return;
    if (request.url === '/v2/') response.end();
    else if (request.method === 'HEAD') response.writeHead(405).end();
    else response.writeHead(307, { location: `http://${other}${request.url}` }).end();
  });
  const result = await runWithLogin(upstream, upstream, await filledRegistry());
  expect(rowOf(result)).toMatchObject({ reason: 'unsupported' });
  expect([seen.length > 0, seen.filter((one) => one !== undefined)]).toEqual([true, []]);
});

it('a bearer token that a registry sends back', async () => {
  const token = 'eyJ0eXAi0iJKV1Qi.secret-t0ken.x';
  const upstream = await serve((request, response) => {
    const { authorization } = request.headers;
    const realm = `http://${request.headers.host}/token`;
    if (request.url?.startsWith('/token')) response.end(JSON.stringify({ token }));
    else if (authorization === undefined) {
      response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}",service="x"` }).end();
    } else response.writeHead(400).end(request.method === 'HEAD' ? undefined : `token=${token}`);
  });
  const result = await runWithLogin(upstream, upstream, await filledRegistry());
  expect(JSON.stringify([result.stdout, result.report, result.summary])).not.toContain('secret-t0ken');
});
