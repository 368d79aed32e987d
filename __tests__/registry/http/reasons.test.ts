// The reason names the cause, in the words of the registries that people use.

import { expect, it } from '@jest/globals';
import { type Answer, asTransportError, failureOf } from '../../../src/registry/http/answer.ts';

function answer(status: number, body: string, type = 'application/json'): Answer {
  const headers = { 'content-type': type };
  return { status, phrase: 'Phrase', headers, body: Buffer.from(body), url: new URL('https://r.example/') };
}
const error = (fields: object): string => JSON.stringify({ errors: [fields] });

const HARBOR_QUOTA =
  'adding 1.0 MiB of storage resource, which when updated to current usage of 99.5 MiB will exceed the configured upper limit of 100.0 MiB.';

it.each([
  [412, 'PRECONDITION', "Failed to process request due to 'app:1' configured as immutable.", 'immutable'],
  [412, 'PRECONDITION', HARBOR_QUOTA, 'quota'],
  [403, 'DENIED', HARBOR_QUOTA, 'quota'],
  [413, 'REQUEST_ENTITY_TOO_LARGE', HARBOR_QUOTA, 'quota'],
  [400, 'BLOB_UPLOAD_INVALID', 'Blob store has exceeded its soft quota of 10 GB', 'quota'],
  [500, 'UNKNOWN', 'write /var/lib/registry/x: no space left on device', 'quota'],
  [400, 'FAILED_PRECONDITION', 'The repository has enabled tag immutability.', 'immutable'],
  [403, 'DENIED', 'The repository has enabled tag immutability', 'immutable'],
  [405, 'UNSUPPORTED', 'The operation is disallowed on this registry, repository or image.', 'immutable'],
  [405, 'UNSUPPORTED', 'The operation is unsupported.', 'unsupported'],
  [400, 'DENIED', 'Repository does not allow updating assets: docker', 'immutable'],
  [412, 'PROJECTPOLICYVIOLATION', 'cannot be pulled due to vulnerabilities', 'denied'],
  [412, '', 'something else', 'unsupported'],
  [403, 'DENIED', 'pull rate limit exceeded', 'denied'],
])('%i %s %s: %s', (status, code, message, reason) => {
  expect(failureOf('PUT r.example/a:1', answer(status, error({ code, message }))).reason).toBe(reason);
});

it.each([
  ['Blob store has exceeded its soft quota', 'quota', 'soft quota'],
  [{ message: 'Blob store has exceeded its soft quota' }, 'quota', 'soft quota'],
  [[{ Type: 'repository', Name: 'a' }], 'corrupt', 'blob upload invalid'],
  ['blob upload invalid', 'corrupt', 'blob upload invalid'],
])('a cause in `detail` is told: %j', (detail, reason, words) => {
  const failure = failureOf(
    'PUT r.example/a:1',
    answer(400, error({ code: 'BLOB_UPLOAD_INVALID', message: 'blob upload invalid', detail })),
  );
  expect([failure.reason, failure.message]).toEqual([reason, expect.stringContaining(words)]);
  expect(failure.message.match(/blob upload invalid/g)).toHaveLength(1);
});

it.each([
  ['<html><h1>Bad gateway</h1></html>', 'text/html'],
  ['<!DOCTYPE html><title>Down</title>', 'text/plain'],
])('a web page is not a cause: %s', (body, type) => {
  const failure = failureOf('GET r.example/a:1', answer(502, body, type));
  expect([failure.reason, failure.message]).toEqual(['server-error', 'GET r.example/a:1: 502 Phrase']);
});

it('a name that cannot be found now may be found in a moment', () => {
  const thrown = Object.assign(new Error('getaddrinfo ENOTFOUND x'), { code: 'ENOTFOUND' });
  expect(asTransportError(thrown)).toMatchObject({ reason: 'network', mayRetry: true });
});
