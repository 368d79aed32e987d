// Which hosts a run may contact, through which proxy, and whose certificates it trusts; the same goes for crane.

import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { UserError } from '../../base/errors/user-error.ts';
import type { Config, RegistrySettings as ConfiguredHost } from '../../config/images/config.ts';
import { type ClientSettings, REGISTRY_DEFAULTS } from '../../registry/client/client.ts';
import { trustedCertificates } from '../../registry/http/connections.ts';
import type { HostSettings } from '../../registry/http/endpoint.ts';
import type { Settings } from '../modes/settings.ts';
import { requestDeadlines } from './time.ts';

/** How registries are reached. @throws UserError `config` for a file of certificates that cannot be read */
export async function clientSettings(settings: Settings, config: Config): Promise<ClientSettings> {
  const { environment, workspace, patience, hosts } = settings;
  const registries = [...config.registries].map(
    async ([host, configured]) => [host, await hostSettings(workspace, configured)] as const,
  );
  const variable = (name: string): string => environment[name] ?? environment[name.toUpperCase()] ?? '';
  return {
    ...REGISTRY_DEFAULTS,
    hosts,
    deadlines: requestDeadlines(patience),
    registries: Object.fromEntries(await Promise.all(registries)),
    proxy: { https: variable('https_proxy'), http: variable('http_proxy'), no: variable('no_proxy') },
    ca: environment.SSL_CERT_FILE ? [await readCertificates(environment.SSL_CERT_FILE)] : [],
  };
}

async function hostSettings(
  workspace: string,
  { http, concurrency, requestsPerSecond, ca }: ConfiguredHost,
): Promise<HostSettings> {
  return {
    http,
    concurrency: concurrency ?? undefined,
    requestsPerSecond: requestsPerSecond ?? undefined,
    ca: ca === null ? undefined : await readCertificates(resolve(workspace, ca)),
  };
}

/**
 * crane's environment: the caller's, and one file with every certificate that Node trusts here, so that both judge a
 * server alike. Go reads SSL_CERT_FILE instead of the system's store, hence all of them.
 */
export async function craneEnvironment(
  { environment, temp }: Settings,
  { ca, registries }: ClientSettings,
): Promise<Readonly<Record<string, string>>> {
  const more = [...ca, ...Object.values(registries).flatMap((host) => host.ca ?? [])];
  if (more.length === 0 && !environment.NODE_EXTRA_CA_CERTS) return environment;
  const file = join(await mkdtemp(join(temp, 'fresh-mirror-ca-')), 'certificates.pem');
  await writeFile(file, trustedCertificates(more).join('\n'));
  return { ...environment, SSL_CERT_FILE: file };
}

async function readCertificates(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new UserError('config', `the certificates in ${path} cannot be read`, { cause });
  }
}
