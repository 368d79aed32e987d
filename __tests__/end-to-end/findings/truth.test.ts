// What a run says is what is there: images that got lost on the way, answers that lie after the work was done, registries
// that show a write only after a moment, and one false 404.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { image, push } from '../../../demo/images.mjs';
import { type Decide, type Exchange, refusal, startGate } from '../../fakes/findings/gate.ts';
import { oneEntry, runWithin } from '../../fakes/findings/limited.ts';
import type { Loopback } from '../../fakes/findings/loopback.ts';
import { missingFrom } from '../../fakes/findings/whole.ts';
import { digestOf } from '../../fakes/registries/oracle.ts';
import { type RunningRegistry, startRegistry } from '../../fakes/registries/registries.ts';
import { tagsIn } from '../../fakes/runner/bundle.ts';

const FAST = { FRESH_MIRROR_PATIENCE: '0.04' };
const [OLD, NEW, THEIRS] = ['OLD', 'NEW', 'THEIRS'].map((name) => image(name)) as [
  ReturnType<typeof image>,
  ReturnType<typeof image>,
  ReturnType<typeof image>,
];
const EMPTY = Buffer.alloc(0);

let upstream: RunningRegistry;
let mirror: RunningRegistry;
let lenient: RunningRegistry;
let gate: Loopback | null = null;
let round = 0;
beforeAll(async () => {
  [upstream, mirror, lenient] = await Promise.all([
    startRegistry(),
    startRegistry({ deletes: true }),
    startRegistry({ lenient: true }),
  ]);
  for (const tag of ['1', 'z']) await push(upstream.url, 'lib/app', NEW, [tag]);
});
afterEach(async () => {
  await gate?.stop();
  gate = null;
});
afterAll(() => Promise.all([upstream, mirror, lenient].map((one) => one.stop())));

type Trial = { tags?: readonly string[]; old?: readonly string[]; inputs?: Record<string, string> };

/** One run against a mirror behind a gate, each in a repository of its own; `old` tags are there with OLD before. */
async function run(decide: Decide, { tags = ['1'], old = ['1'], inputs = {} }: Trial = {}, below = mirror) {
  round += 1;
  const repository = `p${round}/m/lib/app`;
  if (old.length > 0) await push(below.url, repository, OLD, old);
  gate = await startGate(below.host, decide);
  const config = oneEntry(upstream.host, `${gate.host}/p${round}`, tags);
  const result = await runWithin({ config, env: FAST, inputs });
  return { result, repository, tag: (name: string) => digestOf(`${below.host}/${repository}:${name}`) };
}

/** True once a tag was written. */
function written(tag: string): boolean {
  return (gate?.count('PUT', new RegExp(`/manifests/${tag}$`)) ?? 0) > 0;
}

describe('a mirror that takes an index without its images', () => {
  const children = NEW.manifests.map(({ digest }) => digest);
  const drops = (times: number): Decide => {
    const left = new Map(children.map((digest) => [digest, times]));
    return ({ method, kind, reference }) => {
      const rest = left.get(reference ?? '') ?? 0;
      if (method !== 'PUT' || kind !== 'manifest' || rest === 0) return null;
      left.set(reference ?? '', rest - 1);
      return { status: 201, headers: { 'docker-content-digest': reference ?? '' }, body: EMPTY };
    };
  };

  it('and loses them for good: never called synced', async () => {
    const { result } = await run(drops(1_000), { old: [] }, lenient);
    expect([result.code, result.outputs.status, result.outputs.copied]).toEqual([1, 'failed', '[]']);
    expect(['corrupt', 'not-found']).toContain(result.failed[0]?.reason);
  });

  it('and loses them for good: a tag that was there has what it had before', async () => {
    const { result, tag } = await run(drops(1_000), {}, lenient);
    expect([result.outputs.status, result.outputs.copied]).toEqual(['failed', '[]']);
    expect(await tag('1')).toBe(OLD.index.digest);
  });

  it('and lost them once: they are brought again, or the tag failed', async () => {
    const { result, repository } = await run(drops(1), { old: [] }, lenient);
    const missing = await missingFrom(lenient, repository, '1', NEW);
    expect(result.outputs.status === 'synced' ? missing : result.outputs.status).toEqual(
      result.outputs.status === 'synced' ? [] : 'failed',
    );
  });
});

it.each([
  ['empty', '', 'application/json'],
  ['a page of HTML', '<html><body>one moment, please</body></html>', 'text/html'],
])('a read-back that is %s once is asked again', async (_name, text, type) => {
  let left = 1;
  const { result, tag } = await run(({ method, kind, reference }) => {
    if (method !== 'GET' || kind !== 'manifest' || reference !== '1' || !written('1') || left-- <= 0)
      return null;
    return { status: 200, headers: { 'content-type': type }, body: Buffer.from(text) };
  });
  expect([result.outputs.status, result.failed, await tag('1')]).toEqual(['synced', [], NEW.index.digest]);
});

it('one false 404 of the mirror is confirmed before it means that somebody else changed the tag', async () => {
  let left = 1;
  const { result, tag } = await run(({ method, kind, reference }) => {
    if (method !== 'HEAD' || kind !== 'manifest' || reference !== '1' || left-- <= 0) return null;
    return refusal(404, 'MANIFEST_UNKNOWN', 'manifest unknown');
  });
  expect([result.outputs.status, result.failed, await tag('1')]).toEqual(['synced', [], NEW.index.digest]);
});

