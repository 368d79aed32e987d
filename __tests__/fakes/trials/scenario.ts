// Plays a scenario file of __tests__/data/scenarios: fills two real registries, runs the action as often as the file
// says, and gives back what came of each run. What should have come is judged in scenario-compare.ts.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Image, image, push } from '../../../demo/images.mjs';
import type { Fault } from '../faults/fault.ts';
import { type RunningProxy, startProxy, type Traffic } from '../faults/proxy.ts';
import { type Blackhole, startBlackhole } from '../network/blackhole.ts';
import { manifestOf, type Registries, snapshotOf } from '../registries/oracle.ts';
import { type RegistryOptions, type RunningRegistry, startRegistry } from '../registries/registries.ts';
import { type ActionOptions, type ActionResult, runAction } from '../runner/bundle.ts';
import { ROOT } from '../runner/places.ts';

/** One symbolic name, or a name for each platform. */
export type Picture = string | { readonly platforms: Readonly<Record<string, string>> };
export type Expected = Readonly<Record<string, unknown>>;

type Shelf = Readonly<Record<string, Readonly<Record<string, Picture | readonly string[]>>>>;
type Run = {
  readonly inputs: Readonly<Record<string, string>>;
  readonly expect: Expected;
  readonly heal?: string;
};

export type Scenario = {
  readonly words: string;
  readonly upstream?: Shelf;
  readonly mirror?: Shelf;
  readonly unreachable?: readonly string[];
  readonly files?: Readonly<Record<string, unknown>>;
  readonly faults?: readonly { readonly tag: string; readonly fault: string }[];
  readonly config: unknown;
  readonly runs: readonly Run[];
};

/** What one run did. `before` and `after` are the mirror, read by crane; digests are looked up in `symbols`. */
export type Played = {
  readonly inputs: Readonly<Record<string, string>>;
  readonly expect: Expected;
  readonly action: ActionResult;
  readonly before: Registries;
  readonly after: Registries;
  readonly upstream: Traffic;
  readonly mirror: Traffic;
  /** Host names off this machine that were called. */
  readonly called: readonly string[];
  readonly symbols: Symbols;
  /** `repository:tag` of the mirror to platform to digest, where the scenario speaks of platforms. */
  readonly platforms: Readonly<Record<string, Readonly<Record<string, string>>>>;
};

/** Digest of an image's index, and of a child manifest, by symbolic name. */
export type Symbols = { index(name: string): string; child(name: string): string | null };

export type PlayOptions = {
  entry?: ActionOptions['entry'];
  /** Which runs, counted from 0; a run left out does not happen at all. */
  only?: readonly number[];
  registry?: RegistryOptions;
  /** Added to the inputs of every run. */
  inputs?: Readonly<Record<string, string>>;
  /** Added to the environment of every run. */
  env?: Readonly<Record<string, string>>;
};

/** The scenario whose file name begins with `number`. */
export function loadScenario(number: number): Scenario {
  const folder = join(ROOT, '__tests__/data/scenarios');
  const file = readdirSync(folder).find((name) => name.startsWith(`${number}-`));
  if (file === undefined) throw new Error(`no scenario ${number}`);
  return JSON.parse(readFileSync(join(folder, file), 'utf8')) as Scenario;
}

/** Plays the runs in order on one pair of registries, and takes everything down again. */
export async function play(scenario: Scenario, options: PlayOptions = {}): Promise<Played[]> {
  const stage = await setUp(scenario, options);
  const played: Played[] = [];
  try {
    for (const [at, run] of scenario.runs.entries()) {
      if (options.only === undefined || options.only.includes(at))
        played.push(await playOne(stage, run, options));
    }
  } finally {
    await takeDown(stage);
  }
  return played;
}

type Stage = {
  readonly scenario: Scenario;
  readonly registries: readonly RunningRegistry[];
  readonly mirrorHost: string;
  readonly upstream: RunningProxy;
  readonly mirror: RunningProxy;
  readonly blackhole: Blackhole;
  readonly names: (text: string) => string;
  readonly symbols: Symbols;
  readonly broken: Map<string, Fault>;
};

async function setUp(scenario: Scenario, options: PlayOptions): Promise<Stage> {
  const registries = await Promise.all([startRegistry(options.registry), startRegistry(options.registry)]);
  const [from, to] = registries;
  const [upstream, mirror] = await Promise.all([startProxy(from.host), startProxy(to.host)]);
  const names = (text: string) => replaceNames(text, upstream.host, mirror.host);
  await fill(from, scenario.upstream ?? {}, names);
  await fill(to, scenario.mirror ?? {}, names);
  const stage = { scenario, registries, mirrorHost: to.host, upstream, mirror, names };
  return {
    ...stage,
    blackhole: await startBlackhole(),
    symbols: symbolsOf(scenario),
    broken: new Map((scenario.faults ?? []).map(({ tag, fault }) => [tag, blobFault(scenario, tag, fault)])),
  };
}

async function takeDown({ upstream, mirror, blackhole, registries }: Stage): Promise<void> {
  await Promise.all([upstream, mirror, blackhole].map((one) => one.stop()));
  await Promise.all(registries.map((one) => one.stop()));
}

