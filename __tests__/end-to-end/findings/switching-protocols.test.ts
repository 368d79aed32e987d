// Finding 1: an answer that is neither answer nor error (101 Switching Protocols) fails what was asked, and nothing else.

import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { image, push } from '../../../demo/images.mjs';
import { type Gate, type Hook, startGate } from '../../fakes/network/gate.ts';
import { snapshotOf } from '../../fakes/registries/oracle.ts';
import type { RunningRegistry } from '../../fakes/registries/registries.ts';
import { tagsIn } from '../../fakes/runner/bundle.ts';
import { configOf, endOf, openStage, rowsOf, runWithin, type Stage } from '../../fakes/runner/stage.ts';

const TAGS = ['1', '2', '3'];
const env = { FRESH_MIRROR_PATIENCE: '0.05' };
/** Such an answer is known for what it is at once; at this patience all deadlines together are 15 seconds. */
const SECONDS = 8;
let stage: Stage;
let upstream: RunningRegistry;
let mirror: RunningRegistry;
beforeEach(async () => {
  stage = openStage();
  [upstream, mirror] = [await stage.registry(), await stage.registry()];
  for (const tag of TAGS) {
    await push(upstream.url, 'lib/app', image(`NEW${tag}`), [tag]);
    await push(mirror.url, 'm/lib/app', image(`OLD${tag}`), [tag]);
  }
});
afterEach(() => stage.close());

/** Says that it goes on with another protocol, and then nothing. */
function switching(when: (...args: Parameters<Hook>) => boolean): Hook {
  return (heard, response, request) => {
    if (!when(heard, response, request)) return false;
    request.resume();
    request.socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n');
    return true;
  };
}

async function gate(target: RunningRegistry, hook: Hook): Promise<Gate> {
  return stage.keep(await startGate({ target: target.host, hook }));
}

const state = async () => (await snapshotOf(mirror.host, ['m/lib/app']))['m/lib/app'];
const digests = (name: string) =>
  Object.fromEntries(TAGS.map((tag) => [tag, image(`${name}${tag}`).index.digest]));

it('finding 1: 101 to a HEAD of one tag fails that tag, and the others are copied', async () => {
  const source = await gate(
    upstream,
    switching(({ kind, reference }) => kind === 'manifest' && reference === '2'),
  );
  const config = configOf(`${source.host}/lib/app`, mirror.host, TAGS);
  const result = await runWithin(20, { config, env });
  expect(endOf(result)).toBe('exit 1, status partial');
  expect(result.seconds).toBeLessThan(SECONDS);
  expect(rowsOf(result, 'failed')).toMatchObject([
    { tag: '2', reason: expect.stringMatching(/^(?:network|unsupported|server-error)$/) },
  ]);
  expect(tagsIn(result, 'copied')).toEqual(['1', '3']);
});

it('finding 1: 101 to the ping fails every tag by name', async () => {
  const source = await gate(
    upstream,
    switching(({ kind }) => kind === 'ping'),
  );
  const config = configOf(`${source.host}/lib/app`, mirror.host, TAGS);
  const result = await runWithin(20, { config, env });
  expect(endOf(result)).toBe('exit 1, status failed');
  expect(result.seconds).toBeLessThan(SECONDS);
  expect(tagsIn(result, 'failed')).toEqual(TAGS);
});

it('finding 1: 101 to the PUT of a tag under rollback puts the others back at once', async () => {
  const target = await gate(
    mirror,
    switching(({ method, kind, reference }) => method === 'PUT' && kind === 'manifest' && reference === '3'),
  );
  const config = configOf(`${upstream.host}/lib/app`, target.host, TAGS);
  const result = await runWithin(20, { config, env, inputs: { 'on-failure': 'rollback' } });
  expect(endOf(result)).toBe('exit 1, status failed');
  expect(result.seconds).toBeLessThan(SECONDS);
  expect(rowsOf(result, 'failed')).toMatchObject([{ tag: '3' }]);
  expect(tagsIn(result, 'deferred')).toEqual(['1', '2']);
  expect(await state()).toEqual(digests('OLD'));
});
