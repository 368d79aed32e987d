// Opens both sides of the mirror: crane inside its fence, the client, the lister and the engine.

import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { nap } from '../../base/flow/clock.ts';
import { failureOrStop } from '../../base/flow/stop.ts';
import { createJournal } from '../../files/journal.ts';
import { contactHost } from '../../image/names/hub.ts';
import type { Name } from '../../image/names/reference.ts';
import { mayMeasure } from '../../plan/select/cost.ts';
import { createAttached } from '../../registry/attached/attached.ts';
import { createRegistry, type RegistryClient } from '../../registry/client/client.ts';
import type { ClientSettings } from '../../registry/client/settings.ts';
import { createCopier } from '../../registry/copier/copier.ts';
import { createCredentials } from '../../registry/crane/credentials.ts';
import { CRANE_DEFAULTS, type Crane } from '../../registry/crane/fenced.ts';
import { createLister } from '../../registry/crane/lister.ts';
import { streamImage } from '../../registry/crane/stream.ts';
import type { AttachedDoor, CheckSignatures } from '../../registry/doors/attached.ts';
import type { Engine } from '../../registry/doors/engine.ts';
import type { Log } from '../../registry/doors/progress.ts';
import type { Registry } from '../../registry/doors/registry.ts';
import { createFence, type Fence } from '../../registry/fence/fence.ts';
import { createTraffic, type Traffic } from '../../registry/http/exchange.ts';
import { download } from '../../registry/install/download.ts';
import { type InstalledCrane, installCrane } from '../../registry/install/install.ts';
import { createListings } from '../../registry/listing/listings.ts';
import { createSession, type Session } from '../../registry/session/session.ts';
import { createCheck } from '../../registry/sigstore/check.ts';
import { createFetch } from '../../registry/sigstore/fetch.ts';
import type { Usage } from '../../report/rows/report.ts';
import type { Opened } from '../doors/doors.ts';
import { remembering } from './remembering.ts';
import { createSecrets, type Secrets } from './secrets.ts';
import type { OpenRequest } from './settings.ts';
import { publicRoot } from './signers.ts';
import { clockFor, craneStall, type Stop } from './time.ts';
import { clientSettings, craneEnvironment, type Registries } from './trust.ts';

/** Where opening speaks to the person who reads the job, and what keeps a secret out of the log. */
type OpenRunner = {
  info(line: string): void;
  debug(line: string): void;
  tell(line: string): void;
  mask(secret: string): void;
};

/** What every part of an opened run shares. */
type Shared = {
  readonly hosts: ClientSettings;
  readonly clock: ReturnType<typeof clockFor>;
  readonly log: Log;
  readonly secrets: Secrets;
  readonly stop: Stop;
};

/** Installs crane and opens the registries. @throws UserError where crane or a certificate cannot be had */
export async function open(
  settings: OpenRequest,
  registries: Registries,
  stop: Stop,
  runner: OpenRunner,
): Promise<Opened> {
  const { environment, patience, temp } = settings;
  const hosts = await clientSettings(settings, registries);
  const clock = clockFor(patience);
  const log = logOf(runner);
  const secrets = createSecrets(runner.mask);
  const shared = { hosts, clock, log, secrets, stop };
  const { file, version, staged = '' } = await install(settings, shared);
  const timeLeft = (): number => stop.timeLeft() / patience;
  const traffic = createTraffic({ ...hosts, timeLeft }, clock, log, stop.late);
  const credentials = createCredentials({ file, env: environment, signal: stop.late }, secrets.hideLogin);
  const { registry, session } = openRegistry(credentials, traffic, shared);
  const fence = createFence(registry, log);
  const home = await mkdtemp(join(temp, 'fresh-mirror-crane-'));
  const crane = {
    settings: {
      ...CRANE_DEFAULTS,
      file,
      env: craneEnvironment(environment, home),
      stall: craneStall(patience),
    },
    deps: {
      fence,
      breaker: traffic.breaker,
      waits: traffic.waits,
      clock,
      log,
      redact: secrets.redact,
      signal: stop.now,
    },
  };
  const mirror = remembering(registry);
  const attached = createAttached(registry, (name) => settings.sides.keyOf(name) === 'read-from');
  const signatures = openSignatures(settings, { ...attached, getBlob: registry.getBlob }, traffic, shared);
  const { engine, copies, moved } = openEngine(registry, mirror.listedNothing, crane, shared);
  return {
    craneVersion: version,
    doors: {
      upstream: confirming(registry),
      mirror,
      lister: createLister(crane),
      listings: createListings({ settings: hosts, session, credentials, log }),
      engine,
      attached,
      signatures,
      log,
      stop: stop.now,
      cancelled: stop.cancelled,
      clock: {
        ...clock,
        sleep: (milliseconds, over) =>
          nap(clock, milliseconds, over === undefined ? stop.late : AbortSignal.any([stop.late, over])),
      },
      journal: createJournal(settings.journalPath, registries),
      hasLogin: async ({ registry: host }) => (await credentials(host)) !== null,
      mayPull: (name, pulls) => mayPull(traffic, name, pulls),
      pullsLeft: ({ registry: host }) => traffic.limits.left(contactHost(host)),
    },
    usage: () => usageOf(traffic, copies()),
    close() {
      log.debug(`blobs: ${moved.small} moved whole, ${moved.mounted} mounted, ${moved.large} by crane`);
      return closeAll(fence, traffic, [home, staged]);
    },
  };
}

