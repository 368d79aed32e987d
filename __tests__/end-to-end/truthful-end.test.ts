// However a run ends, it ends with a status and a red step when the work was not done: after an error that nobody
// caught, and when nothing is left to wait for although something never answered.

import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, it } from '@jest/globals';
import { runAction } from '../fakes/runner/bundle.ts';
import { ROOT } from '../fakes/runner/places.ts';

let server: Server | null = null;
afterEach(
  () => new Promise<void>((resolve) => (server === null ? resolve() : server.close(() => resolve()))),
);

/** A host that answers every request with the same bytes; none for silence. */
async function host(answer: string): Promise<string> {
  const listening = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => void (answer !== '' && socket.write(answer)));
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  listening.unref();
  const { port } = listening.address() as { port: number };
  return `127.0.0.1:${port}`;
}

function preload(code: string): string {
  return `--import=data:text/javascript,${encodeURIComponent(code)}`;
}

const boom = (how: string): string => preload(`setTimeout(() => { ${how} }, 400)`);

it.each([
  ['a rejection', "Promise.reject(new Error('boom'))"],
  ['an exception', "throw new Error('boom')"],
])('%s that nobody caught fails the step with a status, a summary and one error', async (_name, how) => {
  const silent = await host('');
  const result = await runAction({
    config: `mirror: ${silent}/m\nimages:\n  - source: ${silent}/a\n    tags: [x]\n`,
    env: { NODE_OPTIONS: boom(how) },
  });
  expect(result.code).toBe(1);
  expect(result.outputs.status).toBe('failed');
  expect(JSON.parse(result.outputs.failed ?? '')).toEqual([]);
  expect(result.summary).toContain('boom');
  expect(result.annotations.map(({ name }) => name)).toEqual(['error']);
  expect(result.annotations[0]?.data).toContain('boom');
});

it('a run in which something never settles is red', async () => {
  // Node ends such an exchange without a word, and then has nothing left to wait for.
  const switching = await host(
    'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n',
  );
  const result = await runAction({
    config: `mirror: ${switching}/m\nimages:\n  - source: ${switching}/a\n    tags: [x]\n`,
    env: { FRESH_MIRROR_PATIENCE: '0.05' },
  });
  expect(result.code).toBe(1);
  expect(result.outputs.status).toBe('failed');
});

it('listens for the end of the job before the rest of the program is loaded', () => {
  const bundle = readFileSync(join(ROOT, 'dist/index.js'), 'utf8');
  const loaded = [...bundle.matchAll(/CONCATENATED MODULE: (\S+)/g)].map(([, module]) => module ?? '');
  const before = loaded.slice(0, loaded.indexOf('./build/src/cancel.js'));
  expect(before.filter((module) => !module.startsWith('./build/src/base/'))).toEqual([]);
  expect(before.length).toBeLessThan(4);
});