async function playOne(stage: Stage, run: Run, options: PlayOptions): Promise<Played> {
  const { scenario, upstream, mirror, blackhole, mirrorHost, names, symbols } = stage;
  if (run.heal !== undefined) stage.broken.delete(run.heal);
  upstream.setFaults([...stage.broken.values()]);
  const before = await snapshot(stage);
  const calls = blackhole.called().length;
  upstream.reset();
  mirror.reset();
  const inputs = Object.fromEntries(Object.entries(run.inputs).map(([key, value]) => [key, names(value)]));
  const action = await runAction({
    ...(options.entry === undefined ? {} : { entry: options.entry }),
    inputs: { ...inputs, ...options.inputs },
    // JSON is YAML.
    config: names(JSON.stringify(scenario.config, null, 2)),
    files: filesOf(stage),
    env: { ...blackhole.env, ...options.env },
  });
  // Taken before the oracle reads, although that goes past the proxies.
  const traffic = { upstream: upstream.traffic(), mirror: mirror.traffic() };
  const after = await snapshot(stage);
  const called = blackhole.called().slice(calls);
  const expect = JSON.parse(names(JSON.stringify(run.expect))) as Expected;
  const platforms = await readPlatforms(mirrorHost, expect);
  return { inputs, expect, action, before, after, ...traffic, called, symbols, platforms };
}

// The catalog of distribution v3.1.2 leaves out names like fedora/fedora, so what the scenario names is asked for, too.
async function snapshot({ scenario, mirrorHost, names }: Stage): Promise<Registries> {
  const shelves = [scenario.mirror, ...scenario.runs.map((run) => run.expect.mirror)];
  const named = shelves.flatMap((shelf) => (typeof shelf === 'object' ? Object.keys(shelf ?? {}) : []));
  const own = await snapshotOf(mirrorHost, [...new Set(named.map(names))]);
  return { ...(await snapshotOf(mirrorHost)), ...own };
}

// UPSTREAM_ comes first: it begins with UPSTREAM. APPROVED is a second name of the same registry.
function replaceNames(text: string, upstream: string, mirror: string): string {
  return text
    .replaceAll('UPSTREAM_', upstream.replace(':', '_'))
    .replaceAll('UPSTREAM', upstream)
    .replaceAll('MIRROR', mirror)
    .replace(/\bAPPROVED\b/g, upstream.replace('127.0.0.1', 'localhost'));
}

/** The image that a picture stands for. */
export function paint(picture: Picture): Image {
  return typeof picture === 'string' ? image(picture) : image('', { platforms: picture.platforms });
}

async function fill({ url }: RunningRegistry, shelf: Shelf, names: (text: string) => string): Promise<void> {
  for (const [repository, tags] of Object.entries(shelf)) {
    for (const [tag, picture] of Object.entries(tags)) {
      if (isList(picture)) for (const name of picture) await push(url, names(repository), image(name), []);
      else await push(url, names(repository), paint(picture), [tag]);
    }
  }
}

// `_by_digest` holds a list of images without a tag.
function isList(value: Picture | readonly string[]): value is readonly string[] {
  return Array.isArray(value);
}

function symbolsOf({ upstream = {}, mirror = {} }: Scenario): Symbols {
  const children = new Map<string, string>();
  for (const picture of [upstream, mirror].flatMap((shelf) => Object.values(shelf).flatMap(Object.values))) {
    if (typeof picture === 'string' || Array.isArray(picture)) continue;
    for (const { symbol, digest } of paint(picture).manifests) children.set(symbol, digest);
  }
  return { index: (name) => image(name).index.digest, child: (name) => children.get(name) ?? null };
}

function blobFault({ upstream = {} }: Scenario, tag: string, words: string): Fault {
  const picture = Object.values(upstream).find((tags) => tag in tags)?.[tag];
  const status = Number(/answers (\d{3})/.exec(words)?.[1]);
  if (picture === undefined || isList(picture) || !(status > 0)) throw new Error(`fault of ${tag}: ${words}`);
  const references = paint(picture).blobs.map((blob) => blob.digest);
  // With its code a refusal is final; without one it could be anything.
  const error = status === 403 ? { error: { code: 'DENIED', message: words } } : {};
  const effect = { kind: 'status', status, ...error } as const;
  return { methods: ['GET'], place: 'blob', times: 'always', effect, references };
}

function filesOf({ scenario, names }: Stage): Record<string, string> {
  const pairs = Object.entries(scenario.files ?? {}).map(([path, content]) => {
    const text = typeof content === 'string' ? content : JSON.stringify(content, null, 2);
    // `python:3.13-slim@P1`: a symbolic name stands where a digest belongs.
    return [path, names(text).replace(/@([A-Z]\w*)/g, (_, name: string) => `@${image(name).index.digest}`)];
  });
  return Object.fromEntries(pairs);
}

type Index = {
  readonly manifests?: readonly {
    readonly digest: string;
    readonly platform: { readonly os: string; readonly architecture: string; readonly variant?: string };
  }[];
};

async function readPlatforms(host: string, { mirror }: Expected): Promise<Played['platforms']> {
  const found: Record<string, Record<string, string>> = {};
  if (typeof mirror !== 'object' || mirror === null) return found;
  for (const [repository, tags] of Object.entries(mirror as Record<string, Record<string, Picture>>)) {
    for (const [tag, picture] of Object.entries(tags)) {
      if (typeof picture === 'string') continue;
      const bytes = await manifestOf(`${host}/${repository}:${tag}`);
      const { manifests = [] } = JSON.parse(bytes?.toString() ?? '{}') as Index;
      const known = manifests.filter((one) => one.platform.os !== 'unknown');
      found[`${repository}:${tag}`] = Object.fromEntries(
        known.map(({ digest, platform: { os, architecture, variant } }) => [
          [os, architecture, variant].filter((part) => part !== undefined).join('/'),
          digest,
        ]),
      );
    }
  }
  return found;
}
