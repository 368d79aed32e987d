import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createJournal, dropJournals, readOpenIntents } from '../../src/files/journal.ts';
import type { Intent } from '../../src/registry/doors/journal.ts';
import { body, MIRROR, PULL } from '../plan/steps/builders.ts';

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
  const journal = createJournal(path);
  expect(existsSync(path)).toBe(false);
  const created = { ...intent('new'), previous: null };
  await Promise.all([journal.intend(intent('a')), journal.intend(intent('b')), journal.intend(created)]);
  expect(await readOpenIntents(path)).toEqual([intent('a'), intent('b'), created]);
});

it('is on disk when a move may begin', async () => {
  await createJournal(path).intend(intent('a'));
  expect(readFileSync(path, 'utf8')).toMatch(/"tag":"a".*\n$/);
});

it('forgets a repository that is settled, and no other', async () => {
  const journal = createJournal(path);
  await journal.intend(intent('a'));
  await journal.intend(intent('b', PULL));
  await journal.settle(MIRROR);
  expect(await readOpenIntents(path)).toEqual([intent('b', PULL)]);
});

it('leaves no file when all is settled', async () => {
  const journal = createJournal(path);
  await journal.intend(intent('a'));
  await journal.settle(MIRROR);
  expect(existsSync(join(folder, 'journals'))).toBe(false);
  await journal.intend(intent('b'));
  expect(await readOpenIntents(path)).toEqual([intent('b')]);
});

it('passes over a last line that was cut', async () => {
  await createJournal(path).intend(intent('a'));
  appendFileSync(path, '{"mirror":{"regis');
  expect(await readOpenIntents(path)).toEqual([intent('a')]);
});

it('is dropped by the next run of the job, and no journal is no mistake', async () => {
  await createJournal(path).intend(intent('a'));
  await dropJournals(join(folder, 'journals/2.jsonl'));
  expect(await readOpenIntents(path)).toEqual([]);
});

it('fails where it cannot write, so that no tag moves', async () => {
  appendFileSync(join(folder, 'journals'), '');
  await expect(createJournal(path).intend(intent('a'))).rejects.toThrow();
});
