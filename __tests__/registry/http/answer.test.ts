import { describe, expect, it } from '@jest/globals';
import {
  type Answer,
  asTransportError,
  failureOf,
  isTemporary,
  retryAfter,
} from '../../../src/registry/http/answer.ts';
import { parseGoDuration } from '../../../src/registry/limits/asked-wait.ts';

const NOW = Date.parse('Sat, 21 Nov 2026 04:00:00 GMT');

function answer(status: number, body = '', headers: Record<string, string> = {}): Answer {
  return { status, phrase: 'Phrase', headers, body: Buffer.from(body), url: new URL('https://r.example/') };
}
const coded = (status: number, code: string, message = ''): Answer =>
  answer(status, JSON.stringify({ errors: [{ code, message }] }));

describe('retryAfter', () => {
  it.each([
    [{ 'retry-after': '5' }, '', 5_000],
    [{ 'retry-after': '0.5' }, '', 500],
    [{ 'retry-after': '3600' }, '', 3_600_000],
    [{ 'retry-after': '-1' }, '', null],
    [{ 'retry-after': 'soon' }, '', null],
    [{}, '', null],
    [{ 'retry-after': 'Sat, 21 Nov 2026 04:00:04 GMT' }, '', 4_000],
    [{ 'retry-after': 'Sat, 21 Nov 2026 03:00:00 GMT' }, '', 0],
    [{ 'retry-after': 'Fri, 21 Nov 2031 08:00:09 GMT', date: 'Fri, 21 Nov 2031 08:00:00 GMT' }, '', 9_000],
    [
      {},
      '{"errors":[{"code":"TOOMANYREQUESTS","message":"retry-after: 10.3ms, allowed: 2000/minute"}]}',
      10.3,
    ],
    [
      {},
      '{"errors":[{"code":"TOOMANYREQUESTS","message":"retry-after: 1m2s, allowed: 2000/minute"}]}',
      62_000,
    ],
  ])('%j %s', (headers, body, expected) => {
    const wait = retryAfter(answer(429, body, headers as Record<string, string>), NOW);
    if (expected === null) expect(wait).toBeNull();
    else expect(wait).toBeCloseTo(expected);
  });
});

it.each([
  ['1h', 3_600_000],
  ['1.5s', 1_500],
  ['300µs', 0.3],
  ['5', null],
  ['s', null],
])('Go duration %s', (text, expected) => {
  const found = parseGoDuration(text);
  if (expected === null) expect(found).toBeNull();
  else expect(found).toBeCloseTo(expected);
});

it.each([
  [401, 'UNAUTHORIZED', '', 'denied', false],
  [403, 'DENIED', 'requested access to the resource is denied', 'denied', false],
  [403, 'DENIED', 'quota exceeded', 'quota', false],
  [507, 'UNKNOWN', 'no space left on device', 'quota', false],
  [413, 'UNKNOWN', 'storage limit', 'quota', false],
  [413, '', '', 'unsupported', false],
  [403, 'DENIED', 'tag is immutable', 'immutable', false],
  [400, 'TAG_INVALID', 'The image tag 1.0 already exists', 'immutable', false],
  [409, 'ImageTagAlreadyExistsException', '', 'immutable', false],
  [404, 'MANIFEST_UNKNOWN', '', 'not-found', false],
  [400, 'MANIFEST_BLOB_UNKNOWN', 'blob unknown', 'not-found', false],
  [405, 'UNSUPPORTED', '', 'unsupported', false],
  [400, 'MANIFEST_INVALID', '', 'unsupported', false],
  [400, 'DIGEST_INVALID', '', 'corrupt', false],
  [429, '', '', 'rate-limited', true],
  [403, 'TOOMANYREQUESTS', '', 'rate-limited', true],
  [503, 'INTERNAL_ERROR', '', 'server-error', true],
  [408, '', '', 'timeout', true],
  [499, '', '', 'unsupported', true],
  [522, '', '', 'server-error', true],
  [520, '', '', 'server-error', true],
  [530, '', '', 'server-error', true],
  [425, '', '', 'unsupported', true],
  [501, '', '', 'unsupported', false],
])('%i %s %s becomes %s, temporary: %s', (code, word, message, reason, temporary) => {
  const given = word === '' ? answer(code) : coded(code, word, message);
  expect(failureOf('HEAD r.example/a:1', given).reason).toBe(reason);
  expect(isTemporary(given)).toBe(temporary);
});

it('says what happened on one line, whatever the registry sends', () => {
  const failure = failureOf(
    'GET r.example/a:1',
    coded(503, 'BAD', `\n::error::x\u001b[31m##[error]${'y'.repeat(500)}`),
    5,
  );
  expect(failure.message).toMatch(/^GET r\.example\/a:1: 503 Phrase \(after 5 attempts\): BAD: /);
  expect(failure.message).not.toMatch(/[\n\u001b]|##\[/);
  expect(failure.message.length).toBeLessThan(400);
  expect(failureOf('X', answer(502, '<html>Bad</html>', { 'content-type': 'text/html' })).message).toBe(
    'X: 502 Phrase',
  );
});

it.each([
  ['ECONNRESET', 'network', true],
  ['ECONNREFUSED', 'network', true],
  ['ENOTFOUND', 'network', true],
  ['EAI_AGAIN', 'network', true],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls', false],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls', false],
  // One of many servers behind a name, or a bad moment of one.
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls', true],
  ['CERT_HAS_EXPIRED', 'tls', true],
  ['ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR', 'tls', true],
  ['EPROTO', 'tls', true],
])('%s is %s', (code, reason, again) => {
  expect(asTransportError(Object.assign(new Error('x'), { code }))).toMatchObject({
    reason,
    mayRetry: again,
  });
});

it('a server that does not speak TLS is not asked again', () => {
  const error = Object.assign(new Error('SSL routines:tls_validate_record_header:wrong version number'), {
    code: 'ERR_SSL_WRONG_VERSION_NUMBER',
  });
  expect(asTransportError(error)).toMatchObject({ reason: 'tls', mayRetry: false });
});