function usageOf({ meter, limits }: Traffic, copies: number): Usage {
  const { requests, bytesIn } = meter.snapshot();
  const pulls = [...limits.known()].map(([host, { limit, remaining }]) => ({ host, limit, remaining }));
  return { requests, copies, bytesRead: bytesIn, pulls };
}

async function closeAll(fence: Fence, traffic: Traffic, folders: readonly string[]): Promise<void> {
  fence.close();
  traffic.connections.close();
  for (const folder of folders) {
    // On Windows a virus scanner may hold it for a while; an empty folder that stays says nothing of the run.
    if (folder !== '')
      await rm(folder, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
  }
}

// A warning is shown among the lines, where it happened, and may not be taken for one of them.
function logOf({ info, debug, tell }: OpenRunner): Log {
  return { info, debug, tell, warning: (line) => tell(`Warning: ${line}`) };
}

type Logins = ReturnType<typeof createCredentials>;

function install(
  settings: OpenRequest,
  { hosts, clock, log, secrets, stop }: Shared,
): Promise<InstalledCrane> {
  const deps = { clock, redact: secrets.redact, signal: stop.late };
  return installCrane(settings.crane, {
    env: settings.environment,
    log,
    temp: settings.temp,
    download: (url) =>
      download(url, hosts, deps).catch((thrown: unknown) => {
        throw failureOrStop(thrown, stop.late);
      }),
  });
}

/** The registries and the session that all requests to them go through. */
type OpenedRegistry = { readonly registry: RegistryClient; readonly session: Session };

function openRegistry(credentials: Logins, traffic: Traffic, shared: Shared): OpenedRegistry {
  const { hosts, clock, log, secrets, stop } = shared;
  const signal = stop.late;
  const { hideToken: onSecret, redact } = secrets;
  const deps = { traffic, clock, log, credentials, onSecret, redact, signal };
  const session = createSession(hosts, deps);
  return { registry: createRegistry(hosts, deps, session), session };
}

/** Sigstore's own root is fetched over the traffic of the run, by its rules. */
function openSignatures(
  { temp, trustFiles }: OpenRequest,
  upstream: Pick<AttachedDoor, 'attachedTo'> & Pick<Registry, 'getBlob'>,
  traffic: Traffic,
  { hosts, clock, log, secrets, stop }: Shared,
): CheckSignatures {
  const deps = { traffic, clock, log, redact: secrets.redact, signal: stop.late };
  const store = { ...trustFiles, publicRoot: publicRoot(createFetch(hosts, deps), temp) };
  return createCheck({ ...upstream, store });
}

function openEngine(
  client: RegistryClient,
  listedNothing: (name: Name) => boolean,
  crane: Crane,
  { clock, stop }: Shared,
) {
  const copier = createCopier({
    client,
    listedNothing,
    stream: (copy) => streamImage(crane, copy),
    sleep: (milliseconds) => nap(clock, milliseconds, stop.now),
    signal: stop.now,
  });
  let made = 0;
  const counted =
    (move: Engine['bring']): Engine['bring'] =>
    (...parameters) => {
      made += 1;
      return move(...parameters);
    };
  const engine: Engine = { bring: counted(copier.bring), bringAgain: counted(copier.bringAgain) };
  return { engine, copies: () => made, moved: copier.moved };
}

/** A listed tag that upstream does not have is asked for once more: registries flap, and "gone" is a big word. */
function confirming(registry: RegistryClient): Registry {
  return {
    ...registry,
    head: (name, reference) => registry.head(name, reference, { confirm: true }),
    get: (name, reference) => registry.get(name, reference, { confirm: true }),
  };
}

function mayPull({ limits }: Traffic, name: Name, pulls = 1): boolean {
  const known = limits.known().get(contactHost(name.registry));
  if (known === undefined) return true;
  const { limit, remaining } = known;
  return limit === null ? remaining >= pulls : mayMeasure({ limit, remaining }, pulls);
}
