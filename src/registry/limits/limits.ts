// What registries still let through. A limit that is used up for long is not waited for: whatever needs it ends at once,
// all with the same words, and is left to the next run. What comes back soon is waited for (http/pace.ts).

import type { IncomingHttpHeaders } from 'node:http';
import { Failure } from '../../base/errors/failure.ts';
import { withHint } from '../../base/errors/hints.ts';
import { duration } from '../../base/text/words.ts';
import {
  higherLimit,
  limitHint,
  limitWords,
  ownerOf,
  type PullLimit,
  readPullLimit,
  untilNextPull,
} from './pull-limit.ts';

/** The longest wait that a registry may ask for where it limits the rate, in milliseconds. */
const LONGEST_WAIT = 5 * 60_000;

/** A request as far as a limit may be its own: the kinds are those of the meter. */
type Asked = { readonly host: string; readonly kind: string };

/** An answer that refuses for too many requests: the wait it asks for (milliseconds, null for none), and its words. */
type Refusal = {
  readonly headers: IncomingHttpHeaders;
  readonly asked: number | null;
  readonly sentence: string;
};

/** So many pulls; `tooFew` is the Failure of those that they do not suffice for, one for all. */
type Left = { readonly pulls: number; readonly tooFew: () => Failure };

/** The limits of every host that a run contacts. */
export type Limits = {
  /** Makes one request and hears the headers of its answer. @throws Failure `rate-limited` where it would be refused */
  run<A extends { readonly headers: IncomingHttpHeaders }>(asked: Asked, work: () => Promise<A>): Promise<A>;
  /** The Failure of a refusal that is not worth waiting for, with which all like it end; null for any other. */
  refused(asked: Asked, refusal: Refusal): Failure | null;
  /** Milliseconds that such a refusal is to be waited for; null where it names no time that anybody waits. */
  waitOf(refusal: Refusal): number | null;
  /** The pulls that a host with a limit still lets begin; null where there is none that lasts. */
  left(host: string): Left | null;
  /** What is known of the pulls of each host, where its answers say. */
  known(): ReadonlyMap<string, PullLimit>;
};

/** `timeLeft`: milliseconds until no more work is begun. `tell` is called once for each limit that is used up. */
type LimitDeps = { readonly timeLeft: () => number; readonly tell: (line: string) => void };

type Host = {
  known: PullLimit | null;
  /** Pulls that may still begin: those under way are taken off, though no answer counts them yet. */
  unclaimed: number;
  readonly underWay: Set<Promise<unknown>>;
  /** Why no request of a kind is made any more. */
  readonly closed: Map<string, Failure>;
  /** Kinds of requests that were refused for long once. */
  readonly doubted: Set<string>;
  tooFew: Failure | null;
};

/** Nothing is known yet. */
export function createLimits(deps: LimitDeps): Limits {
  const hosts = new Map<string, Host>();
  const hostOf = ({ host: name }: Asked): Host => {
    const fresh = { known: null, unclaimed: Number.NEGATIVE_INFINITY, underWay: new Set<Promise<unknown>>() };
    const host = hosts.get(name) ?? { ...fresh, closed: new Map(), doubted: new Set<string>(), tooFew: null };
    hosts.set(name, host);
    return host;
  };
  const close = (asked: Asked, failure: Failure): Failure => {
    const { closed } = hostOf(asked);
    // Who may not even look may not pull either.
    for (const kind of asked.kind === 'manifest-head' ? ['manifest-get'] : []) closed.set(kind, failure);
    closed.set(asked.kind, failure);
    deps.tell(withHint(failure));
    return failure;
  };
  return {
    async run(asked, work) {
      const host = hostOf(asked);
      if (isPull(asked)) return pull(host, asked, { work, deps, close });
      throwClosed(host, asked);
      const answer = await work();
      // A list of digests may come from an API that has a limit of its own, which is none of pulls.
      if (asked.kind !== 'list') hear(host, answer.headers);
      return answer;
    },
    refused(asked, refusal) {
      const { closed, doubted } = hostOf(asked);
      const known = closed.get(asked.kind) ?? limitFailure(asked.host, refusal, deps);
      if (known !== null) return closed.has(asked.kind) ? known : close(asked, known);
      const failure = waitFailure(asked.host, refusal, deps);
      // One wait of hours without any limit may be a slip of one server among many: it is asked about once more.
      if (failure !== null && doubted.has(asked.kind)) return close(asked, failure);
      if (failure !== null) doubted.add(asked.kind);
      return null;
    },
    waitOf({ headers, asked }) {
      const limit = readPullLimit(headers, Date.now());
      const wait = asked ?? (limit?.remaining === 0 ? untilNextPull(limit) : null);
      return isFar(wait, deps) ? null : wait;
    },
    left(name) {
      const host = hosts.get(name);
      return host === undefined ? null : leftOf(name, host, deps);
    },
    known: () =>
      new Map([...hosts].flatMap(([name, { known }]) => (known === null ? [] : [[name, known] as const]))),
  };
}

