// Pins that a part found stale, offered by the merge: only to the digest that upstream has there.

import { expect, it } from '@jest/globals';
import { UserError } from '../../../src/base/errors/user-error.ts';
import { lookUp } from '../../../src/image/names/look-up.ts';
import type { Report } from '../../../src/report/rows/report.ts';
import { MERGE } from '../../../src/run/modes/merge.ts';
import { SYNC } from '../../../src/run/modes/sync.ts';
import { body } from '../../plan/steps/builders.ts';
import { memoryDoors } from '../fakes.ts';
import { type Files, type Heard, runOver, shardsOf } from './stage.ts';
import type { World } from './world.ts';

const APP = { registry: 'quay.io', repository: 'acme/app' };

function open(now = 'new') {
  const doors = memoryDoors();
  for (const name of ['old', 'new']) doors.upstream.held.set(lookUp(APP, body(name).digest), body(name));
  doors.upstream.held.set(lookUp(APP, '1.0'), body(now));
  return doors;
}

const WORLD: World = {
  text: `mirror: mirror.example/m\ndefaults: { pins: pull-request, new-tags: ignore }\nimages:\n  - quay.io/acme/app:1.0@${body('old').digest}\n`,
  open: () => open(),
  builds: [],
};
const files = await shardsOf(WORLD, SYNC, 1);
const merge = (found: Files, more: Partial<Parameters<typeof runOver>[0]> = {}) =>
  runOver({ ...WORLD, ...more }, MERGE, {}, found);
const edited = (change: (row: NonNullable<Report['stalePins']>[number]) => object): Files =>
  files.map(({ file, text }) => {
    const report = JSON.parse(text) as Report;
    return { file, text: JSON.stringify({ ...report, stalePins: report.stalePins?.map(change) }) };
  });
const statesOf = ({ report }: Heard) => report.stalePins?.map(({ state }) => state);
const isOffered = ({ asked }: Heard) =>
  asked.some(({ what, offer }) => what === 'pins' && JSON.stringify(offer).includes('images.yaml'));

it('are offered as one run offers them', async () => {
  const [whole, merged] = [await runOver(WORLD, SYNC), await merge(files)];
  expect(merged.asked).toEqual(whole.asked);
  expect(statesOf(merged)).toEqual(['proposed']);
  expect(merged.report.stalePins).toEqual(whole.report.stalePins);
  expect(merged.outputs).toEqual(whole.outputs);
});

it.each<[string, Files | null, Partial<Parameters<typeof runOver>[0]>, RegExp]>([
  ['upstream has moved on', null, { open: () => open('old') }, /upstream has another digest/],
  [
    'another digest is claimed',
    edited((row) => ({ ...row, to: body('evil').digest })),
    {},
    /upstream has another digest/,
  ],
  [
    'upstream cannot be read',
    null,
    {
      open: () => {
        const doors = open();
        doors.upstream.held.delete(lookUp(APP, '1.0'));
        return doors;
      },
    },
    /another digest/,
  ],
  [
    'no registry can be opened',
    null,
    { opening: new UserError('crane', 'crane could not be had') },
    /could not be asked once more \(.*crane could not be had\)/,
  ],
])('are not offered where %s, and that is told', async (_name, found, more, words) => {
  const merged = await merge(found ?? files, more);
  expect(merged.report.notices.map(({ message }) => message).join('\n')).toMatch(words);
  expect(merged.report.notices.filter(({ kind }) => kind === 'unread-pin')).toHaveLength(1);
  expect(statesOf(merged)).toEqual(['failed']);
  expect(['fresh', 'synced']).toContain(merged.report.status);
});

it.each<[string, (row: NonNullable<Report['stalePins']>[number]) => object]>([
  ['in another file', (row) => ({ ...row, file: '.github/workflows/ci.yml' })],
  ['in another line', (row) => ({ ...row, line: 1 })],
  ['of another source', (row) => ({ ...row, source: 'quay.io/evil/app' })],
  ['to a tag that bump-tags does not allow', (row) => ({ ...row, toTag: '2.0' })],
  ['to what is no digest', (row) => ({ ...row, to: 'sha256:0' })],
  ['to itself', (row) => ({ ...row, to: row.from })],
])('are left out where they stand %s', async (_name, change) => {
  const merged = await merge(edited(change));
  expect(merged.report.stalePins).toEqual([]);
  expect(merged.report.notices[0]?.message).toMatch(
    /1 stale pin that these files do not have, or do not let move that way/,
  );
  expect([merged.report.status, statesOf(merged)]).toEqual(['partial', []]);
});

it('takes no word of a report for the day on which an image was built', async () => {
  const evil = '2026-01-01 [x](https://evil.example)';
  const merged = await merge(edited((row) => ({ ...row, move: { built: evil, lost: [], gained: [] } })));
  expect(isOffered(merged)).toBe(true);
  expect(JSON.stringify(merged)).not.toContain('evil.example');
});
