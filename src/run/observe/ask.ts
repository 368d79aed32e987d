// Many questions at once, each asked once: what could be seen, what is not there, and what could not be had.

import { asFailure } from '../../base/errors/failure.ts';
import type { LookUps } from '../../base/flow/alive.ts';
import { inParallel } from '../../base/flow/limit.ts';
import { unlessStopped } from '../../base/flow/stop.ts';
import type { Seen } from '../../plan/observation/observation.ts';

/** How many look-ups wait at once. The transport paces each host, so this only bounds the queue in front of it. */
const WIDTH = 64;

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
  const unique = new Map(items.map((item) => [keyOf(item), item]));
  lookUps.asked += unique.size;
  const answers = await inParallel([...unique], WIDTH, async ([key, item]): Promise<[string, Seen<V>]> => {
    try {
      const value = await unlessStopped(() => ask(item), stop);
      return [key, value === null ? { kind: 'absent', doubt: null } : { kind: 'seen', value }];
    } catch (thrown) {
      return [key, onFailure(thrown)];
    } finally {
      lookUps.answered += 1;
    }
  });
  return new Map(answers);
}

function asUnknown(thrown: unknown): Seen<never> {
  return { kind: 'unknown', because: asFailure(thrown) };
}

/** Many registries refuse to show a repository that nobody has pushed to yet: on the mirror the push decides. */
export function absentIfDenied(thrown: unknown): Seen<never> {
  const failure = asFailure(thrown);
  return failure.reason === 'denied'
    ? { kind: 'absent', doubt: failure }
    : { kind: 'unknown', because: failure };
}