it('another writer between the PUT and the read-back is told as such', async () => {
  const { result } = await run(({ method, kind, reference }) => {
    if (method === 'PUT' || kind !== 'manifest' || reference !== '1' || !written('1')) return null;
    const { digest, mediaType, bytes } = THEIRS.index;
    const headers = { 'content-type': mediaType, 'docker-content-digest': digest };
    return { status: 200, headers: { ...headers, 'content-length': bytes.length }, body: bytes };
  });
  expect(result.failed.map(({ reason }) => reason)).toEqual(['foreign-change']);
});

describe('the way back', () => {
  const inputs = { 'on-failure': 'rollback' };

  /** The tag `z` is refused, once `1` was moved and read back. */
  function backwards(rest: Decide): Decide {
    return async (exchange) => {
      const { method, kind, reference } = exchange;
      if (method !== 'PUT' || kind !== 'manifest' || reference !== 'z') return rest(exchange);
      const waits = Array.from({ length: 100 });
      for (const _ of waits) if (!written('1')) await new Promise((resolve) => setTimeout(resolve, 20));
      await new Promise((resolve) => setTimeout(resolve, 300));
      return refusal(403, 'DENIED', 'made to fail');
    };
  }

  const reasons = (result: Awaited<ReturnType<typeof run>>['result']): string[] =>
    ['failed', 'deferred'].flatMap((output) =>
      (JSON.parse(result.outputs[output] ?? '[]') as { tag: string; reason: string }[])
        .filter(({ tag }) => tag === '1')
        .map(({ reason }) => reason),
    );

  it('that is done and answered 504 is looked at again, and told as done', async () => {
    let puts = 0;
    const decide = backwards(async ({ method, kind, reference, forward }) => {
      if (method !== 'PUT' || kind !== 'manifest' || reference !== '1') return null;
      puts += 1;
      if (puts === 1) return null;
      // The first one is done; those after it would not change anything.
      if (puts === 2) await forward();
      return refusal(504, 'UNKNOWN', 'gateway timeout');
    });
    const { result, tag } = await run(decide, { tags: ['1', 'z'], old: ['1', 'z'], inputs });
    expect([await tag('1'), puts > 1]).toEqual([OLD.index.digest, true]);
    expect(reasons(result)).toEqual(['rollback']);
  });

  it('a registry that answers 404 to DELETE and keeps the tag removes none', async () => {
    const decide = backwards(({ method }) =>
      method === 'DELETE' ? refusal(404, 'MANIFEST_UNKNOWN', 'manifest unknown') : null,
    );
    const { result, tag } = await run(decide, { tags: ['1', 'z'], old: ['z'], inputs });
    expect([gate?.count('DELETE', /./), await tag('1')]).toEqual([1, NEW.index.digest]);
    expect(reasons(result)).toEqual(['kept-new']);
  });

  it('a token service that gives no token for `delete` means that this registry removes no tag', async () => {
    const decide = backwards(({ kind, url, authorization, repository }) => {
      if (kind === 'token') {
        const scope = url.searchParams.getAll('scope').join(' ');
        if (/delete|\*/.test(scope)) return refusal(403, 'DENIED', 'requested access is denied');
        const body = Buffer.from(JSON.stringify({ token: 'good', expires_in: 300 }));
        return { status: 200, headers: { 'content-type': 'application/json' }, body };
      }
      if (authorization === 'Bearer good') return null;
      const scope = repository === null ? '' : `,scope="repository:${repository}:pull,push"`;
      const challenge = `Bearer realm="http://${url.host}/token",service="gate"${scope}`;
      return refusal(401, 'UNAUTHORIZED', 'authentication required', { 'www-authenticate': challenge });
    });
    // Whatever the token is good for, this registry removes nothing.
    const noDeletes: Decide = (exchange) =>
      exchange.method === 'DELETE' && exchange.authorization === 'Bearer good'
        ? refusal(401, 'UNAUTHORIZED', 'insufficient scope', {
            'www-authenticate': `Bearer realm="http://${exchange.url.host}/token",service="gate",scope="repository:${exchange.repository}:delete"`,
          })
        : decide(exchange);
    const { result, tag } = await run(noDeletes, { tags: ['1', 'z'], old: ['z'], inputs });
    expect(await tag('1')).toBe(NEW.index.digest);
    expect(reasons(result)).toEqual(['kept-new']);
  });

  it('a removed tag that is shown for another moment is removed', async () => {
    let shown = 1;
    let gone = false;
    const decide = backwards(async ({ method, kind, reference, forward }) => {
      if (method === 'DELETE') {
        gone = true;
        return forward();
      }
      if (!gone || method === 'PUT' || kind !== 'manifest' || reference !== '1' || shown-- <= 0) return null;
      const { digest, mediaType, bytes } = NEW.index;
      const headers = { 'content-type': mediaType, 'docker-content-digest': digest };
      return { status: 200, headers: { ...headers, 'content-length': bytes.length }, body: bytes };
    });
    const { result, tag } = await run(decide, { tags: ['1', 'z'], old: ['z'], inputs });
    expect([gone, await tag('1'), reasons(result)]).toEqual([true, null, ['rollback']]);
  });
});

it('a report that cannot be written hides nothing of what was copied', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'report-'));
  const report = join(folder, 'here', 'report.json');
  // Its folder becomes a file while the run copies.
  const spoil = ({ method }: Exchange): null => {
    if (method === 'PUT') {
      rmSync(join(folder, 'here'), { recursive: true, force: true });
      writeFileSync(join(folder, 'here'), '');
    }
    return null;
  };
  const { result, tag } = await run(spoil, { inputs: { report } });
  rmSync(folder, { recursive: true });
  expect(await tag('1')).toBe(NEW.index.digest);
  expect([result.outputs.status, tagsIn(result, 'copied')]).toEqual(['synced', ['1']]);
  expect(result.annotations.map(({ data }) => data).join()).toContain(report);
});
