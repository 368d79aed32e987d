import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createJournal, readJournal } from '../../src/files/journal.ts';
import type { Intent } from '../../src/registry/doors/journal.ts';
import { body, MIRROR, PULL } from '../plan/steps/builders.ts';

const REGISTRIES = { 'mirror.example': { http: true } };
let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'journal-'));
  path = join(folder, 'journals/1.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function intent(tag: string, mirror = MIRROR): Intent {
  return {
    mirror,
    step: 0,
    tag,
    previous: { ...body('OLD'), bytes: Buffer.from('OLD') },
    next: body('A').digest,
  };
}

it('gives back what was noted, bytes and order, and is not there before the first move', async () => {
  const journal = createJournal(path, REGISTRIES);
  expect(existsSync(path)).toBe(false);
  const created = { ...intent('new'), previous: null };
  await Promise.all([journal.intend(intent('a')), journal.intend(intent('b')), journal.intend(created)]);
  expect((await readJournal(path)).intents).toEqual([intent('a'), intent('b'), created]);
});

it('is on disk when a move may begin', async () => {
  await createJournal(path, REGISTRIES).intend(intent('a'));
  expect(readFileSync(path, 'utf8')).toMatch(/"tag":"a".*\n$/);
});

it('forgets a repository that is settled, and no other', async () => {
  const journal = createJournal(path, REGISTRIES);
  await journal.intend(intent('a'));
  await journal.intend(intent('b', PULL));
  await journal.settle(MIRROR);
  expect((await readJournal(path)).intents).toEqual([intent('b', PULL)]);
});

it('leaves no file when all is settled', async () => {
  const journal = createJournal(path, REGISTRIES);
  await journal.intend(intent('a'));
  await journal.settle(MIRROR);
  expect(existsSync(join(folder, 'journals'))).toBe(false);
  await journal.intend(intent('b'));
  expect((await readJournal(path)).intents).toEqual([intent('b')]);
});

it('passes over a last line that was cut', async () => {
  await createJournal(path, REGISTRIES).intend(intent('a'));
  appendFileSync(path, '{"mirror":{"regis');
  expect((await readJournal(path)).intents).toEqual([intent('a')]);
});

it('says how the registries are reached, once, and no journal is no mistake', async () => {
  expect(await readJournal(path)).toEqual({ intents: [], registries: {} });
  const journal = createJournal(path, REGISTRIES);
  await journal.intend(intent('a'));
  await journal.intend(intent('b'));
  expect((await readJournal(path)).registries).toEqual(REGISTRIES);
  expect(readFileSync(path, 'utf8').match(/"registries"/g)).toHaveLength(1);
});

it('takes over the repositories of an earlier run of the job, and leaves it the others', async () => {
  const earlier = createJournal(path, REGISTRIES);
  await earlier.intend(intent('a'));
  await earlier.intend(intent('b', PULL));
  const later = createJournal(join(folder, 'journals/2.jsonl'), {});
  await later.adopt([MIRROR]);
  expect((await readJournal(path)).intents).toEqual([intent('b', PULL)]);
  await later.adopt([MIRROR, PULL]);
  expect(existsSync(path)).toBe(false);
});

it('fails where it cannot write, so that no tag moves', async () => {
  appendFileSync(join(folder, 'journals'), '');
  await expect(createJournal(path, REGISTRIES).intend(intent('a'))).rejects.toThrow();
});
