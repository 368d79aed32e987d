// What crane's last words mean: the reason of the Failure, and whether the same command may go better. Pure.
// crane prints the code of a structured error and keeps its status to itself, so both are looked for.

import { Failure, type Reason } from '../../base/errors/failure.ts';
import { hintFor } from '../../base/errors/hints.ts';
import { oneLine } from '../../base/text/sanitize.ts';
import { IMMUTABLE, QUOTA, waitInWords } from '../http/answer.ts';
import type { Ended } from './exec.ts';

/** How often a command that failed like this may run again: as often as others, once more, or not at all. */
type Again = 'yes' | 'once' | 'no';

/** An attempt that failed, and what to do about it. */
export type CraneFailure = {
  readonly kind: 'failed';
  readonly failure: Failure;
  readonly again: Again;
  /** Milliseconds the registry asked to wait, where crane passed it on. */
  readonly wait: number | null;
  /** The host (host[:port]) whose answer it was, where crane names one. */
  readonly host: string | null;
};

type Rule = readonly [pattern: RegExp, reason: Reason, again: Again];

// The first that fits. Order matters: a refusal names its cause after its code ("DENIED: tag is immutable").
const RULES: readonly Rule[] = [
  [
    /unsupported digest algorithm|unsupported MediaType|MANIFEST_INVALID|MANIFEST_UNVERIFIED|SIZE_INVALID|invalid URL on layer/i,
    'unsupported',
    'no',
  ],
  [/status code 429\b|TOOMANYREQUESTS|RATE_?LIMIT|too many requests/i, 'rate-limited', 'yes'],
  [/status code (?:408|499|50[0234]|522)\b/, 'server-error', 'yes'],
  [/status code 507\b/, 'quota', 'no'],
  [QUOTA, 'quota', 'no'],
  [IMMUTABLE, 'immutable', 'no'],
  [/UNAUTHORIZED|DENIED|status code (?:401|403|407)\b|invalid realm|authentication required/, 'denied', 'no'],
  [/status code 413\b/, 'quota', 'no'],
  [/UNSUPPORTED|status code (?:405|415|501)\b/, 'unsupported', 'no'],
  // A child or a layer that is not there at one moment was seen to be there at the next.
  [/BLOB_UNKNOWN|BLOB_UPLOAD_(?:UNKNOWN|INVALID)/, 'not-found', 'yes'],
  [/MANIFEST_UNKNOWN|NAME_UNKNOWN|status code 404\b/, 'not-found', 'once'],
  [/DIGEST_INVALID|does not match|mismatch|error verifying|content verification/i, 'corrupt', 'yes'],
  [/server gave HTTP response to HTTPS client|x509:|tls:|certificate/i, 'tls', 'no'],
  [/no such host/i, 'network', 'no'],
  [/i\/o timeout|handshake timeout|deadline exceeded|timeout awaiting/i, 'timeout', 'yes'],
  [/\bEOF\b|connection (?:reset|refused)|broken pipe|closed network|unreachable|http2: /i, 'network', 'yes'],
  [
    /NAME_INVALID|could not parse reference|parsing re(?:po|ference)|unknown flag|status code 400\b/,
    'unsupported',
    'no',
  ],
];

// Without a word that is known it may pass: registries invent codes for their bad moments.
const UNKNOWN: Rule = [/^/, 'server-error', 'yes'];

const MAX_TEXT = 300;

/** The Failure of a command that did not succeed. `what` says what was done to what, for the message. */
export function classify(what: string, ended: Ended): CraneFailure {
  const special = classifyEnding(what, ended);
  if (special !== null) return special;
  const text = lastWords(ended.stderr);
  const [, reason, again] = RULES.find(([pattern]) => pattern.test(withoutNames(text))) ?? UNKNOWN;
  const message = `${what}: ${oneLine(text, MAX_TEXT) || `crane failed with exit code ${ended.code}`}`;
  const failure = new Failure(reason, message, { hint: hintFor(reason) });
  return { kind: 'failed', failure, again, wait: waitInWords(text), host: hostIn(text) };
}

function classifyEnding(what: string, { how, code, stderr }: Ended): CraneFailure | null {
  const as = (reason: Reason, text: string, again: Again): CraneFailure => {
    return {
      kind: 'failed',
      failure: new Failure(reason, `${what}: ${text}`),
      again,
      wait: null,
      host: null,
    };
  };
  if (how === 'cancelled') return as('cancelled', 'the run was cancelled', 'no');
  if (how === 'deadline') return as('timeout', 'crane did not end in time', 'yes');
  if (how === 'stalled') return as('timeout', 'crane moved nothing for a long time', 'once');
  if (how === 'unstarted')
    return as('internal', `crane cannot be started: ${oneLine(stderr, MAX_TEXT)}`, 'no');
  if (how === 'stopped') return as('internal', 'crane was stopped', 'no');
  const panic = /^panic: .*$/m.exec(stderr)?.[0] ?? '';
  if (panic === '' && code !== 2 && !/^goroutine \d+ \[/m.test(stderr)) {
    return code === null ? as('server-error', 'crane was killed, perhaps for want of memory', 'yes') : null;
  }
  return as('internal', `crane itself crashed: ${oneLine(panic || `exit code ${code}`, MAX_TEXT)}`, 'yes');
}

// crane logs its progress first; the error stands at the end. What it says of retries in between decides nothing.
function lastWords(stderr: string): string {
  const at = stderr.lastIndexOf('\nError: ');
  const error = at >= 0 ? stderr.slice(at + 8) : stderr.startsWith('Error: ') ? stderr.slice(7) : null;
  return error ?? stderr.slice(-2_000);
}

// A repository may be called `quota-service`: names and addresses say nothing about what went wrong.
function withoutNames(text: string): string {
  return text
    .replace(/https?:\/\/\S+/g, '')
    .replace(/"[^"\s]*[/@][^"\s]*"/g, '')
    .replace(/reading tags for \S+/g, '');
}

// `GET https://host/v2/…: CODE` and `Get "https://host/v2/…": …`; the last is the nearest to the cause.
function hostIn(text: string): string | null {
  const requests = text.matchAll(/\b(?:GET|HEAD|PUT|POST|PATCH|DELETE) "?https?:\/\/([^/\s"]+)/gi);
  return [...requests].at(-1)?.[1] ?? null;
}
