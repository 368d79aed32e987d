// Opens both sides of the mirror for one config: crane, credentials, the manifest client and the engine.

import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../base/errors/failure.ts';
import { UserError } from '../../base/errors/user-error.ts';
import { nap } from '../../base/flow/clock.ts';
import type { Cancel } from '../../base/flow/stop.ts';
import { redact } from '../../base/text/redact.ts';
import { duration } from '../../base/text/words.ts';
import type { Config, RegistrySettings as ConfiguredHost } from '../../config/images/config.ts';
import { createJournal } from '../../files/journal.ts';
import { debug, info, mask } from '../../github/runner.ts';
import { contactHost } from '../../image/names/hub.ts';
import type { Name } from '../../image/names/reference.ts';
import {
  createRegistry,
  REGISTRY_DEFAULTS,
  type RegistryClient,
  type RegistrySettings,
} from '../../registry/client/client.ts';
import { createCredentials } from '../../registry/crane/credentials.ts';
import { createEngine, ENGINE_DEFAULTS } from '../../registry/crane/engine.ts';
import type { Engine } from '../../registry/doors/engine.ts';
import type { Registry } from '../../registry/doors/registry.ts';
import { trustedCertificates } from '../../registry/http/connections.ts';
import { download } from '../../registry/http/download.ts';
import type { HostSettings } from '../../registry/http/endpoint.ts';
import { usesHttp } from '../../registry/http/endpoint.ts';
import { installCrane } from '../../registry/install/install.ts';
import type { Opened } from '../modes/doors.ts';
import type { Settings } from '../modes/settings.ts';

const log = { info, debug, warning: info };

/** Installs crane and opens the registries. Throws a UserError where crane or a certificate cannot be had. */
export async function open(settings: Settings, config: Config, cancel: Cancel): Promise<Opened> {
  const { temp, patience } = settings;
  const clock = clockFor(patience);
  const registrySettings = await settingsFor(settings, config);
  const env = await environmentFor(settings, registrySettings);
  const crane = await installCrane(settings.crane, {
    env,
    temp,
    log,
    download: (url) => download(url, registrySettings, { clock }),
  });
  const signal = cancel.late;
  const stop = stopSignal(settings.timeBudget, cancel.now);
  const { hide, hideToken, clean } = createSecrets();
  const credentials = createCredentials({ file: crane.file, env, signal }, hide);
  const registry = createRegistry(registrySettings, {
    clock,
    log,
    credentials,
    signal,
    onSecret: hideToken,
    redact: clean,
  });
  const usesPlainHttp = (host: string): boolean => usesHttp(host, registrySettings);
  const engine = createEngine(
    {
      ...ENGINE_DEFAULTS,
      ...commandDeadlines(patience),
      file: crane.file,
      env,
      temp,
      usesHttp: usesPlainHttp,
    },
    { clock, log, pace: registry.pace, prove: registry.prove, redact: clean, signal: stop },
  );
  const copies = { made: 0 };
  return {
    craneVersion: crane.version,
    doors: {
      upstream: confirming(registry),
      mirror: registry,
      lister: { list: engine.list },
      engine: {
        bring: counted(engine.bring, copies),
        refill: counted(engine.refill, copies),
      },
      log,
      clock: { today: clock.today, sleep: (milliseconds) => nap(clock, milliseconds, signal) },
      journal: createJournal(settings.journalPath),
      stop,
      mayPull: (name) => mayPull(registry, name),
    },
    usage: () => ({ requests: registry.meter.snapshot().requests, copies: copies.made }),
    close: async () => registry.close(),
  };
}

/** The secrets of a run. Logins are masked in the job's log too; tokens are many, live for minutes and are not printed. */
function createSecrets() {
  const known = new Set<string>();
  return {
    hide(secret: string): void {
      mask(secret);
      known.add(secret);
    },
    hideToken: (token: string): void => void known.add(token),
    clean: (text: string): string => redact(text, known),
  };
}

