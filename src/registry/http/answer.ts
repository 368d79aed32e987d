// What an answer of a registry means: to be tried again or not, how long to wait, and the Failure it becomes. Pure.

import type { IncomingHttpHeaders } from 'node:http';
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import { Failure, type Reason } from '../../base/errors/failure.ts';
import { hintFor } from '../../base/errors/hints.ts';
import { asObject, parseObject } from '../../base/text/json.ts';
import { oneLine } from '../../base/text/sanitize.ts';
import { waitInWords } from '../limits/asked-wait.ts';
import type { Inquiry, Reply, Sign } from '../refusals/refusal.ts';
import { findRefusal } from '../refusals/table.ts';
import type { Kind } from './meter.ts';

/** A whole answer. `url` is where it came from, after redirects. */
export type Answer = {
  readonly status: number;
  readonly phrase: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly url: URL;
};

/** What went wrong below HTTP. `mayRetry` says whether another attempt makes sense. */
export class TransportError extends Error {
  readonly reason: Reason;
  readonly mayRetry: boolean;

  constructor(reason: Reason, message: string, mayRetry: boolean, cause?: unknown) {
    super(message, { cause });
    this.name = 'TransportError';
    this.reason = reason;
    this.mayRetry = mayRetry;
  }
}

/**
 * The Failure of an exchange before it is known for whom it was made: its message is the bare facts. The session explains
 * it in the words of the table of refusals, which look at `reply`.
 */
export class RawFailure extends Failure {
  readonly reply: Reply;

  constructor(
    reason: Reason,
    message: string,
    reply: Reply,
    options: { hint?: string; cause?: unknown } = {},
  ) {
    super(reason, message, { ...options, status: reply.status });
    this.reply = reply;
  }
}

// The status decides first, the code in the body second: registries invent codes (`INTERNAL_ERROR` with a 503).
const TEMPORARY = new Set([408, 425, 429, 499]);
// Of errors of the server those that stay what they are: not implemented, no such version of HTTP, no room, a loop, a network
// to log in to. RFC 9110, RFC 4918, RFC 5842, RFC 6585; all others pass, those that gateways invent too (520 to 530).
const LASTING = new Set([501, 505, 507, 508, 511]);
// Not ENOTFOUND: resolvers say it for names that exist, and take it back a moment later.
const FINAL_CODES = ['EAI_NONAME', 'ERR_INVALID_URL', 'ERR_UNESCAPED_CHARACTERS'];
const TLS_CODE = /^(?:CERT_|DEPTH_|SELF_SIGNED|UNABLE_TO_|ERR_TLS|ERR_SSL|ERR_OSSL|EPROTO|HOSTNAME_MISMATCH)/;
// An authority that is not known, and a server that does not speak TLS, stay what they are. One of many servers behind a name
// may have an old certificate, or break a handshake off.
const SURE = /SELF_SIGNED|UNABLE_TO_|wrong version number|packet length too long|http request|record layer/i;

/** As much as the table of refusals looks at, and as much as is shown. */
const MAX_READ = 2_000;
const MAX_TEXT = 300;

/** True for an answer that may be another one in a moment. */
export function isTemporary(answer: Answer): boolean {
  const { status } = answer;
  const passes = TEMPORARY.has(status) || (status >= 500 && !LASTING.has(status));
  return passes || isRateLimit(answer) || isBusy(answer);
}

/** Somebody else is at it just now; the same status tells of tags that may not move, which has words of its own. */
function isBusy(answer: Answer): boolean {
  if (answer.status !== 409 && answer.status !== 423) return false;
  return findRefusal({ ...SOMEBODY, writes: true }, replyOf(answer)).reason === 'unsupported';
}

/**
 * True for a 200 in which a token or a tag list should be and is not: nothing, half of it, or a page that something on
 * the way sent in its place. It may be there in a moment.
 */
export function isGarbled({ status, body }: Answer, kind: Kind): boolean {
  if (status !== 200 || (kind !== 'token' && kind !== 'list')) return false;
  return !looksWhole(body) || (kind === 'token' && !body.includes('token'));
}

/** True for bytes that begin and end as JSON does that holds something. */
export function looksWhole(body: Buffer): boolean {
  const first = body.toString('utf8', 0, 100).trimStart()[0];
  const last = body
    .toString('utf8', Math.max(0, body.length - 100))
    .trimEnd()
    .at(-1);
  return (first === '{' && last === '}') || (first === '[' && last === ']');
}

const UNPACK: Readonly<Record<string, (bytes: Buffer, options: { maxOutputLength: number }) => Buffer>> = {
  gzip: gunzipSync,
  'x-gzip': gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
};

/**
 * The same with its body as it was before it was packed for the way: whoever asks for nothing else may be sent that (RFC
 * 9110, section 12.5.3). As it is where it was not packed, whatever its header says, or holds more than `most` bytes.
 */
