// The real doors put together: a script as crane, a tiny registry on loopback, and a runner that writes down what it hears.

import { afterEach, expect, it } from '@jest/globals';
import { asFailure, Failure } from '../../../src/base/errors/failure.ts';
import { open } from '../../../src/run/open/open.ts';
import type { OpenRequest } from '../../../src/run/open/settings.ts';
import { MIRROR_ALONE } from '../../../src/run/open/sides.ts';
import { stopSignals } from '../../../src/run/open/time.ts';
import { DIGEST, healthy, startServer, status, type TestServer } from '../../registry/client/server.ts';
import { ENV, makeFolder, removeFolders, stubCrane } from '../../registry/crane/stub.ts';

const servers: TestServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
  removeFolders();
});

const LOGIN = `echo '{"Username":"robot","Secret":"a long password"}'`;
const CRANE = `case $1 in version) echo 0.22.1;; auth) ${LOGIN};; ls) printf '1.0\\n-rf\\n';; esac`;

async function opened(handler = healthy) {
  const server = await startServer(handler);
  servers.push(server);
  const lines: string[] = [];
  const masked: string[] = [];
  const settings = {
    crane: { path: stubCrane(CRANE).file, version: '', downloadUrl: '', checksum: '' },
    environment: ENV,
    hosts: null,
    journalPath: `${makeFolder()}/journal.jsonl`,
    patience: 1,
    temp: makeFolder(),
    workspace: makeFolder(),
    sides: MIRROR_ALONE,
  } as unknown as OpenRequest;
  const never = new AbortController().signal;
  const run = await open(settings, {}, stopSignals(null, { now: never, late: never }), {
    info: (line) => void lines.push(line),
    tell: (line) => void lines.push(line),
    debug: () => undefined,
    mask: (secret) => void masked.push(secret),
  });
  return { ...run, lines, masked, name: { registry: server.host, repository: 'team/app' } };
}

it('shows a warning as one', async () => {
  const { doors, close, lines, name } = await opened();
  expect(await doors.lister.list(name)).toEqual(['1.0']);
  await close();
  expect(lines.at(-1)).toBe(
    `Warning: list ${name.registry}/team/app: 1 name is not a valid tag and was left out`,
  );
});

it('keeps a login out of the log and out of what a registry sends back', async () => {
  const basic = { 'www-authenticate': 'Basic realm="r"' };
  const { doors, close, masked, name } = await opened((request, response, seen) => {
    if (seen.authorization === '') return status(401, basic)(request, response, seen);
    if (seen.path === '/v2/') return healthy(request, response, seen);
    return status(403, {}, `you sent ${seen.authorization} for a long password`)(request, response, seen);
  });
  const failure = await doors.mirror.get(name, '1.0').then(
    () => new Failure('internal', 'no failure'),
    (thrown: unknown) => asFailure(thrown),
  );
  await close();
  expect(failure.detail).toMatch(/403.*you sent Basic \*\*\* for \*\*\*$/);
  expect(masked).toEqual(['a long password', btoa('robot:a long password')]);
});

it('counts requests and copies', async () => {
  const { doors, close, usage, name } = await opened();
  await doors.upstream.head(name, '1.0');
  await doors.engine.bring(DIGEST, name, { ...name, repository: 'other' });
  await close();
  const requests = { [name.registry]: { ping: 1, 'manifest-head': 2, 'manifest-get': 1 } };
  expect(usage()).toEqual({ requests, copies: 1, bytesRead: expect.any(Number), pulls: [] });
});
