// Opens both sides of the mirror for one config: crane, credentials, the manifest client, the lister and the engine.

import { nap } from '../../base/flow/clock.ts';
import type { Cancel } from '../../base/flow/stop.ts';
import type { Config } from '../../config/images/config.ts';
import { createJournal } from '../../files/journal.ts';
import { contactHost } from '../../image/names/hub.ts';
import type { Name } from '../../image/names/reference.ts';
import { mayMeasure } from '../../plan/select/cost.ts';
import { type ClientSettings, createRegistry, type RegistryClient } from '../../registry/client/client.ts';
import type { CraneDeps } from '../../registry/crane/attempts.ts';
import { createCredentials } from '../../registry/crane/credentials.ts';
import { createEngine, ENGINE_DEFAULTS } from '../../registry/crane/engine.ts';
import { createLister, LISTER_DEFAULTS } from '../../registry/crane/lister.ts';
import type { Engine } from '../../registry/doors/engine.ts';
import type { Log } from '../../registry/doors/progress.ts';
import type { Registry } from '../../registry/doors/registry.ts';
import { usesHttp } from '../../registry/http/endpoint.ts';
import { createTraffic, type Traffic } from '../../registry/http/exchange.ts';
import { download } from '../../registry/install/download.ts';
import { type InstalledCrane, installCrane } from '../../registry/install/install.ts';
import type { Opened } from '../modes/doors.ts';
import type { Settings } from '../modes/settings.ts';
import { createSecrets, type Secrets } from './secrets.ts';
import { clockFor, craneDeadlines, stopSignal } from './time.ts';
import { clientSettings, craneEnvironment } from './trust.ts';

/** Where opening speaks to the person who reads the job, and what keeps a secret out of the log. */
type OpenRunner = {
  info(line: string): void;
  debug(line: string): void;
  mask(secret: string): void;
};

/** What every part of an opened run shares. */
type Shared = {
  readonly hosts: ClientSettings;
  readonly clock: ReturnType<typeof clockFor>;
  readonly log: Log;
  readonly secrets: Secrets;
  readonly cancel: Cancel;
};

/** Installs crane and opens the registries. @throws UserError where crane or a certificate cannot be had */
export async function open(
  settings: Settings,
  config: Config,
  cancel: Cancel,
  runner: OpenRunner,
): Promise<Opened> {
  const hosts = await clientSettings(settings, config);
  const clock = clockFor(settings.patience);
  const secrets = createSecrets(runner.mask);
  const shared = { hosts, clock, log: logOf(runner), secrets, cancel };
  const env = await craneEnvironment(settings, hosts);
  const crane = await install(settings, env, shared);
  const traffic = createTraffic(hosts, clock, cancel.late);
  const registry = openRegistry({ file: crane.file, env }, traffic, shared);
  const stop = stopSignal(settings.timeBudget, cancel.now);
  const { log } = shared;
  const { prove } = registry;
  const { redact } = secrets;
  const deps = { clock, log, pace: traffic.pace, prove, redact, signal: stop };
  const { engine, lister, copies } = openCrane({ file: crane.file, env }, settings, hosts, deps);
  return {
    craneVersion: crane.version,
    doors: {
      upstream: confirming(registry),
      mirror: registry,
      lister,
      engine,
      log,
      stop,
      clock: { today: clock.today, sleep: (milliseconds) => nap(clock, milliseconds, cancel.late) },
      journal: createJournal(settings.journalPath),
      mayPull: (name) => mayPull(traffic, name),
    },
    usage: () => ({ requests: traffic.meter.snapshot().requests, copies: copies() }),
    close: async () => traffic.connections.close(),
  };
}

// A warning is shown among the lines, where it happened, and may not be taken for one of them.
function logOf({ info, debug }: OpenRunner): Log {
  return { info, debug, warning: (line) => info(`Warning: ${line}`) };
}

type Program = { readonly file: string; readonly env: Readonly<Record<string, string>> };

function install(settings: Settings, env: Program['env'], shared: Shared): Promise<InstalledCrane> {
  const { hosts, clock, log, secrets } = shared;
  const deps = { clock, redact: secrets.redact };
  return installCrane(settings.crane, {
    env,
    log,
    temp: settings.temp,
    download: (url) => download(url, hosts, deps),
  });
}

function openRegistry(program: Program, traffic: Traffic, shared: Shared): RegistryClient {
  const { hosts, clock, log, secrets } = shared;
  const signal = shared.cancel.late;
  const credentials = createCredentials({ ...program, signal }, secrets.hideLogin);
  const { hideToken: onSecret, redact } = secrets;
  return createRegistry(hosts, { traffic, clock, log, credentials, onSecret, redact, signal });
}

function openCrane(program: Program, { patience, temp }: Settings, hosts: ClientSettings, deps: CraneDeps) {
  const common = {
    ...program,
    ...craneDeadlines(patience),
    usesHttp: (host: string): boolean => usesHttp(host, hosts),
  };
  const lister = createLister({ ...LISTER_DEFAULTS, ...common }, deps);
  const engine = createEngine({ ...ENGINE_DEFAULTS, ...common, temp }, deps);
  let made = 0;
  const counted =
    (move: Engine['bring']): Engine['bring'] =>
    (...parameters) => {
      made += 1;
      return move(...parameters);
    };
  const counting: Engine = { bring: counted(engine.bring), refill: counted(engine.refill) };
  return { lister, engine: counting, copies: () => made };
}

/** A listed tag that upstream does not have is asked for once more: registries flap, and "gone" is a big word. */
function confirming(registry: RegistryClient): Registry {
  return {
    ...registry,
    head: (name, reference) => registry.head(name, reference, { confirm: true }),
    get: (name, reference) => registry.get(name, reference, { confirm: true }),
  };
}

function mayPull({ meter }: Traffic, name: Name): boolean {
  return mayMeasure(meter.snapshot().pullLimits[contactHost(name.registry)] ?? null);
}