/** Time as every wait of the run sees it: with a patience of 0.05 it passes twenty times as fast. */
function clockFor(patience: number) {
  return {
    now: () => performance.now() / patience,
    today: () => new Date().toISOString().slice(0, 10),
    sleep: (milliseconds: number, signal?: AbortSignal) =>
      sleep(milliseconds * patience, undefined, signal ? { signal } : {}),
  };
}

/** What Node's own timers watch does not go by that clock. */
function commandDeadlines(patience: number) {
  const { listDeadline, bringDeadline, bringStall } = ENGINE_DEFAULTS;
  return {
    listDeadline: listDeadline * patience,
    bringDeadline: bringDeadline * patience,
    // Never shorter than crane's own silence between its attempts.
    bringStall: Math.max(bringStall * patience, 5_000),
  };
}

function requestDeadlines(patience: number): RegistrySettings['deadlines'] {
  const { connect, firstByte, stall, exchange } = REGISTRY_DEFAULTS.deadlines;
  return {
    connect: connect * patience,
    firstByte: firstByte * patience,
    stall: stall * patience,
    exchange: exchange * patience,
  };
}

/** The time is counted from the start of the process; crane needs a little of it to end. */
function stopSignal(budget: number | null, cancelled: AbortSignal): AbortSignal {
  if (budget === null) return cancelled;
  const over = new AbortController();
  const reason = new Failure('budget', `not started: the time budget of ${duration(budget)} is used up`, {
    hint: 'the next run takes it up; missing tags go first, the others take turns',
  });
  const left = budget - Math.min(30_000, budget / 10) - performance.now();
  setTimeout(() => over.abort(reason), Math.max(0, left)).unref();
  return AbortSignal.any([cancelled, over.signal]);
}

/** A listed tag that upstream does not have is asked for once more: registries flap, and "gone" is a big word. */
function confirming(registry: RegistryClient): Registry {
  return {
    ...registry,
    head: (name, reference) => registry.head(name, reference, { confirm: true }),
    get: (name, reference) => registry.get(name, reference, { confirm: true }),
  };
}

/** Under 30 % of a known limit the pulls that are left belong to the copies. */
function mayPull(registry: RegistryClient, name: Name): boolean {
  const known = registry.meter.snapshot().pullLimits[contactHost(name.registry)];
  return known === undefined || known.remaining >= 0.3 * known.limit;
}

function counted(bring: Engine['bring'], copies: { made: number }): Engine['bring'] {
  return (...parameters) => {
    copies.made += 1;
    return bring(...parameters);
  };
}

async function settingsFor(
  { environment, workspace, patience, hosts }: Settings,
  config: Config,
): Promise<RegistrySettings> {
  const registries = [...config.registries].map(
    async ([host, one]) => [host, await hostSettings(workspace, one)] as const,
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

async function hostSettings(workspace: string, one: ConfiguredHost): Promise<HostSettings> {
  return {
    ...(one.http ? { http: true } : {}),
    ...(one.concurrency === null ? {} : { concurrency: one.concurrency }),
    ...(one.requestsPerSecond === null ? {} : { requestsPerSecond: one.requestsPerSecond }),
    ...(one.ca === null ? {} : { ca: await readCertificates(resolve(workspace, one.ca)) }),
  };
}

/**
 * crane's environment: the caller's, and one file with every certificate that Node trusts here, so that both judge a
 * server alike. Go reads SSL_CERT_FILE instead of the system's store, hence all of them.
 */
async function environmentFor(
  settings: Settings,
  { ca, registries }: RegistrySettings,
): Promise<Record<string, string>> {
  const more = [...ca, ...Object.values(registries).flatMap((one) => one.ca ?? [])];
  if (more.length === 0 && !settings.environment.NODE_EXTRA_CA_CERTS) return { ...settings.environment };
  const file = join(await mkdtemp(join(settings.temp, 'fresh-mirror-ca-')), 'certificates.pem');
  await writeFile(file, trustedCertificates(more).join('\n'));
  return { ...settings.environment, SSL_CERT_FILE: file };
}

async function readCertificates(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new UserError('config', `the certificates in ${path} cannot be read`, { cause });
  }
}
