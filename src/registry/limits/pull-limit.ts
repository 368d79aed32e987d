// A registry's limit on pulls, read from the headers of an answer, and put in words. Pure.

import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { duration } from '../../base/text/words.ts';
import { DOCKER_HUB, isDockerHub } from '../../image/names/hub.ts';

/** `remaining` of `limit` pulls as an answer had it; `limit` is null where it does not say. */
export type PullLimit = {
  readonly limit: number | null;
  readonly remaining: number;
  /** Milliseconds over which pulls are counted; null where the answer does not say. */
  readonly window: number | null;
  /** Milliseconds until there are pulls again; null where the answer does not say. */
  readonly reset: number | null;
  /** Whether it is the limit of an account, and not of an address. */
  readonly ofAccount: boolean;
};

/** What is larger than any wait is a time of day: GitLab writes seconds since 1970. */
const TIME_OF_DAY = 1e9;
const WINDOW = /;\s*w=(\d{1,9})/;
const FIRST = /^\s*(\d{1,9})\b/;

/**
 * Reads `ratelimit-limit: 100;w=21600` and `ratelimit-remaining` (docs.docker.com, "Pull usage and limits"), and
 * `ratelimit-reset` (draft-ietf-httpapi-ratelimit-headers-07); null where the remaining pulls are not given. `now` is in
 * milliseconds since 1970.
 */
export function readPullLimit(headers: IncomingHttpHeaders, now: number): PullLimit | null {
  const header = headers['ratelimit-remaining'];
  const remaining = header === undefined ? null : numberIn(header, FIRST);
  if (header === undefined || remaining === null) return null;
  const limit = headers['ratelimit-limit'];
  const source = String(headers['docker-ratelimit-source'] ?? '');
  return {
    limit: numberIn(limit, FIRST),
    remaining,
    window: inMilliseconds(numberIn(header, WINDOW) ?? numberIn(limit, WINDOW)),
    reset: resetOf(numberIn(headers['ratelimit-reset'], /^\s*(\d{1,12})\s*$/), now),
    // Docker Hub names an account by its id, and everybody else by address.
    ofAccount: source !== '' && isIP(source.split(';', 1)[0] ?? '') === 0,
  };
}

function numberIn(header: string | string[] | undefined, form: RegExp): number | null {
  const found = form.exec([header ?? []].flat().join(','))?.[1];
  return found === undefined ? null : Number(found);
}

function inMilliseconds(seconds: number | null): number | null {
  return seconds === null ? null : seconds * 1000;
}

function resetOf(seconds: number | null, now: number): number | null {
  if (seconds === null || seconds < TIME_OF_DAY) return inMilliseconds(seconds);
  return Math.max(0, seconds * 1000 - now);
}

/** Milliseconds, at most, until a limit that is used up lets a pull through; null where nobody knows. */
export function untilNextPull({ reset, window }: PullLimit): number | null {
  return reset ?? window;
}

/** `Docker Hub's pull limit (0 of 100 left)`. */
export function limitWords(host: string, { limit, remaining }: PullLimit): string {
  return `${ownerOf(host)}'s pull limit (${remaining}${limit === null ? '' : ` of ${limit}`} left)`;
}

/** Why a host that refuses too many requests is waited for: its pull limit, where the answer has one. */
export function limitReason(host: string, status: number, headers: IncomingHttpHeaders): string {
  const limit = readPullLimit(headers, 0);
  return limit?.remaining === 0 ? limitWords(host, limit) : `${ownerOf(host)} limits requests (${status})`;
}

/** The name of a contacted host that people know it by, in a sentence. */
export function ownerOf(host: string): string {
  return isDockerHub(host) ? 'Docker Hub' : host;
}

/** What to do about a limit that is used up: when it goes on, and how to have a higher one. */
export function limitHint(host: string, { reset, window, ofAccount }: PullLimit): string {
  const counts = window === null ? 'the next run goes on' : `the limit counts ${spanWords(window)}`;
  const when = reset === null ? counts : `it can go on in ${duration(reset)}`;
  if (ofAccount)
    return `${when}; it is the limit of the account that is logged in: the next run does the rest`;
  return `${when}; ${higherLimit(host)}`;
}

/** How to have a higher limit at a host. */
export function higherLimit(host: string): string {
  const registry = isDockerHub(host) ? DOCKER_HUB : host;
  return `log in to ${registry} with docker/login-action for a higher limit`;
}

const NUMBERS = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];
const HOUR = 3_600_000;

/** `six hours`; what is not whole hours as a duration. */
function spanWords(milliseconds: number): string {
  const hours = milliseconds / HOUR;
  if (!Number.isInteger(hours) || hours < 1) return duration(milliseconds);
  return `${NUMBERS[hours] ?? hours} ${hours === 1 ? 'hour' : 'hours'}`;
}
