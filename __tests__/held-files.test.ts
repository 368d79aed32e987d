// Files that somebody else holds open for a while, as virus scanners and indexers do on Windows: what cannot be taken away
// stays, and no run ends worse for it.

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { createAuthority } from './fakes/sigstore/authority.ts';
import { createTuf } from './fakes/sigstore/tuf.ts';
import { body, MIRROR, PULL } from './plan/steps/builders.ts';
import { ENV, removeFolders, stubCrane } from './registry/crane/stub.ts';

const real = await import('node:fs/promises');
const held: string[] = [];
const rm: typeof real.rm = async (path) => {
  held.push(String(path));
  throw Object.assign(new Error(`EBUSY: resource busy or locked, unlink '${path}'`), { code: 'EBUSY' });
};
jest.unstable_mockModule('node:fs/promises', () => ({ ...real, rm }));
const { createJournal, dropJournal, readJournal } = await import('../src/files/journal.ts');
const { fetchPublicRoot } = await import('../src/registry/sigstore/public-root.ts');
const { open } = await import('../src/run/open/open.ts');
const { stopSignals } = await import('../src/run/open/time.ts');

let folder: string;
beforeEach(() => {
  held.length = 0;
  folder = mkdtempSync(join(tmpdir(), 'held-'));
});
afterEach(() => {
  removeFolders();
  rmSync(folder, { recursive: true, force: true });
});
afterAll(() => void jest.unstable_unmockModule('node:fs/promises'));

const moveIn = (mirror: typeof MIRROR) => ({
  mirror,
  step: 0,
  tag: 'a',
  previous: null,
  next: body('A').digest,
});

it('a journal that cannot be removed says that all is settled', async () => {
  const [own, other] = [join(folder, 'journals/1.jsonl'), join(folder, 'journals/2.jsonl')];
  await createJournal(other, {}).intend(moveIn(PULL));
  const journal = createJournal(own, {});
  await journal.adopt([PULL]);
  await journal.intend(moveIn(MIRROR));
  await journal.settle(MIRROR);
  await dropJournal(own);
  expect(held).toEqual([other, own, own]);
  for (const path of held) expect([existsSync(path), (await readJournal(path)).intents]).toEqual([true, []]);
});

it('a root that was proven counts, whatever stays of it on the disk', async () => {
  const { firstRoot, files } = createTuf(Buffer.from(JSON.stringify(createAuthority().trustedRoot)), {});
  const fetch = async (address: string) => files.get(new URL(address).pathname) ?? 404;
  const own = join(folder, 'tuf');
  const root = await fetchPublicRoot(fetch, own, { url: 'https://tuf.example', firstRoot });
  expect([root.material.tlogs.length, held]).toEqual([1, [own]]);
});

it('a run whose last folder cannot be removed ends as it went', async () => {
  const never = new AbortController().signal;
  const settings = {
    crane: { path: stubCrane('echo 0.22.1').file, version: '', downloadUrl: '', checksum: '' },
    environment: ENV,
    hosts: null,
    journalPath: join(folder, 'journal.jsonl'),
    patience: 1,
    temp: folder,
    workspace: folder,
    sides: { mirror: '', keyOf: () => 'mirror' },
  } as unknown as Parameters<typeof open>[0];
  const silent = () => undefined;
  const runner = { info: silent, tell: silent, debug: silent, mask: silent };
  const { close } = await open(settings, {}, stopSignals(null, { now: never, late: never }), runner);
  await expect(close()).resolves.toBeUndefined();
  expect(held).toHaveLength(1);
});
