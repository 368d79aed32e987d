// Which hosts a run may contact, through which proxy, and whose certificates it trusts; the same goes for crane.

import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import tls, { getCACertificates } from 'node:tls';
import type { Diagnostic } from '../../base/errors/diagnostic.ts';
import { isMistake } from '../../base/errors/mistake.ts';
import { UserError } from '../../base/errors/user-error.ts';
import { asObject } from '../../base/text/json.ts';
import type { Config, RegistrySettings as ConfiguredHost } from '../../config/images/config.ts';
import { parseApproved } from '../../config/references/sources.ts';
import { type FileKind, readInside } from '../../files/workspace.ts';
import type { Sharers } from '../../plan/shards/sharers.ts';
import { type ClientSettings, REGISTRY_DEFAULTS } from '../../registry/client/settings.ts';
import { type HostSettings, hasSettings } from '../../registry/http/endpoint.ts';
import { type ProxySettings, readProxies } from '../../registry/network/proxies.ts';
import type { OpenRequest, OpenSettings } from './settings.ts';
import { requestDeadlines } from './time.ts';

/** Settings of the hosts that are contacted, by host. */
export type Registries = Readonly<Record<string, HostSettings>>;

/**
 * What a config says of its hosts, certificates read. Every host that it names has settings, if only empty ones: it may
 * be at a private address. `sharers` says how many jobs share a host.
 * @throws UserError `config` for certificates that cannot be used
 */
export async function readRegistries(
  workspace: string,
  config: Config,
  sharers: Sharers = () => 1,
): Promise<Registries> {
  const authorities = await readAuthorities(workspace, config);
  const configured = [...config.registries].map(
    ([host, own]) => [host, hostSettings(own, authorities.get(host))] as const,
  );
  const registries = withNamedHosts(Object.fromEntries(configured), config);
  return Object.fromEntries(
    Object.entries(registries).map(([host, own]) => [host, sharedSettings(own, sharers(host))]),
  );
}

/** The same as a journal kept it: written by this program, in a folder of this job. */
export function recallRegistries(written: unknown): Registries {
  return { ...(asObject(written) as Registries | null) };
}

/** How registries are reached. @throws UserError `input` for a proxy or certificates of the runner that cannot be used */
export async function clientSettings(
  { environment, patience, hosts, sides }: OpenRequest,
  registries: Registries,
): Promise<ClientSettings> {
  return {
    ...REGISTRY_DEFAULTS,
    hosts,
    sides,
    registries,
    deadlines: requestDeadlines(patience),
    proxy: proxies(environment),
    ca: environment.SSL_CERT_FILE ? [await readTrusted(environment.SSL_CERT_FILE)] : [],
  };
}

function proxies(environment: OpenSettings['environment']): ProxySettings {
  const read = readProxies(environment);
  if (isMistake(read)) throw new UserError('input', read.mistake, { hint: read.hint });
  return read;
}

function withNamedHosts(configured: Registries, config: Config): Registries {
  const { entries, mirror, approved, readFrom } = config;
  const through = readFrom.flatMap((rule) => rule.through?.registry ?? []);
  const pulled = entries.map(({ pull }) => pull.registry);
  const named = [mirror.registry, ...pulled, ...through, ...hostsOf(approved)];
  const registries: Record<string, HostSettings> = { ...configured };
  for (const host of named) {
    if (!hasSettings(host, registries)) registries[host] = {};
  }
  return registries;
}

function hostsOf(approved: Config['approved']): string[] {
  const prefixes = approved.map(({ written }) => parseApproved(written));
  return prefixes.flatMap((prefix) => (isMistake(prefix) ? [] : [prefix.registry]));
}

function sharedSettings(own: HostSettings, sharedBy: number): HostSettings {
  return sharedBy > 1 ? { ...own, sharedBy } : own;
}

function hostSettings(
  { http, concurrency, requestsPerSecond }: ConfiguredHost,
  ca: string | undefined,
): HostSettings {
  return {
    http,
    concurrency: concurrency ?? undefined,
    requestsPerSecond: requestsPerSecond ?? undefined,
    ca,
  };
}

