// Which reports make up a run, and what is said of the others.

import { describe, expect, it } from '@jest/globals';
import { collectParts, type Expected, type ReportFile } from '../../../src/report/merge/collect.ts';
import type { PartReport } from '../../../src/report/merge/decode.ts';
import { reportOf, SHA, shard } from './reports.ts';

const EXPECTED: Expected = {
  ...{ config: 'images.yaml', configSha256: SHA, mirror: 'ghcr.io/acme', run: '77' },
  registries: ['docker.io', 'quay.io'],
  modes: ['sync', 'check', 'lint'],
};
const file = (name: string, read: ReportFile['read']): ReportFile => ({ file: name, read });
const part = (number: number, of: number, more: Partial<PartReport> = {}): ReportFile =>
  file(`${number}/report.json`, { ...reportOf(shard(number, of)), ...more });
const registry = (name: string, of = EXPECTED.registries, more: Partial<PartReport> = {}): ReportFile =>
  file(`${name}.json`, { ...reportOf({ by: 'registry', name, pieces: [name], of }), ...more });
const collect = (files: readonly ReportFile[]) => {
  const { counted, troubles, remarks, missing } = collectParts(files, EXPECTED);
  return { counted: counted.map((each) => each.file), troubles, remarks, missing };
};

it('takes all shards of one cut, in their order', () => {
  expect(collect([part(2, 3), part(3, 3), part(1, 3)])).toEqual({
    ...{
      counted: ['1/report.json', '2/report.json', '3/report.json'],
      troubles: [],
      remarks: [],
      missing: [],
    },
  });
  expect(
    collect([part(10, 11), ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 11].map((at) => part(at, 11))]).counted[1],
  ).toBe('2/report.json');
});

it('takes the registries of the config', () => {
  const { counted, troubles } = collect([registry('quay.io'), registry('docker.io')]);
  expect([counted, troubles]).toEqual([['docker.io.json', 'quay.io.json'], []]);
});

it('takes one report about everything', () => {
  expect(collect([file('report.json', reportOf(null))])).toMatchObject({
    counted: ['report.json'],
    troubles: [],
  });
});

const RED = {
  problem: { message: 'crane could not be had', hint: 'look', diagnostics: [] },
  configSha256: '',
};

