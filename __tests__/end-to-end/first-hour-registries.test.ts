// The first hour with a registry, as it goes wrong: each case runs the action against a registry on loopback that says what
// the real one says, and compares what a newcomer reads with __tests__/data/first-hour-told.json. Whoever changes a sentence
// reads it aloud.

import { readFileSync } from 'node:fs';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { image, push } from '../../demo/images.mjs';
import { makeAuthority } from '../fakes/network/certificates.ts';
import { startNameProxy } from '../fakes/network/name-proxy.ts';
import { type Dialect, startDialect } from '../fakes/registries/dialect.ts';
import type { RunningRegistry } from '../fakes/registries/registries.ts';
import { type LimitedResult, loginOf, openStage, runWithin, type Stage } from '../fakes/runner/stage.ts';

type Case = {
  readonly name: string;
  readonly side: 'mirror' | 'source';
  /** What stands in the config: a mirror with its prefix, or a source. */
  readonly place: string;
  readonly login: boolean;
  readonly dialect: Dialect;
};
type Told = {
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly hint: string;
};
type Row = Told & { readonly detail: string };

const read = (file: string): unknown =>
  JSON.parse(readFileSync(new URL(`../data/${file}`, import.meta.url), 'utf8'));
const CASES = read('first-hour-registries.json') as readonly Case[];
const TOLD = read('first-hour-told.json') as Readonly<Record<string, Told>>;

let stage: Stage;
let registry: RunningRegistry;
beforeEach(async () => {
  stage = openStage();
  registry = await stage.registry();
  await push(registry.url, 'lib/app', image('A'), ['1']);
});
afterEach(() => stage.close());

const FAST = { FRESH_MIRROR_PATIENCE: '0.02', NO_PROXY: '127.0.0.1' };

/** What a person reads of a run that went wrong in one way; ports, which differ from run to run, as PORT. */
function toldOf(result: LimitedResult): Told & { readonly hung: boolean } {
  const { failed, deferred } = result.report as Record<'failed' | 'deferred', readonly Row[]>;
  const [row] = [...failed, ...deferred];
  const plain = (text = ''): string => text.replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT');
  const { status = '' } = result.outputs;
  const told = { status, reason: row?.reason ?? '', message: plain(row?.message), hint: plain(row?.hint) };
  return { hung: result.hung, ...told };
}

/** Runs the action with a config of one source and one mirror, under the names that are led to loopback. */
async function runCase({ side, place, login, dialect }: Case): Promise<LimitedResult> {
  const gate = stage.keep(await startDialect(dialect, registry.host));
  const [host = ''] = place.split('/');
  const contacted = host === 'docker.io' ? 'registry-1.docker.io' : host;
  const proxy = stage.keep(await startNameProxy({ [`${contacted}:80`]: gate.host }));
  const key = host === 'docker.io' ? 'https://index.docker.io/v1/' : host;
  const auths = login ? { [key]: loginOf('me', 'secret') } : {};
  const [source, mirror] =
    side === 'mirror' ? [`${registry.host}/lib/app`, place] : [place, `${registry.host}/mirror`];
  // Names at Docker Hub have two parts.
  const path = host === 'docker.io' ? 'mirror-path: "{name}"\n' : '';
  const config = `mirror: ${mirror}\n${path}registries:\n  ${host}: { http: true }\nimages:\n  - { source: "${source}", tags: ["1"], new-tags: ignore }\n`;
  return runWithin(30, { config, env: { ...FAST, ...proxy.env, ...stage.dockerConfig({ auths }) } });
}

it.each(CASES.map((one) => [one.name, one] as const))('%s', async (name, one) => {
  const result = await runCase(one);
  expect(toldOf(result)).toEqual({ hung: false, ...TOLD[name] });
  expect(result.code).toBe(result.outputs.status === 'deferred' ? 0 : 1);
  // Of a limit that was known before anything was asked there is nothing more to say.
  const { failed } = result.report as { failed: readonly { detail: string }[] };
  expect(failed.filter(({ detail }) => detail === '')).toEqual([]);
});

