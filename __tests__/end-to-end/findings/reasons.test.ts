// The reason names the cause, in the words of the registries that people use, and what is final is not tried again.

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { image, push } from '../../../demo/images.mjs';
import { digestOf } from '../../../src/image/names/digest.ts';
import type { Answer } from '../../fakes/faults/fault.ts';
import { stubCrane } from '../../fakes/findings/crane.ts';
import { refusal, startGate } from '../../fakes/findings/gate.ts';
import { largeImage } from '../../fakes/findings/large.ts';
import { type FailedRow, oneEntry, runWithin } from '../../fakes/findings/limited.ts';
import { listen } from '../../fakes/findings/loopback.ts';
import { LIST_FORMS, startListServer } from '../../fakes/registries/list-server.ts';
import { type RunningRegistry, startRegistry } from '../../fakes/registries/registries.ts';

const FAST = { FRESH_MIRROR_PATIENCE: '0.04' };

let upstream: RunningRegistry;
let mirror: RunningRegistry;
const open: { stop(): Promise<void> }[] = [];
beforeAll(async () => {
  [upstream, mirror] = await Promise.all([startRegistry(), startRegistry()]);
  await push(upstream.url, 'lib/app', image('A'), ['1']);
  await push(upstream.url, 'lib/app', largeImage('L', { layers: ['reasons'] }), ['large']);
});
afterEach(async () => {
  for (const one of open.splice(0)) await one.stop();
});
afterAll(() => Promise.all([upstream, mirror].map((one) => one.stop())));

function opened<T extends { stop(): Promise<void> }>(one: T): T {
  open.push(one);
  return one;
}

type Where = 'tag' | 'upload' | 'bytes';

/** What a mirror says, from there on and for ever, at the PUT of the tag, at the POST of an upload, or at its PUT and PATCH. */
async function refused(where: Where, answer: Answer, tag = '1', repository = Math.random()) {
  const gate = opened(
    await startGate(mirror.host, ({ method, kind, reference }) => {
      const at: Readonly<Record<Where, boolean>> = {
        tag: method === 'PUT' && kind === 'manifest' && reference === tag,
        upload: method === 'POST' && kind === 'upload',
        bytes: (method === 'PUT' || method === 'PATCH') && kind === 'upload',
      };
      return at[where] ? answer : null;
    }),
  );
  const config = oneEntry(upstream.host, `${gate.host}/p${String(repository).slice(2)}/${LONG}`, [tag]);
  const result = await runWithin({ config, env: FAST });
  return { result, gate, row: result.failed[0] as FailedRow };
}

/** Names may be long, and a row has room for three hundred characters. */
const LONG = 'department-of-container-images/team-of-mirrors';
const HARBOR_QUOTA =
  'adding 1.0 MiB of storage resource, which when updated to current usage of 99.5 MiB will exceed the configured upper limit of 100.0 MiB.';
const CASES: readonly (readonly [string, Where, Answer, string])[] = [
  [
    "Harbor's immutable tag",
    'tag',
    refusal(412, 'PRECONDITION', "Failed to process request due to 'app:1' configured as immutable."),
    'immutable',
  ],
  ["Harbor's quota, as 412", 'tag', refusal(412, 'PRECONDITION', HARBOR_QUOTA), 'quota'],
  ["Harbor's quota, at the tag", 'tag', refusal(403, 'DENIED', HARBOR_QUOTA), 'quota'],
  ["Harbor's quota, at a blob", 'bytes', refusal(403, 'DENIED', HARBOR_QUOTA), 'quota'],
  [
    "GAR's immutable tag",
    'tag',
    refusal(
      400,
      'FAILED_PRECONDITION',
      'The repository has enabled tag immutability. This tag cannot be moved.',
    ),
    'immutable',
  ],
  [
    'tag immutability as 403',
    'tag',
    refusal(403, 'DENIED', 'The repository has enabled tag immutability'),
    'immutable',
  ],
  ["ACR's locked tag", 'tag', refusal(405, 'UNSUPPORTED', 'The operation is disallowed.'), 'immutable'],
];

it.each(CASES)('%s (%s)', async (_name, where, answer, reason) => {
  const { result, row } = await refused(where, answer);
  expect([result.hung, result.outputs.status, row.reason]).toEqual([false, 'failed', reason]);
  expect(row.message + JSON.stringify(result.report)).not.toMatch(/log in to this registry/);
  expect(result.seconds).toBeLessThan(15);
});

it("a cause that stands in `detail` alone is told: Nexus's quota", async () => {
  const error = { code: 'BLOB_UPLOAD_INVALID', message: 'blob upload invalid' };
  const detail = 'Blob store docker-mirror has exceeded its soft quota of 10 GB';
  const body = Buffer.from(JSON.stringify({ errors: [{ ...error, detail }] }));
  const { row } = await refused('bytes', { ...refusal(400, '', ''), body });
  expect([row.reason, row.message]).toEqual(['quota', expect.stringContaining('reached its quota')]);
});