describe('tells', () => {
  it.each<[string, readonly ReportFile[], readonly RegExp[], readonly string[]]>([
    [
      'a shard without a report',
      [part(1, 3), part(3, 3)],
      [/^2\/3 has no report: its job did not get as far as this action/],
      ['1/report.json', '3/report.json'],
    ],
    ['a registry without a report', [registry('quay.io')], [/^docker\.io has no report/], ['quay.io.json']],
    [
      'a part of another cut',
      [part(1, 2), part(2, 2), file('x.json', reportOf(shard(3, 8)))],
      [/x\.json is part of another cut \(3\/8\)/],
      ['1/report.json', '2/report.json'],
    ],
    [
      'registries beside shards',
      [part(1, 2), part(2, 2), registry('quay.io')],
      [/another cut \(quay\.io\)/],
      ['1/report.json', '2/report.json'],
    ],
    [
      'a cut by registries that the config does not have',
      [registry('docker.io'), registry('evil.example', ['docker.io', 'evil.example'])],
      [/evil\.example\.json is part of another cut/, /^quay\.io has no report/],
      ['docker.io.json'],
    ],
    [
      'a run that was not narrowed',
      [part(1, 2), part(2, 2), file('whole.json', reportOf(null))],
      [/whole\.json is from a run that was not narrowed/],
      ['1/report.json', '2/report.json'],
    ],
    [
      'a report of another config',
      [part(1, 2), part(2, 2, { configSha256: 'b'.repeat(64) })],
      [/as it was or will be at another commit/, /^2\/2 has no report that counts$/],
      ['1/report.json'],
    ],
    [
      'a report of another file',
      [part(1, 2), part(2, 2, { config: 'other.yaml' })],
      [/another config \(other\.yaml\)/, /^2\/2 has/],
      ['1/report.json'],
    ],
    [
      'a report of another mirror',
      [part(1, 2), part(2, 2, { mirror: 'quay.io/acme' })],
      [/another mirror \(quay\.io\/acme\)/, /^2\/2 has/],
      ['1/report.json'],
    ],
    [
      'a report of yesterday',
      [part(1, 2), part(2, 2, { run: { id: '76', attempt: 1 } })],
      [/another workflow run \(76\)/, /^2\/2 has/],
      ['1/report.json'],
    ],
    [
      'a check among syncs',
      [part(1, 2), part(2, 2, { mode: 'check' })],
      [
        /from mode check, and the others are from sync|from mode sync, and the others are from check/,
        /has no report/,
      ],
      ['1/report.json'],
    ],
    [
      'what could not be read',
      [part(1, 1), file('a.json', { unread: 'is empty' }), file('b.json', { unread: 'is not JSON' })],
      [/^a\.json is empty/, /^b\.json is not JSON/],
      ['1/report.json'],
    ],
    [
      'a part that was cancelled',
      [part(1, 2), part(2, 2, { status: 'cancelled' })],
      [/^2\/2 was cancelled/],
      ['1/report.json', '2/report.json'],
    ],
    [
      'a part that could not begin',
      [part(1, 2), part(2, 2, { status: 'failed', ...RED })],
      [/^2\/2 could not begin: crane could not be had - look/],
      ['1/report.json', '2/report.json'],
    ],
    [
      'a registry that could not begin',
      [registry('quay.io'), registry('docker.io', [], { status: 'failed', ...RED })],
      [/^docker\.io could not begin/],
      ['docker.io.json', 'quay.io.json'],
    ],
    [
      'two reports of one shard, of which the worse counts',
      [
        file('a.json', reportOf(shard(1, 1))),
        file('b.json', { ...reportOf(shard(1, 1)), status: 'partial' }),
      ],
      [/^a\.json is a second report of 1\/1; b\.json counts/],
      ['b.json'],
    ],
    [
      'the same report twice',
      [file('a.json', reportOf(shard(1, 1))), file('b.json', reportOf(shard(1, 1)))],
      [/^b\.json is a second report of 1\/1/],
      ['a.json'],
    ],
  ])('%s', (_name, files, troubles, counted) => {
    for (const order of [files, files.toReversed()]) {
      const found = collect(order);
      expect(found.troubles).toHaveLength(troubles.length);
      for (const trouble of troubles)
        expect(found.troubles.join('\n')).toMatch(new RegExp(trouble.source, 'm'));
      if (files.some(({ read }) => !('unread' in read) && read.mode === 'check')) continue;
      expect(found.counted.toSorted()).toEqual([...counted].sort());
    }
  });
});

it('takes the last attempt of a job that was run again, and says so', () => {
  const first = { ...reportOf(shard(1, 1)), status: 'partial' as const };
  const again = { ...reportOf(shard(1, 1)), run: { id: '77', attempt: 2 } };
  const found = collect([file('1.json', first), file('2.json', again)]);
  expect(found).toMatchObject({ counted: ['2.json'], troubles: [] });
  expect(found.remarks).toEqual(['1.json is for 1/1 in attempt 1; attempt 2 counts']);
});

it.each<[string, Partial<PartReport>, string]>([
  ['a mode without tags', { mode: 'matrix' }, 'is from mode matrix, which looks after no tags'],
  ['a merged report', { parts: [] }, 'is itself a merged report'],
])('passes over %s beside the parts, with a word', (_name, more, words) => {
  const other = file('other.json', { ...reportOf(null), ...more });
  const found = collect([part(1, 2), part(2, 2), other]);
  expect(found).toMatchObject({ counted: ['1/report.json', '2/report.json'], troubles: [] });
  expect(found.remarks).toEqual([`other.json ${words}, so it is left out`]);
  // In the place of a part it is missed.
  expect(collect([part(1, 2), part(2, 2, more)]).troubles).toEqual([
    expect.stringMatching(/^2\/2 has no report/),
  ]);
});

it('never counts a piece twice where parts overlap', () => {
  const both = file(
    'both.json',
    reportOf({
      by: 'registry',
      name: 'docker.io, quay.io',
      pieces: ['docker.io', 'quay.io'],
      of: EXPECTED.registries,
    }),
  );
  const { counted, troubles } = collect([both, registry('quay.io')]);
  expect([counted, troubles.length]).toEqual([['both.json'], 1]);
});

it('asks no number of a run where nobody knows one', () => {
  const yesterday = part(1, 1, { run: { id: '1', attempt: 1 } });
  expect(collectParts([yesterday], { ...EXPECTED, run: '' }).troubles).toEqual([]);
});
