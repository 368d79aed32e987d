// What an answer of a registry means: to be tried again or not, how long to wait, and the Failure it becomes. Pure.

import type { IncomingHttpHeaders } from 'node:http';
import { Failure, type Reason } from '../../base/errors/failure.ts';
import { creationHint, hintFor, POLICY_HINT } from '../../base/errors/hints.ts';
import { asObject, parseObject } from '../../base/text/json.ts';
import { oneLine } from '../../base/text/sanitize.ts';

/** A whole answer. `url` is where it came from, after redirects. */
export type Answer = {
  readonly status: number;
  readonly phrase: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly url: URL;
};

/** What went wrong below HTTP. `again` says whether another attempt makes sense. */
export class TransportError extends Error {
  readonly reason: Reason;
  readonly again: boolean;

  constructor(reason: Reason, message: string, again: boolean, cause?: unknown) {
    super(message, { cause });
    this.name = 'TransportError';
    this.reason = reason;
    this.again = again;
  }
}

// The status decides first, the code in the body second: registries invent codes (`INTERNAL_ERROR` with a 503).
const TEMPORARY = new Set([408, 429, 499, 500, 502, 503, 504, 522]);
// Not ENOTFOUND: resolvers say it for names that exist, and take it back a moment later.
const FINAL_CODES = ['EAI_NONAME', 'ERR_INVALID_URL', 'ERR_UNESCAPED_CHARACTERS'];
const TLS_CODE = /^(?:CERT_|DEPTH_|SELF_SIGNED|UNABLE_TO_|ERR_TLS|ERR_SSL|ERR_OSSL|EPROTO|HOSTNAME_MISMATCH)/;

/** What registries say of a full store: Harbor's "will exceed the configured upper limit", Nexus's soft quota. */
const QUOTA =
  /quota|storage limit|no space|disk full|out of space|insufficient storage|exceed(?:s|ed)?\b(?!.*rate).*(?:storage|limit)/i;
/** What they say of a tag that may not move: Harbor, GAR and ECR name immutability, ACR a lock, Nexus "updating assets". */
const IMMUTABLE =
  /immutab|already ?exists|TAG_INVALID|cannot be (?:overwritten|overridden|updated|moved)|operation is disallowed|does not allow updating/i;
/** Harbor keeps images from being pulled that its scanner or its signatures do not clear. */
const POLICY = /PROJECTPOLICYVIOLATION/;

const MAX_TEXT = 300;

/** True for an answer that may be another one in a moment. */
export function isTemporary(answer: Answer): boolean {
  return TEMPORARY.has(answer.status) || isRateLimit(answer);
}

/** A rate limit comes as 429, and from some registries as another refusal with the code of one. */
export function isRateLimit(answer: Answer): boolean {
  if (answer.status === 429) return true;
  return (answer.status === 400 || answer.status === 403) && /TOOMANYREQUESTS/.test(errorText(answer));
}

/**
 * Milliseconds the registry asks to wait, or `null` when it does not say or says it unreadably. Reads Retry-After as
 * seconds or as a date (RFC 9110, section 10.2.3; a date is taken relative to the answer's own Date, so that a wrong
 * clock does no harm), and the duration that GHCR puts into the message.
 */
export function retryAfter(answer: Answer, now: number): number | null {
  const header = answer.headers['retry-after']?.trim() ?? '';
  if (/^\d+(?:\.\d+)?$/.test(header)) return Number(header) * 1000;
  const date = /[a-z]{3}.*\d{2}:\d{2}/i.test(header) ? Date.parse(header) : Number.NaN;
  if (!Number.isNaN(date)) return Math.max(0, date - (parseDate(answer.headers.date) ?? now));
  return waitInWords(errorText(answer));
}

/** Milliseconds that a message asks to wait, as GHCR writes it (`retry-after: 10.3ms, allowed: 44000/minute`), or `null`. */
function waitInWords(text: string): number | null {
  return parseGoDuration(/retry-after:\s*((?:\d+(?:\.\d+)?[a-zµ]+)+)/i.exec(text)?.[1] ?? '');
}

function parseDate(text: string | undefined): number | null {
  const date = Date.parse(text ?? '');
  return Number.isNaN(date) ? null : date;
}

const UNITS: Readonly<Record<string, number>> = {
  h: 3.6e6,
  m: 60_000,
  s: 1000,
  ms: 1,
  us: 1e-3,
  µs: 1e-3,
  ns: 1e-6,
};

/** Milliseconds of a duration as Go prints it (`10.3ms`, `1m30s`), or `null`. */
export function parseGoDuration(text: string): number | null {
  if (!/^(?:\d+(?:\.\d+)?(?:h|ms|m|us|µs|ns|s))+$/.test(text)) return null;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|us|µs|ns|s)/g)];
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * (UNITS[unit ?? ''] ?? 0), 0);
}