function leftOf(name: string, host: Host, deps: LimitDeps): Left | null {
  const { known } = host;
  if (known === null || !isFar(untilNextPull(known), deps)) return null;
  const pulls = Math.max(0, Math.min(host.unclaimed, known.remaining));
  const tooFew = (): Failure => {
    if (host.tooFew !== null) return host.tooFew;
    const failure = host.closed.get('manifest-get') ?? tooFewFailure(name, { ...known, remaining: pulls });
    if (!host.closed.has('manifest-get')) deps.tell(withHint(failure));
    host.tooFew = failure;
    return failure;
  };
  return { pulls, tooFew };
}

/** Docker Hub counts the GETs of manifests; HEADs are free (docs.docker.com, "Pull usage and limits"). */
function isPull({ kind }: Asked): boolean {
  return kind === 'manifest-get';
}

function throwClosed({ closed }: Host, { kind }: Asked): void {
  const failure = closed.get(kind);
  if (failure !== undefined) throw failure;
}

type Pull<A> = {
  readonly work: () => Promise<A>;
  readonly deps: LimitDeps;
  readonly close: (asked: Asked, failure: Failure) => Failure;
};

async function pull<A extends { readonly headers: IncomingHttpHeaders }>(
  host: Host,
  asked: Asked,
  { work, deps, close }: Pull<A>,
): Promise<A> {
  // Those under way may have taken the last: their answers will say.
  while (isSpent(host, deps) && host.underWay.size > 0) await Promise.race(host.underWay);
  throwClosed(host, asked);
  if (host.known !== null && isSpent(host, deps)) throw close(asked, usedUp(asked.host, host.known, ''));
  host.unclaimed -= 1;
  const { promise, resolve } = Promise.withResolvers<void>();
  host.underWay.add(promise);
  try {
    const answer = await work();
    host.underWay.delete(promise);
    hear(host, answer.headers);
    return answer;
  } finally {
    host.underWay.delete(promise);
    resolve();
  }
}

/** An answer counts some of the pulls under way, and nobody knows how many. */
function hear(host: Host, headers: IncomingHttpHeaders): void {
  const limit = readPullLimit(headers, Date.now());
  if (limit === null) return;
  host.known = limit;
  const least = limit.remaining - host.underWay.size;
  host.unclaimed = Math.min(Math.max(host.unclaimed, least), limit.remaining);
}

/** Whether a limit that is not worth waiting for lets no further pull begin. */
function isSpent({ known, unclaimed }: Host, deps: LimitDeps): boolean {
  return known !== null && unclaimed <= 0 && isFar(untilNextPull(known), deps);
}

function isFar(milliseconds: number | null, { timeLeft }: LimitDeps): boolean {
  return milliseconds !== null && (milliseconds > LONGEST_WAIT || milliseconds > timeLeft());
}

function limitFailure(host: string, { headers, asked, sentence }: Refusal, deps: LimitDeps): Failure | null {
  const limit = readPullLimit(headers, Date.now());
  if (limit?.remaining !== 0) return null;
  const until = untilNextPull(limit);
  return isFar(until, deps) || (until === null && asked === null) ? usedUp(host, limit, sentence) : null;
}

function usedUp(host: string, limit: PullLimit, sentence: string): Failure {
  const none = { ...limit, remaining: 0 };
  const message = `${limitWords(host, none)} is used up${tail(sentence)}`;
  return new Failure('rate-limited', message, { hint: limitHint(host, none) });
}

function tooFewFailure(host: string, limit: PullLimit): Failure {
  if (limit.remaining === 0) return usedUp(host, limit, '');
  const message = `${limitWords(host, limit)} is too low for the rest: what was begun is finished first`;
  return new Failure('rate-limited', message, { hint: limitHint(host, limit) });
}

function waitFailure(host: string, { asked, sentence }: Refusal, deps: LimitDeps): Failure | null {
  if (asked === null || !isFar(asked, deps)) return null;
  const budget = asked > deps.timeLeft() ? ', longer than the time budget lasts' : '';
  const message = `${ownerOf(host)} limits requests and asks to wait ${duration(asked)}${budget}${tail(sentence)}`;
  return new Failure('rate-limited', message, {
    hint: `it can go on in ${duration(asked)}: the next run does the rest; ${higherLimit(host)}`,
  });
}

function tail(sentence: string): string {
  return sentence === '' ? '' : `: ${sentence}`;
}
