// GitHub Enterprise Server with a certificate of the company's own: trusted by SSL_CERT_FILE and NODE_EXTRA_CA_CERTS, as
// registries are, also through a proxy; without them it is one sentence.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createProxy, request } from 'node:http';
import { createServer, type Server } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { image, push } from '../../demo/images.mjs';
import { type GitHubApi, startGitHubApi } from '../fakes/github/github-api.ts';
import { makeAuthority } from '../fakes/network/certificates.ts';
import { type RunningRegistry, startRegistry } from '../fakes/registries/registries.ts';
import { runAction } from '../fakes/runner/bundle.ts';

let registry: RunningRegistry;
let api: GitHubApi;
let server: Server;
let folder: string;
let ca: string;
const tunnels: string[] = [];
const proxy = createProxy().on('connect', (asked, socket) => {
  tunnels.push(asked.url ?? '');
  const way = connect((server.address() as AddressInfo).port, '127.0.0.1', () => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    way.pipe(socket).pipe(way);
  });
  for (const end of [way, socket]) end.on('error', () => undefined);
});

const port = (of: { address(): unknown }) => (of.address() as AddressInfo).port;
const listen = (on: { listen(port: number, host: string, done: () => void): unknown }) =>
  new Promise<void>((resolve) => on.listen(0, '127.0.0.1', resolve));

beforeAll(async () => {
  registry = await startRegistry();
  await push(registry.url, 'up/app', image('A'), ['1.0', '1.1']);
  const text = `mirror: ${registry.host}/m\nimages:\n- { source: ${registry.host}/up/app, tags: ["1.0"] }\n`;
  api = await startGitHubApi({ repository: 'acme/images', files: { 'images.yaml': text } });
  folder = mkdtempSync(join(tmpdir(), 'ghes-'));
  const authority = makeAuthority('Acme');
  ca = join(folder, 'ca.pem');
  writeFileSync(ca, authority.ca);
  server = createServer(authority.issue('127.0.0.1', 'github.acme.example'), (asked, answer) => {
    const { method, headers, url } = asked;
    const passed = request(`${api.url}${url}`, { method, headers }, (got) => {
      answer.writeHead(got.statusCode ?? 500, got.headers);
      got.pipe(answer);
    });
    asked.pipe(passed);
  });
  await listen(server);
  await listen(proxy);
});
afterAll(async () => {
  for (const one of [server, proxy]) {
    one.closeAllConnections();
    one.close();
  }
  rmSync(folder, { recursive: true });
  await api.stop();
  await registry.stop();
});

async function proposed(env: Record<string, string>): Promise<string> {
  const config = api.file('main', 'images.yaml') ?? '';
  const way = { GITHUB_API_URL: `https://127.0.0.1:${port(server)}/api/v3`, ...env };
  const inputs = { 'new-tags': 'pull-request', token: 'a-token' };
  const result = await runAction({ config, env: way, inputs });
  expect(result.code).toBe(0);
  const warnings = result.annotations.map(({ data }) => data).join();
  return result.outputs['pull-request-number'] || warnings;
}

it.each(['SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS'])('%s is trusted for GitHub too', async (name) => {
  expect(await proposed({ [name]: ca })).toBe('1');
});

it('through a proxy as well', async () => {
  const env = {
    SSL_CERT_FILE: ca,
    HTTPS_PROXY: `http://127.0.0.1:${port(proxy)}`,
    NO_PROXY: '127.0.0.1',
    GITHUB_API_URL: 'https://github.acme.example/api/v3',
  };
  expect(await proposed(env)).toBe('1');
  expect(tunnels).toContain('github.acme.example:443');
});

it('without it one sentence says what is missing', async () => {
  expect(await proposed({})).toMatch(/certificate is not trusted.*NODE_EXTRA_CA_CERTS/s);
}, 60_000);
