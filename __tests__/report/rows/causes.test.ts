// Rows that one repair mends stand together, whatever their tags; rows of different causes never do.

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { causesOf } from '../../../src/report/rows/causes.ts';
import type { TroubleRow } from '../../../src/report/rows/tag-rows.ts';

const PLACE = { file: 'images.yaml', line: 3, column: 5 };

function row(fields: Partial<TroubleRow>): TroubleRow {
  return {
    source: 'docker.io/library/ruby',
    tag: '3.4',
    mirror: 'ghcr.io/acme/mirror/ruby:3.4',
    reason: 'denied',
    message: 'the mirror ghcr.io/acme/mirror does not let this job write packages',
    hint: 'add `permissions: { packages: write }`',
    detail: '',
    place: PLACE,
    ...fields,
  };
}

describe('rows of one cause', () => {
  it('are one, with every tag and each source once', () => {
    const rows = ['3.4', '3.5', '3.6'].map((tag) => row({ tag, detail: `PUT ${tag}` }));
    const node = row({ source: 'docker.io/library/node', tag: '24', detail: 'PUT 24' });
    expect(causesOf([...rows, node])).toEqual([
      {
        reason: 'denied',
        happened: row({}).message,
        advice: row({}).hint,
        tags: ['ruby:3.4', 'ruby:3.5', 'ruby:3.6', 'node:24'],
        repositories: ['docker.io/library/ruby', 'docker.io/library/node'],
        details: ['PUT 3.4', 'PUT 3.5', 'PUT 3.6'],
        since: [],
        row: rows[0],
      },
    ]);
  });

  it('are one where only the tag in their sentence differs, which is then left open', () => {
    const rows = ['3.8', '3.9-slim'].map((tag) =>
      row({ tag, reason: 'gone', message: `upstream no longer has ruby:${tag}; the mirror keeps its copy` }),
    );
    expect(causesOf(rows).map(({ happened, tags }) => [happened, tags.length])).toEqual([
      ['upstream no longer has ruby:…; the mirror keeps its copy', 2],
    ]);
    expect(causesOf(rows.slice(0, 1))[0]?.happened).toBe(rows[0]?.message);
  });

  it('are one where only the repository differs, which is then left open', () => {
    const rows = ['ruby', 'node'].map((name) =>
      row({
        source: `docker.io/library/${name}`,
        mirror: `ghcr.io/acme/mirror/${name}:3.4`,
        message: `the mirror has no ghcr.io/acme/mirror/${name}:3.4, and ${name}-slim is another`,
      }),
    );
    expect(causesOf(rows)).toHaveLength(2);
    const alike = rows.map((one) => ({ ...one, message: one.message.split(',')[0] ?? '' }));
    expect(causesOf(alike).map(({ happened, tags }) => [happened, tags.length])).toEqual([
      ['the mirror has no …:…', 2],
    ]);
  });

  it('stand before those of fewer tags', () => {
    const few = row({ message: 'another' });
    expect(causesOf([few, row({}), row({ tag: '3.5' })]).map(({ tags }) => tags.length)).toEqual([2, 1]);
  });
});

it.each([
  ['the reason', { reason: 'quota' }],
  ['the sentence', { message: 'the mirror ghcr.io/acme/other does not let this job write packages' }],
] as const)('rows that differ in %s are two causes', (_name, fields) => {
  expect(causesOf([row({}), row(fields)])).toHaveLength(2);
});

it.each([
  ['alone', 'the step 1 of 3 failed'],
  ['as a port', 'the mirror registry.internal:1 cannot be reached'],
  ['as a port before a path', 'the mirror localhost:1/m cannot be reached'],
  ['as a port in an address', 'GET http://localhost:1: no answer'],
])('a number that is also the tag stays where it stands %s', (_where, message) => {
  const rows = [row({ tag: '1', message }), row({ tag: '2', message })];
  expect(causesOf(rows)).toMatchObject([{ happened: message, tags: ['ruby:1', 'ruby:2'] }]);
  const other = [row({ tag: '1', message }), row({ tag: '2', message: message.replaceAll('1', '2') })];
  expect(causesOf(other)).toHaveLength(2);
});

it.each([
  ['ruby:1', 'ruby:…'],
  ['registry.internal:5000/ruby:1, again', 'registry.internal:5000/ruby:…, again'],
  ['"1"', '"…"'],
  ['`1`', '`…`'],
])('a tag in a reference or in quotes is left open: %s', (words, open) => {
  const told = (tag: string) => row({ tag, message: `no ${words.replace(/1(?=\W|$)/, tag)} in 1 list` });
  expect(causesOf([told('1'), told('2.0-slim')]).map(({ happened }) => happened)).toEqual([
    `no ${open} in 1 list`,
  ]);
});

it('a tag is not looked for inside other words', () => {
  const rows = [
    row({ tag: '3', message: 'port 8443 of 13 hosts' }),
    row({ tag: '4', message: 'port 8443 of 14 hosts' }),
  ];
  expect(causesOf(rows)).toHaveLength(2);
});

it('every row is in one cause, whatever its words', () => {
  const rows = fc.array(
    fc
      .record({
        tag: fc.string({ minLength: 1 }),
        message: fc.string(),
        hint: fc.string(),
        detail: fc.string(),
      })
      .map(row),
  );
  fc.assert(
    fc.property(rows, (given) => {
      const causes = causesOf(given);
      expect(causes.flatMap(({ tags }) => tags)).toHaveLength(given.length);
    }),
  );
});