describe('a registry that is not reached', () => {
  const mirrorAt = (mirror: string): string =>
    `mirror: ${mirror}\nimages:\n  - { source: "${registry.host}/lib/app", tags: ["1"], new-tags: ignore }\n`;
  const sourceAt = (source: string, more = ''): string =>
    `mirror: ${registry.host}/mirror\n${more}images:\n  - { source: "${source}", tags: ["1"], new-tags: ignore }\n`;
  const LOOKUPS = {
    NODE_OPTIONS: `--import=${new URL('../fakes/network/lookups.ts', import.meta.url).href}`,
  };

  async function listening(server: {
    listen: ReturnType<typeof createTcpServer>['listen'];
    address(): unknown;
  }) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async function tlsHost(): Promise<string> {
    const server = createSecureServer(makeAuthority('first hour').issue('127.0.0.1'), (_request, response) =>
      response.end('{}'),
    );
    stage.keep({ stop: async () => void server.close() });
    return listening(server);
  }

  const WAYS: Readonly<Record<string, () => Promise<string>>> = {
    'the host of the mirror is misspelt': async () => mirrorAt('ghcr.invalid/acme'),
    'the host of a source is misspelt': async () => sourceAt('quay.invalid/acme/app'),
    'nothing listens at the port of the mirror': async () => mirrorAt('127.0.0.1:1/acme'),
    'nothing listens at the port of a source': async () => sourceAt('127.0.0.1:1/acme/app'),
    'the source is never answered': async () => {
      const server = createTcpServer(() => undefined);
      stage.keep({ stop: async () => void server.close() });
      return sourceAt(`${await listening(server)}/acme/app`);
    },
    'https is spoken to a registry in plain http': async () => {
      const { host } = registry;
      return sourceAt(
        `localhost:${host.split(':')[1]}/lib/app`,
        `registries:\n  localhost:${host.split(':')[1]}: { ca: ca.pem }\n`,
      );
    },
    'the certificate of the source is not known': async () => {
      const host = await tlsHost();
      return sourceAt(`${host}/lib/app`, `registries:\n  "${host}": { ca: ca.pem }\n`);
    },
    'a tag that upstream does not have': async () =>
      sourceAt(`${registry.host}/lib/app`).replace('"1"', '"9"'),
  };

  it.each(Object.keys(WAYS))('%s', async (name) => {
    const config = (await WAYS[name]?.()) ?? '';
    const files = { 'ca.pem': makeAuthority('another').ca };
    const result = await runWithin(40, { config, files, env: { ...FAST, ...LOOKUPS } });
    const told = toldOf(result);
    const plain = JSON.parse(JSON.stringify(told).replace(/localhost:\d+/g, 'localhost:PORT')) as Told;
    expect(plain).toEqual({ hung: false, ...TOLD[name] });
    expect(result.code).toBe(1);
  });
});

it('check without access to a private mirror fails, once, with the login to add', async () => {
  const dialect = { auth: 'bearer', at: 'token', status: 403, code: 'DENIED', message: 'denied' } as const;
  const gate = stage.keep(await startDialect(dialect, registry.host));
  const proxy = stage.keep(await startNameProxy({ 'ghcr.io:80': gate.host }));
  const config = `mirror: ghcr.io/acme/mirror\nregistries:\n  ghcr.io: { http: true }\nimages:\n  - { source: "${registry.host}/lib/app", tags: ["1"], new-tags: ignore }\n`;
  const result = await runWithin(30, { config, inputs: { mode: 'check' }, env: { ...FAST, ...proxy.env } });
  expect(toldOf(result)).toEqual({ hung: false, ...TOLD['check without access'] });
  expect(result.code).toBe(1);
});