it('a repository that has to be created first: the cause comes first, with what to do', async () => {
  const words = "The repository with name 'm/lib/app' does not exist in the registry with id '123456789012'";
  const { result, row, gate } = await refused('upload', refusal(404, 'NAME_UNKNOWN', words));
  expect([row.reason, row.message]).toEqual(['not-found', expect.stringContaining('does not exist')]);
  const [error] = result.annotations.filter(({ name }) => name === 'error');
  expect(`${row.message}\n${error?.data}`).toMatch(/\bcreate\b/i);
  // Final: three pieces of two images at once, none of them again.
  expect(gate.count('POST', /uploads/)).toBeLessThanOrEqual(8);
});

it('a list that goes on elsewhere is refused at once', async () => {
  const form = LIST_FORMS.find(({ name }) => name === 'another host');
  if (form === undefined) throw new Error('no such form');
  const server = opened(await startListServer(form));
  const config = oneEntry(server.host, mirror.host, ['*']);
  const result = await runWithin({ config, env: FAST, inputs: { mode: 'check' } });
  expect(['unsupported', 'denied']).toContain(result.failed[0]?.reason);
  expect(server.listed()).toBe(1);
});

it.each([400, 500])('HEAD always %d, GET works: the tag is mirrored', async (status) => {
  const gate = opened(
    await startGate(upstream.host, ({ method, kind }) =>
      method === 'HEAD' && kind === 'manifest' ? refusal(status, 'UNKNOWN', 'no HEAD here') : null,
    ),
  );
  const result = await runWithin({
    config: oneEntry(gate.host, `${mirror.host}/head${status}`, ['1']),
    env: FAST,
  });
  expect([result.outputs.status, result.failed]).toEqual(['synced', []]);
});

it("an image that upstream's policy holds back is no error of the server, and asked for once", async () => {
  const words =
    'current image with "Pending" status of vulnerability scanning cannot be pulled due to policy';
  const gate = opened(
    await startGate(upstream.host, ({ method, kind }) =>
      method === 'GET' && kind === 'blob' ? refusal(412, 'PROJECTPOLICYVIOLATION', words) : null,
    ),
  );
  const result = await runWithin({ config: oneEntry(gate.host, `${mirror.host}/policy`, ['1']), env: FAST });
  expect(['denied', 'unsupported']).toContain(result.failed[0]?.reason);
  expect(result.failed[0]?.message).toContain('vulnerabilities');
  // Six blobs, all at once; none of them again.
  expect(gate.count('GET', /blobs/)).toBeLessThanOrEqual(6);
});

describe("crane's last words", () => {
  const error =
    'Error: PUT https://mirror/v2/x/blobs/uploads/1: DENIED: requested access to the resource is denied';

  it.each([
    [
      'stand behind 100 kB of progress',
      'yes "2026/01/01 00:00:00 existing blob: sha256:0000" | head -n 2000 >&2',
    ],
    ['stand alone', ':'],
  ])('%s', async (_name, progress) => {
    const crane = stubCrane(`${progress}; echo '${error}' >&2; exit 1`);
    try {
      const config = oneEntry(upstream.host, `${mirror.host}/words${progress.length}`, ['large']);
      const result = await runWithin({ config, env: FAST, inputs: { 'crane-path': crane.path } });
      // What the network refuses is told by the fence; of a crane that fails by itself these words are all there is.
      expect(result.failed.map(({ reason }) => reason)).toEqual(['server-error']);
      const { failed } = result.report as { failed: { detail: string }[] };
      expect(failed[0]?.detail).toContain('requested access to the resource is denied');
      expect(failed[0]?.detail).not.toContain('existing blob');
    } finally {
      crane.remove();
    }
  });
});

const INDEX = 'application/vnd.oci.image.index.v1+json';

it('manifests of many megabytes are not all held at once', async () => {
  const padding = 'x'.repeat(3_900_000);
  const [child] = image('A').manifests;
  const described = { mediaType: child?.mediaType, digest: child?.digest, size: child?.bytes.length };
  const manifests = [{ ...described, platform: { os: 'linux', architecture: 'amd64' } }];
  const old = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests }));
  const bodies = Array.from({ length: 60 }, (_, at) =>
    Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: INDEX,
        manifests,
        annotations: { at: `${at}`, padding },
      }),
    ),
  );
  const byReference = new Map<string, Buffer>(
    bodies.flatMap((body, at) => [[`t${at}`, body] as const, [digestOf(body), body]]),
  );
  const server = opened(
    await listen((request, response) => {
      const [, repository, reference = ''] = /^\/v2\/(.*)\/manifests\/(.*)$/.exec(request.url ?? '') ?? [];
      const body = repository === 'm/lib/app' ? old : byReference.get(reference);
      if (repository === undefined) return void response.end('{}');
      if (body === undefined) return void response.writeHead(404).end();
      response.writeHead(200, {
        'Content-Type': INDEX,
        'Content-Length': body.length,
        'Docker-Content-Digest': digestOf(body),
      });
      response.end(request.method === 'HEAD' ? undefined : body);
    }),
  );
  const tags = Array.from({ length: 60 }, (_, at) => `t${at}`);
  const config = oneEntry(server.host, server.host, tags);
  const { hung, peak, outputs } = await runWithin({ config, env: FAST, inputs: { mode: 'check' } });
  expect([hung, outputs['stale-count'], outputs.failed]).toEqual([false, '60', '[]']);
  expect(peak).toBeLessThan(350);
});
