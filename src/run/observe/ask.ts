// Many questions at once, each asked once: what could be seen, what is not there, and what could not be had. What a plan
// lacks is read here too.

import { asFailure, Failure } from '../../base/errors/failure.ts';
import type { LookUps } from '../../base/flow/alive.ts';
import { inParallel } from '../../base/flow/limit.ts';
import { unlessStopped } from '../../base/flow/stop.ts';
import { count } from '../../base/text/words.ts';
import { decodeConfigPlatform } from '../../image/manifest/manifest.ts';
import type { Digest } from '../../image/names/digest.ts';
import type { Name } from '../../image/names/reference.ts';
import type { Signatures } from '../../image/signatures/signatures.ts';
import type { ImageConfig, Observation, Seen } from '../../plan/observation/observation.ts';
import { type Read, readKey } from '../../plan/observation/reads.ts';
import type { Doors } from '../../registry/doors/doors.ts';
import type { MirrorRegistry, Registry } from '../../registry/doors/registry.ts';

/** How many look-ups wait at once. The transport paces each host, so this only bounds the queue in front of it. */
const WIDTH = 64;

/** All doors, with how far the questions of a run are. */
export type AskDoors = Doors & { readonly lookUps: LookUps };

/** When to stop, and how far all questions are. */
type Asking = { readonly stop: AbortSignal; readonly lookUps: LookUps };

/** What is asked: `ask` gives null for what is not there; `keyOf` is the key of its answer. */
type Questions<T, V> = {
  readonly items: readonly T[];
  readonly keyOf: (item: T) => string;
  readonly ask: (item: T) => Promise<V | null>;
  /** What a refusal means, `unknown` unless somebody knows better. */
  readonly onFailure?: (thrown: unknown) => Seen<never>;
};

/** Asks once for every key, until `stop` fires: what was not answered then is unknown. */
export async function askAll<T, V>(
  { stop, lookUps }: Asking,
  { items, keyOf, ask, onFailure = asUnknown }: Questions<T, V>,
): Promise<Map<string, Seen<V>>> {
  // Two flat lists and one map of answers: there may be a hundred thousand of them.
  const answers = new Map<string, Seen<V>>();
  const keys: string[] = [];
  const unique: T[] = [];
  for (const item of items) {
    const key = keyOf(item);
    if (answers.has(key)) continue;
    answers.set(key, NOT_ASKED);
    keys.push(key);
    unique.push(item);
  }
  lookUps.asked += unique.length;
  const answer = async (item: T): Promise<Seen<V>> => {
    try {
      const value = await unlessStopped(() => ask(item), stop);
      return value === null ? { kind: 'absent', doubt: null } : { kind: 'seen', value };
    } catch (thrown) {
      return onFailure(thrown);
    } finally {
      lookUps.answered += 1;
    }
  };
  await inParallel(unique, WIDTH, async (item, at) => {
    answers.set(keys[at] ?? '', await answer(item));
  });
  return answers;
}

/** Keeps the place of an answer, so that answers are in the order of the questions. */
const NOT_ASKED: Seen<never> = { kind: 'absent', doubt: null };

function asUnknown(thrown: unknown): Seen<never> {
  return { kind: 'unknown', because: asFailure(thrown) };
}

/** The signatures among these reads, by their keys: what could not be read is unknown, and never nobody. */
function askSignatures(reads: readonly Read[], doors: AskDoors): Promise<Map<string, Seen<Signatures>>> {
  const items = ofKind(reads, 'signatures');
  if (items.length > 0) doors.log.info(`checking who signed ${count(items.length, 'image')}`);
  return askAll(doors, {
    items,
    keyOf: readKey,
    ask: ({ name, reference, question }) => doors.signatures(name, reference, question),
  });
}

/** More than any image has: a config is a few kilobytes. */
const MOST_CONFIG_BYTES = 4 * 1024 * 1024;