/** Node's error of a socket, a TLS handshake or the HTTP parser as a TransportError. */
export function asTransportError(thrown: unknown): TransportError {
  if (thrown instanceof TransportError) return thrown;
  if (thrown instanceof Failure) return new TransportError(thrown.reason, thrown.message, false, thrown);
  // Not `instanceof`: Node's own errors may come from another realm.
  const { code: unchecked, message } = asObject(thrown) ?? {};
  const code = typeof unchecked === 'string' ? unchecked : '';
  const text = oneLine(typeof message === 'string' && message !== '' ? message : code, MAX_TEXT);
  if (TLS_CODE.test(code)) return new TransportError('tls', text, false, thrown);
  return new TransportError('network', text, !FINAL_CODES.includes(code), thrown);
}

/** The Failure for a broken exchange. `what` is method and reference, `attempts` how often it was tried. */
export function failureOfError(what: string, error: TransportError, attempts: number): Failure {
  return new Failure(error.reason, `${what}: ${error.message}${attemptsMade(attempts)}`, {
    hint: error.cause instanceof Failure ? error.cause.hint : hintFor(error.reason),
    cause: error,
  });
}

/** The Failure for an answer that is not the wanted one. */
export function failureOf(what: string, answer: Answer, attempts = 1): Failure {
  const text = errorText(answer);
  const reason = reasonOf(answer, text);
  const tail = text === '' ? '' : `: ${text}`;
  const message = `${what}: ${answer.status} ${oneLine(answer.phrase, 60)}`.trimEnd();
  const hint = POLICY.test(text) ? POLICY_HINT : hintFor(reason);
  return new Failure(reason, `${message}${attemptsMade(attempts)}${tail}`, { hint, status: answer.status });
}

/** The same where something was pushed to `name` on the mirror: there a repository may have to be created first. */
export function pushFailureOf(what: string, answer: Answer, name: Pushed): Failure {
  const failure = failureOf(what, answer);
  if (failure.reason !== 'not-found' || !lacksRepository(answer)) return failure;
  const { reason, message } = failure;
  return new Failure(reason, message, { hint: creationHint(name), cause: failure });
}

type Pushed = { readonly registry: string; readonly repository: string };

/** Only an answer that names nothing smaller speaks of the repository itself. */
function lacksRepository(answer: Answer): boolean {
  return /NAME_UNKNOWN|NOT_FOUND|repository.*(?:not found|does not exist)/i.test(errorText(answer));
}

function attemptsMade(attempts: number): string {
  return attempts > 1 ? ` (after ${attempts} attempts)` : '';
}

/** `CODE: message: detail` of every error in the body (distribution-spec, "Error Codes"), else the body; one line. */
export function errorText({ body, headers }: Answer): string {
  const text = body.toString('utf8', 0, 65_536);
  const errors = parseErrors(text);
  if (errors !== null) return oneLine(errors, MAX_TEXT);
  return isWebPage(text, headers) ? '' : oneLine(text, MAX_TEXT);
}

/** Gateways answer with pages for browsers: their status says all there is to say. */
function isWebPage(text: string, headers: IncomingHttpHeaders): boolean {
  return /html/i.test(headers['content-type'] ?? '') || /^\s*<(?:!doctype|html|head|\?xml)/i.test(text);
}

function parseErrors(text: string): string | null {
  const errors = parseObject(text)?.errors;
  return Array.isArray(errors) ? errors.slice(0, 5).map(formatError).join('; ') : null;
}

/** Some put the cause into `detail` alone (Nexus); what repeats the message, or is not for people, is left out. */
function formatError(entry: unknown): string {
  const { code, message, detail } = asObject(entry) ?? {};
  const cause = typeof detail === 'string' ? detail : asObject(detail)?.message;
  const parts = [code, message, cause === message ? '' : cause];
  return parts.filter((part) => typeof part === 'string' && part !== '').join(': ');
}

/** Statuses under which the words for a full store, and for a tag that may not move, are believed. */
const QUOTA_AT: readonly number[] = [400, 403, 412, 413, 500];
const IMMUTABLE_AT: readonly number[] = [400, 403, 405, 409, 412];

function reasonOf({ status }: Answer, text: string): Reason {
  if (status === 429 || /TOOMANYREQUESTS/.test(text)) return 'rate-limited';
  if (status === 507 || (QUOTA_AT.includes(status) && QUOTA.test(text))) return 'quota';
  if (IMMUTABLE_AT.includes(status) && IMMUTABLE.test(text)) return 'immutable';
  if (status === 401 || status === 403 || status === 407 || POLICY.test(text)) return 'denied';
  if (status === 404 || /(?:BLOB|MANIFEST|MANIFEST_BLOB|NAME)_UNKNOWN/.test(text)) return 'not-found';
  if (status === 400 && /DIGEST_INVALID/.test(text)) return 'corrupt';
  if (status === 408) return 'timeout';
  return status >= 500 && status !== 501 ? 'server-error' : 'unsupported';
}