export function unpacked<A extends Pick<Answer, 'headers' | 'body'>>(answer: A, most: number): A {
  const unpack = UNPACK[answer.headers['content-encoding']?.trim().toLowerCase() ?? ''];
  if (unpack === undefined || answer.body.length === 0) return answer;
  try {
    return { ...answer, body: unpack(answer.body, { maxOutputLength: most }) };
  } catch {
    return answer;
  }
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

function parseDate(text: string | undefined): number | null {
  const date = Date.parse(text ?? '');
  return Number.isNaN(date) ? null : date;
}

/** Node's error of a socket, a TLS handshake or the HTTP parser as a TransportError. */
export function asTransportError(thrown: unknown): TransportError {
  if (thrown instanceof TransportError) return thrown;
  if (thrown instanceof Failure) return new TransportError(thrown.reason, thrown.message, false, thrown);
  // Not `instanceof`: Node's own errors may come from another realm.
  const { code: unchecked, message } = asObject(thrown) ?? {};
  const code = typeof unchecked === 'string' ? unchecked : '';
  const text = oneLine(typeof message === 'string' && message !== '' ? message : code, MAX_TEXT);
  if (TLS_CODE.test(code)) return new TransportError('tls', text, !SURE.test(`${code} ${text}`), thrown);
  return new TransportError('network', text, !FINAL_CODES.includes(code), thrown);
}

/** The Failure for a broken exchange. `what` is method and reference, `attempts` how often it was tried. */
export function failureOfError(what: string, error: TransportError, attempts: number): Failure {
  const message = `${what}: ${error.message}${attemptsMade(attempts)}`;
  const { cause } = error;
  // What this program itself forbids has said all there is to say.
  if (cause instanceof Failure && cause.reason === 'denied') return cause;
  if (error.reason === 'cancelled') return new Failure('cancelled', message, { cause: error });
  const hint = cause instanceof Failure ? cause.hint : '';
  return new RawFailure(error.reason, message, replyOfError(error), { hint, cause: error });
}

/** The same for whatever broke the only attempt; a Failure stays what it is. */
export function asFailureOf(what: string, thrown: unknown): Failure {
  return thrown instanceof Failure ? thrown : failureOfError(what, asTransportError(thrown), 1);
}

function replyOfError({ message, cause }: TransportError): Reply {
  const { code } = asObject(cause) ?? {};
  const text = oneLine(typeof code === 'string' ? `${code} ${message}` : message, MAX_READ);
  return { ...NO_REPLY, text };
}

const NO_REPLY: Reply = { status: 0, text: '', page: false, headers: '', login: null, sign: '' };

/** The Failure for an answer that is not the wanted one. */
export function failureOf(what: string, answer: Answer, attempts = 1): RawFailure {
  const reply = replyOf(answer);
  const { reason } = findRefusal({ ...SOMEBODY, registry: answer.url.host }, reply);
  const text = errorText(answer);
  const tail = text === '' ? '' : `: ${text}`;
  const message = `${what}: ${answer.status} ${oneLine(answer.phrase, 60)}`.trimEnd();
  const said = `${message}${attemptsMade(attempts)}${tail}`;
  return new RawFailure(reason, said, reply, { hint: hintFor(reason) });
}

/** The Failure of what this program itself finds wrong, `message` says with what; an answer may be a page for browsers. */
export function wrongAnswer(sign: Sign, message: string, answer: Answer | null = null): RawFailure {
  const reply: Reply = { ...(answer === null ? { ...NO_REPLY, status: 200 } : replyOf(answer)), sign };
  const { reason } = findRefusal(SOMEBODY, reply);
  return new RawFailure(reason, message, reply, { hint: hintFor(reason) });
}

/** Of no registry in particular. */
const SOMEBODY: Inquiry = {
  registry: '',
  repository: '',
  writes: false,
  sides: { mirror: '', keyOf: () => 'source' },
};

/** An answer as the table of refusals looks at it. */
function replyOf(answer: Answer): Reply {
  const { status, headers, body } = answer;
  const said = oneLine(body.toString('utf8', 0, MAX_READ), MAX_READ);
  // Of a page for browsers only this is not what its status says as well.
  const text = isPage(answer)
    ? (TO_TLS.exec(said)?.[0] ?? '')
    : errorText(answer, MAX_READ) || inHeaders(answer);
  const telling = TELLING.map((name) => headers[name] ?? '').join(' ');
  return { ...NO_REPLY, status, text, page: isPage(answer), headers: telling };
}

/** An answer to HEAD has no words, but Docker Hub counts pulls in a header (docs.docker.com, "Pull usage and limits"). */
function inHeaders({ headers }: Answer): string {
  return /^0\b/.test(String(headers['ratelimit-remaining'] ?? '')) ? 'no pull is left: pull rate limit' : '';
}

const TO_TLS = /HTTP request was sent to HTTPS port/i;
/** The headers in which servers say who they are. */
const TELLING = ['server', 'www-authenticate', 'x-jfrog-version', 'x-artifactory-id'];

function attemptsMade(attempts: number): string {
  return attempts > 1 ? ` (after ${attempts} attempts)` : '';
}

/** `CODE: message: detail` of every error in the body (distribution-spec, "Error Codes"), else the body; one line. */
export function errorText(answer: Answer, most = MAX_TEXT): string {
  const text = answer.body.toString('utf8', 0, 65_536);
  const errors = parseErrors(text);
  if (errors !== null) return oneLine(errors, most);
  return isPage(answer) ? '' : oneLine(text, most);
}

/** Gateways answer with pages for browsers: their status says all there is to say. */
function isPage({ body, headers }: Answer): boolean {
  const text = body.toString('utf8', 0, 65_536);
  if (parseErrors(text) !== null) return false;
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