type ReadOf<K extends Read['kind']> = Extract<Read, { kind: K }>;

/** Those of one kind, in their order. */
export function ofKind<K extends Read['kind']>(reads: readonly Read[], kind: K): ReadOf<K>[] {
  return reads.filter((read): read is ReadOf<K> => read.kind === kind);
}

/**
 * The observation with the answers to these reads; `readManifest` where a plain request for a manifest will not do. What
 * could not be had is unknown, and says why.
 */
export async function readMore(
  reads: readonly Read[],
  seen: Observation,
  doors: AskDoors,
  readManifest = ({ side, name, reference }: ReadOf<'manifest'>) => doors[side].get(name, reference),
): Promise<Observation> {
  const [mirror, bodies, configs, signatures] = await Promise.all([
    askAll(doors, {
      items: ofKind(reads, 'head'),
      keyOf: readKey,
      ask: ({ name, reference }) => doors.mirror.head(name, reference),
      onFailure: absentIfDenied,
    }),
    askAll(doors, { items: ofKind(reads, 'manifest'), keyOf: readKey, ask: readManifest }),
    askAll(doors, {
      items: ofKind(reads, 'config'),
      keyOf: readKey,
      ask: ({ side, name, reference }) => fetchConfig(doors[side], name, reference),
    }),
    askSignatures(reads, doors),
  ]);
  return {
    ...seen,
    mirror: new Map([...seen.mirror, ...mirror]),
    bodies: new Map([...seen.bodies, ...bodies]),
    configs: new Map([...seen.configs, ...configs]),
    signatures: new Map([...(seen.signatures ?? []), ...signatures]),
  };
}

async function fetchConfig(registry: Registry, name: Name, digest: Digest): Promise<ImageConfig | null> {
  const bytes = await registry.getBlob(name, digest, MOST_CONFIG_BYTES);
  return bytes === null ? null : { platform: decodeConfigPlatform(bytes) };
}

/**
 * Many registries refuse to show a repository that nobody has pushed to yet: on the mirror the push decides. What is no
 * answer of the registry (our own refusal, a login that cannot be read) says nothing about a repository.
 */
export function absentIfDenied(thrown: unknown): Seen<never> {
  const failure = asFailure(thrown);
  return mayBeHidden(failure) ? { kind: 'absent', doubt: failure } : { kind: 'unknown', because: failure };
}

function mayBeHidden({ reason, status }: Failure): boolean {
  return reason === 'denied' && (status === 401 || status === 403);
}

/**
 * The doors for a mode that pushes nothing, so that no push ever shows it: only a 403 to a login may stand for "not there
 * yet". To whoever comes without a login, or with one that counts for nothing, the mirror says so, in one sentence a
 * repository.
 */
export function forReading(doors: Doors): Doors {
  const { mirror, hasLogin } = doors;
  const explain = async (name: Name, thrown: unknown): Promise<never> => {
    const failure = asFailure(thrown);
    if (!mayBeHidden(failure)) throw failure;
    const isKnown = await hasLogin(name);
    if (isKnown && failure.status === 403) throw failure;
    const whom = isKnown ? 'this login' : 'anybody without a login';
    const message = `the mirror ${name.registry} does not show ${name.repository} to ${whom} (${failure.status})`;
    throw new Failure('denied', message, {
      hint: loginHint(name, isKnown),
      detail: failure.detail,
      cause: failure,
    });
  };
  const shown: MirrorRegistry = {
    ...mirror,
    head: (name, reference) => mirror.head(name, reference).catch((thrown) => explain(name, thrown)),
    get: (name, reference) => mirror.get(name, reference).catch((thrown) => explain(name, thrown)),
  };
  return { ...doors, mirror: shown };
}

function loginHint({ registry }: Name, isKnown: boolean): string {
  const as = isKnown ? 'with an account that may read it' : 'with docker/login-action';
  return `log in to ${registry} before this step, ${as}; a package that is not public needs a login to be read`;
}
