// Real registries on loopback: distribution v3, the 2.8.2 of Debian when it is installed, the one inside crane, and the same
// with the referrers API, which none of the others has.

import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { type Guarded, spawnGuarded } from '../runner/guarded.ts';
import { CLEAN_PATH, tool, which } from '../runner/places.ts';
import type { TokenServer } from './token-server.ts';

export type RegistryKind = 'v3' | 'debian' | 'crane' | 'referrers';

export type RegistryOptions = {
  kind?: RegistryKind;
  storage?: 'inmemory' | 'filesystem';
  /** Whether DELETE is allowed; off, as in a registry's own default. */
  deletes?: boolean;
  /** Takes an index without looking for its images, as many registries do (v3 only). */
  lenient?: boolean;
  /** `basic` knows USER and PASSWORD alone; a token server makes it ask for bearer tokens (v3 only). */
  auth?: 'none' | 'basic' | TokenServer;
};

export type RunningRegistry = {
  /** `127.0.0.1:port`, as it is written in references. */
  readonly host: string;
  readonly url: string;
  readonly pid: number;
  /** Where it stores what it has, with `storage: 'filesystem'`. */
  readonly data: string;
  /** The last lines that the registry wrote. */
  logs(): readonly string[];
  /** Ends the registry and removes all that it stored. */
  stop(): Promise<void>;
};

export const USER = 'mirror';
export const PASSWORD = 'correct-horse';
/** What `basic` registries and token servers accept. */
export const BASIC = `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString('base64')}`;

// bcrypt of PASSWORD at cost 5, the only kind of hash that the registry's htpasswd reads.
const HTPASSWD = `${USER}:$2a$05$oEiY0UrCpAFtT6aA8faNS.424RCagyMbYk2lYKD7RnkLquJKb7YP6\n`;
const LOG_LINES = 500;
const ATTEMPTS = 8;

/** Whether the program of this kind of registry is there to be run. */
export function available(kind: RegistryKind): boolean {
  return programOf(kind) !== null;
}

/** Starts a registry and waits until it answers. Another program may take the port first: then another port. */
export async function startRegistry(options: RegistryOptions = {}): Promise<RunningRegistry> {
  const problems: string[] = [];
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const started = await tryToStart(options, await freePort());
    if (typeof started !== 'string') return started;
    problems.push(started);
  }
  throw new Error(`no registry after ${ATTEMPTS} attempts: ${problems.at(-1)}`);
}

/**
 * A port nobody listens on. Taken below the ephemeral range (32768 on Linux): a port from inside it is soon the
 * local end of somebody's connection.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(15_000, 32_000);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

async function tryToStart(options: RegistryOptions, port: number): Promise<RunningRegistry | string> {
  const kind = options.kind ?? 'v3';
  const program = programOf(kind);
  if (program === null) throw new Error(`no program for a registry of kind ${kind}`);
  const folder = mkdtempSync(join(tmpdir(), 'registry-'));
  const guarded = spawnGuarded(program, argumentsOf(options, folder, port), {
    env: { PATH: CLEAN_PATH, HOME: folder, OTEL_TRACES_EXPORTER: 'none' },
    removes: folder,
  });
  const lines = keepLines(guarded);
  const stop = async () => {
    guarded.child.kill('SIGKILL');
    await guarded.ended;
    rmSync(folder, { recursive: true, force: true });
  };
  if (await answers(guarded, port)) {
    const host = `127.0.0.1:${port}`;
    return {
      host,
      url: `http://${host}`,
      pid: guarded.pid,
      data: join(folder, 'data'),
      logs: () => lines,
      stop,
    };
  }
  await stop();
  return lines.slice(-5).join('\n');
}

function programOf(kind: RegistryKind): string | null {
  if (kind === 'debian') return which('docker-registry');
  if (kind === 'referrers') return tool('referrers-registry');
  return tool(kind === 'crane' ? 'crane' : 'registry');
}

function argumentsOf(options: RegistryOptions, folder: string, port: number): readonly string[] {
  const address = `127.0.0.1:${port}`;
  if (options.kind === 'crane') {
    const disk = options.storage === 'filesystem' ? ['--disk', folder] : [];
    return ['registry', 'serve', '--address', address, ...disk];
  }
  if (options.kind === 'referrers') return [`${port}`];
  const config = join(folder, 'config.yml');
  writeFileSync(config, JSON.stringify(configuration(options, folder, address)));
  return ['serve', config];
}

// JSON is YAML, so no writer of YAML is needed.
function configuration(
  { storage, deletes = false, lenient = false, auth, kind }: RegistryOptions,
  folder: string,
  address: string,
) {
  const driver =
    storage === 'filesystem' ? { filesystem: { rootdirectory: join(folder, 'data') } } : { inmemory: {} };
  if (typeof auth === 'object' && kind === 'debian') throw new Error('2.8.2 wants a certificate for tokens');
  return {
    version: 0.1,
    log: { level: 'warn' },
    storage: { ...driver, delete: { enabled: deletes } },
    http: { addr: address },
    ...(lenient ? { validation: { manifests: { indexes: { platforms: 'none' } } } } : {}),
    ...(auth === undefined || auth === 'none' ? {} : { auth: authOf(auth, folder) }),
  };
}

function authOf(auth: 'basic' | TokenServer, folder: string) {
  if (auth === 'basic') {
    writeFileSync(join(folder, 'htpasswd'), HTPASSWD);
    return { htpasswd: { realm: 'registry', path: join(folder, 'htpasswd') } };
  }
  writeFileSync(join(folder, 'jwks.json'), JSON.stringify(auth.jwks));
  const { realm, service, issuer } = auth;
  return { token: { realm, service, issuer, jwks: join(folder, 'jwks.json') } };
}

function keepLines({ child }: Guarded): string[] {
  const lines: string[] = [];
  child.on('exit', (code, signal) => lines.push(`registry: ended with ${code ?? signal}`));
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      lines.push(...text.split('\n').filter((line) => line !== ''));
      lines.splice(0, lines.length - LOG_LINES);
    });
  }
  return lines;
}

async function answers({ child }: Guarded, port: number): Promise<boolean> {
  for (let left = 400; left > 0 && child.exitCode === null; left--) {
    if (await ping(port)) return child.exitCode === null;
    await sleep(25);
  }
  return false;
}

function ping(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    get({ host: '127.0.0.1', port, path: '/v2/', agent: false }, (response) => {
      response.resume();
      resolve(true);
    }).on('error', () => resolve(false));
  });
}
