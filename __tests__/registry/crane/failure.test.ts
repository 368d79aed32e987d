import { expect, it } from '@jest/globals';
import type { Ended } from '../../../src/registry/crane/exec.ts';
import { classify } from '../../../src/registry/crane/failure.ts';

const failed = (stderr: string, code: number | null = 1): Ended => ({
  how: 'exit',
  code,
  stdout: '',
  stderr,
});
const GET = 'Error: fetching "r/a@sha256:0": GET https://r/v2/a/manifests/sha256:0: ';

it.each([
  [`${GET}MANIFEST_UNKNOWN: manifest unknown; map[Tag:1]`, 'not-found', 'once'],
  [
    `${GET}unexpected status code 404 Not Found (HEAD responses have no body, use GET for details)`,
    'not-found',
    'once',
  ],
  ['Error: GET https://r/v2/a/blobs/sha256:0: BLOB_UNKNOWN: blob unknown', 'not-found', 'yes'],
  [`${GET}UNAUTHORIZED: authentication required`, 'denied', 'no'],
  [`${GET}DENIED: requested access to the resource is denied`, 'denied', 'no'],
  [`${GET}unexpected status code 403 Forbidden`, 'denied', 'no'],
  ['Error: PUT https://r/v2/a/manifests/1: DENIED: tag is immutable', 'immutable', 'no'],
  ['Error: PUT https://r/v2/a/manifests/1: TAG_INVALID: The image tag 1.0 already exists', 'immutable', 'no'],
  ['Error: PATCH https://r/v2/a/blobs/uploads/1: DENIED: quota exceeded', 'quota', 'no'],
  ['Error: PATCH https://r/v2/a: unexpected status code 507 Insufficient Storage', 'quota', 'no'],
  ['Error: POST https://r/v2/a/blobs/uploads/: UNSUPPORTED: read-only', 'unsupported', 'no'],
  ['Error: PUT https://r/v2/a: MANIFEST_INVALID: manifest invalid', 'unsupported', 'no'],
  [
    'Error: PUT https://r/v2/a: multiple errors returned: UNKNOWN: unknown error; invalid URL on layer; MANIFEST_BLOB_UNKNOWN',
    'unsupported',
    'no',
  ],
  [`${GET}unexpected status code 503 Service Unavailable`, 'server-error', 'yes'],
  [`${GET}INTERNAL_ERROR: oops`, 'server-error', 'yes'],
  [`${GET}UNKNOWN: unknown error`, 'server-error', 'yes'],
  [`${GET}TOOMANYREQUESTS: retry-after: 10.3ms, allowed: 44000/minute`, 'rate-limited', 'yes'],
  [`${GET}unexpected status code 429 Too Many Requests`, 'rate-limited', 'yes'],
  ['Error: error verifying sha256 checksum after reading 5 bytes; got "x", want "y"', 'corrupt', 'yes'],
  [
    'Error: manifest digest: "sha256:1" does not match requested digest: "sha256:0" for "r/a"',
    'corrupt',
    'yes',
  ],
  ['Error: PUT https://r/v2/a: DIGEST_INVALID: provided digest did not match', 'corrupt', 'yes'],
  ['Error: Get "https://r/v2/": dial tcp: lookup r on 1.1.1.1:53: no such host', 'network', 'no'],
  ['Error: Get "https://r/v2/": dial tcp 127.0.0.1:1: connect: connection refused', 'network', 'yes'],
  ['Error: unexpected EOF', 'network', 'yes'],
  ['Error: read tcp 1.1.1.1:1->2.2.2.2:443: read: connection reset by peer', 'network', 'yes'],
  ['Error: Get "https://r/v2/": net/http: TLS handshake timeout', 'timeout', 'yes'],
  ['Error: Get "https://r/v2/": tls: failed to verify certificate: x509: unknown authority', 'tls', 'no'],
  ['Error: Get "https://r/v2/": http: server gave HTTP response to HTTPS client', 'tls', 'no'],
  ['Error: invalid realm in www-authenticate: private address', 'denied', 'no'],
  [
    'Error: reading tags for r/quota: GET https://r:429/v2/quota/tags/list?n=1000: NAME_UNKNOWN: no',
    'not-found',
    'once',
  ],
  ['Error: fetching "r/immutable@sha256:0": Get "https://r/v2/": unexpected EOF', 'network', 'yes'],
  ['', 'server-error', 'yes'],
])('%s', (stderr, reason, again) => {
  const found = classify('copy r/a', failed(`2026/11/21 04:00:00 Copying from r/a to s/a\n${stderr}\n`));
  expect([found.failure.reason, found.again]).toEqual([reason, again]);
});

it.each([
  [{ how: 'deadline', code: null, stdout: '', stderr: '' }, 'timeout', 'yes'],
  [{ how: 'stalled', code: null, stdout: '', stderr: '' }, 'timeout', 'once'],
  [{ how: 'cancelled', code: null, stdout: '', stderr: '' }, 'cancelled', 'no'],
  [{ how: 'unstarted', code: null, stdout: '', stderr: 'spawn x ENOENT' }, 'internal', 'no'],
  [{ how: 'exit', code: null, stdout: '', stderr: '' }, 'server-error', 'yes'],
  [
    { how: 'exit', code: 2, stdout: '', stderr: 'panic: slice bounds\n\ngoroutine 1 [running]:\n' },
    'internal',
    'yes',
  ],
] as const)('%j is %s', (ended, reason, again) => {
  const found = classify('copy r/a', ended);
  expect([found.failure.reason, found.again]).toEqual([reason, again]);
});

it('names a crash without its trace', () => {
  const { failure } = classify(
    'copy r/a',
    failed('panic: slice bounds out of range\n\ngoroutine 7 [running]:\nx.go', 2),
  );
  expect(failure.message).toBe('copy r/a: crane itself crashed: panic: slice bounds out of range');
});

it('says it on one line that commands nothing', () => {
  const { failure } = classify(
    'copy r/a',
    failed(`Error: X\n::error::pwn\u001b[31m##[error]${'y'.repeat(999)}`),
  );
  expect(failure.message).not.toMatch(/[\n\u001b]|##\[/);
  expect(failure.message.length).toBeLessThan(330);
});

it.each([
  ['retry-after: 10.3ms, allowed', 10.3],
  ['retry-after: 2s', 2_000],
  ['retry-after: 1m30s', 90_000],
  ['slow down', null],
])('waits by %s', (text, wait) => {
  expect(classify('x', failed(`Error: TOOMANYREQUESTS: ${text}`)).wait).toBe(wait);
});

it.each([
  ['GET https://up.example:5000/v2/a/manifests/1: TOOMANYREQUESTS: x', 'up.example:5000'],
  ['Get "https://up.example/v2/": dial tcp: refused', 'up.example'],
  [`${'x'.repeat(400)} PUT https://up.example/v2/a: DENIED: no`, 'up.example'],
  ['copying: HEAD https://a.example/v2/a: GET https://b.example/token: DENIED: no', 'b.example'],
  ['unexpected EOF', null],
])('knows who answered: %s', (text, host) => {
  expect(classify('x', failed(`Error: ${text}`)).host).toBe(host);
});

it.each([
  ['DENIED: tag cannot be updated', 'immutable'],
  ['DENIED: out of space', 'quota'],
])('reads the words that the manifest client reads too: %s', (text, reason) => {
  expect(classify('x', failed(`Error: PUT https://r/v2/a: ${text}`)).failure.reason).toBe(reason);
});