const CERTIFICATES: FileKind = {
  what: 'a file of certificates',
  mostBytes: 1024 * 1024,
  hints: {
    outside:
      'keep the certificates in the repository that the workflow checks out, or set NODE_EXTRA_CA_CERTS',
    missing: 'give the path of a PEM file in the workspace, and run actions/checkout before this step',
    large: 'leave only the authority of this one registry in it',
  },
};

/** PEM texts by host. @throws UserError with a diagnostic for each file that cannot be used */
async function readAuthorities(workspace: string, config: Config): Promise<ReadonlyMap<string, string>> {
  const authorities = new Map<string, string>();
  const diagnostics: Diagnostic[] = [];
  for (const [host, { ca }] of config.registries) {
    if (ca === null) continue;
    try {
      authorities.set(host, checkCertificates(ca.path, await readInside(workspace, ca.path, CERTIFICATES)));
    } catch (thrown) {
      if (!(thrown instanceof UserError)) throw thrown;
      const { message, hint } = thrown;
      diagnostics.push({ severity: 'error', rule: 'invalid-path', place: ca.place, message, hint });
    }
  }
  if (diagnostics.length === 0) return authorities;
  throw new UserError('config', `${config.file} names certificates that cannot be used`, { diagnostics });
}

/** The text of a PEM file. @throws UserError where it holds no certificate, or one that cannot be read */
function checkCertificates(path: string, bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('latin1');
  const found =
    text.match(/-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[\s\S]*?-----END [^-]*-----/g) ?? [];
  const hint = 'give a file with certificates in PEM form, as in -----BEGIN CERTIFICATE-----';
  if (found.length === 0) throw new UserError('config', `${path} holds no certificate`, { hint });
  for (const [at, certificate] of found.entries()) {
    if (!isReadable(certificate)) {
      throw new UserError('config', `certificate ${at + 1} of ${path} cannot be read`, { hint });
    }
  }
  return text;
}

function isReadable(certificate: string): boolean {
  try {
    return new X509Certificate(certificate).subject !== null;
  } catch {
    return false;
  }
}

/**
 * Variables that would lead crane past the fence, or to logins that are not its business. In any case: on Windows `Home` and
 * `HOME` are one. Go takes a program that finds REQUEST_METHOD for one of a web server, and then no proxy from HTTP_PROXY
 * (golang.org/s/cgihttpproxy).
 */
const WITHHELD =
  /^(?:(?:https?|all|no)_proxy|home|userprofile|docker_config|ssl_cert_(?:file|dir)|node_.*|github_.*|runner_.*|request_method)$/i;

/** crane's environment on the network: a home of its own with nothing in it, since its only way leads to the fence. */
export function craneEnvironment(
  environment: Readonly<Record<string, string>>,
  home: string,
): Readonly<Record<string, string>> {
  const passed = Object.entries(environment).filter(([name]) => !WITHHELD.test(name));
  return { ...Object.fromEntries(passed), HOME: home, USERPROFILE: home, DOCKER_CONFIG: home };
}

/**
 * Lets what asks GitHub, which knows nothing of `ca`, trust whom registries are trusted by: the system's store and
 * SSL_CERT_FILE, which was read before, beside Node's own.
 */
export function trustForGitHub({ environment }: Pick<OpenSettings, 'environment'>): void {
  const own = environment.SSL_CERT_FILE ? [readFileSync(environment.SSL_CERT_FILE, 'utf8')] : [];
  const known = [...getCACertificates('default'), ...getCACertificates('system')];
  // Node has it from 24.5 on, and runner 2.327 brings 24.4: there NODE_EXTRA_CA_CERTS alone adds to Node's own.
  tls.setDefaultCACertificates?.([...new Set([...known, ...own])]);
}

/** What the runner itself trusts may lie anywhere on it. */
async function readTrusted(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new UserError('input', `the certificates in ${path} (SSL_CERT_FILE) cannot be read`, { cause });
  }
}
