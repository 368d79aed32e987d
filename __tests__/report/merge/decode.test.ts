// A report file that anybody may have written.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeReport } from '../../../src/report/merge/decode.ts';
import type { TroubleRow } from '../../../src/report/rows/tag-rows.ts';
import { misfits } from '../../fakes/runner/report-schema.ts';
import { DIGEST, reportOf, shard } from './reports.ts';

const place = { file: 'images.yaml', line: 4, column: 9 };
const trouble: TroubleRow = {
  ...{ source: 'docker.io/library/ruby', tag: '3.4', mirror: 'ghcr.io/acme/library/ruby:3.4' },
  reason: 'denied',
  ...{ message: 'no', hint: '', detail: '', place },
};
const GOOD = reportOf(shard(1, 2), { failed: [trouble] });
const problemOf = (text: string): string | null => {
  const read = decodeReport(text);
  return 'unread' in read ? read.unread : null;
};
const changed = (change: object): string => JSON.stringify({ ...GOOD, ...change });

it('reads what a run writes, as it is written', () => {
  expect(decodeReport(JSON.stringify(GOOD, null, 2))).toEqual(GOOD);
  expect(decodeReport(`\uFEFF${JSON.stringify(GOOD)}`)).toEqual(GOOD);
});

describe('what is not read', () => {
  it.each<[string, string, RegExp]>([
    ['nothing', '', /is not JSON/],
    ['half a report', JSON.stringify(GOOD).slice(0, 400), /is not JSON/],
    ['a list', '[]', /is not a report/],
    ['null', 'null', /is not a report/],
    ['another JSON file', '{"runs":[]}', /is not a report/],
    ['a key twice', `{"status":"fresh",${JSON.stringify(GOOD).slice(1)}`, /"status" twice/],
    ['a prototype', `{"__proto__":{"status":"fresh"},${JSON.stringify(GOOD).slice(1)}`, /__proto__/],
    [
      'a deep value',
      changed({ usage: JSON.parse(`${'{"a":'.repeat(20)}1${'}'.repeat(20)}`) }),
      /nested deeper/,
    ],
    ['another form', changed({ version: 2 }), /another version/],
    ['another version', changed({ action: '0.0.1' }), /another version of this action \(0\.0\.1\)/],
    ['no version', changed({ action: undefined }), /another version/],
    ['a field that nobody writes', changed({ policies: { newTags: ['pull-request'] } }), /schema/],
    ['a field of a row that nobody writes', changed({ failed: [{ ...trouble, edit: 'x' }] }), /schema/],
    [
      'a reason that nobody knows',
      changed({ failed: [{ ...trouble, reason: 'luck' }] }),
      /schema.*failed\.0\.reason/,
    ],
    ['a status that nobody knows', changed({ status: 'splendid' }), /schema/],
    ['a count below nothing', changed({ fresh: -1 }), /schema/],
    ['half a tag', changed({ fresh: 0.5 }), /schema/],
    [
      'a number without end',
      JSON.stringify(GOOD).replace('"milliseconds":5', '"milliseconds":1e999'),
      /schema|number/,
    ],
    ['a number that nobody counts', changed({ milliseconds: 1e16 }), /no run counts \(milliseconds\)/],
    [
      'the same deep inside',
      changed({ usage: { requests: { h: { head: 9e15 } }, copies: 0 } }),
      /usage\.requests/,
    ],
    ['a list that is none', changed({ failed: {} }), /schema/],
    ['text for a number', changed({ selected: '1' }), /schema/],
    ['more fresh tags than tags', changed({ fresh: 2 }), /contradicts/],
    ['sources that do not add up', changed({ selected: 3, fresh: 1 }), /contradicts/],
  ])('%s', (_name, text, problem) => {
    expect(problemOf(text)).toMatch(problem);
  });
});

it('keeps no text that a log, a page or a command could mistake', () => {
  const hostile = '::error::x\n##[add-mask]a\u001b[31m\u202e\u0000<!-- -->';
  const failed = [{ ...trouble, message: hostile, detail: hostile, place: { ...place, file: hostile } }];
  const usage = { requests: { [hostile]: { [hostile]: 1 } }, copies: 0 };
  const read = decodeReport(changed({ failed, usage, mirror: hostile }));
  const text = JSON.stringify(read);
  expect('unread' in read).toBe(false);
  expect(text).not.toMatch(/"::|##\[|\\u001b|\\n|\u202e|\\u0000/);
});

it('cuts a text of megabytes', () => {
  const read = decodeReport(changed({ craneVersion: 'x'.repeat(3_000_000) }));
  expect('unread' in read ? 0 : read.craneVersion.length).toBe(10_000);
});

it('agrees with the published schema, whatever one value of a report becomes', () => {
  const schema = JSON.parse(
    readFileSync(new URL('../../../schema/report.schema.json', import.meta.url), 'utf8'),
  );
  const keys = Object.keys(schema.properties).filter((key) => !['version', 'action'].includes(key));
  const value = fc.oneof(
    fc.constantFrom(null, -1, 0, 1, '', 'x', [], {}, [trouble], true, DIGEST),
    fc.jsonValue(),
  );
  const change = fc.record({ key: fc.constantFrom(...keys), value });
  let refused = 0;
  fc.assert(
    fc.property(change, ({ key, value: wrong }) => {
      const report = JSON.parse(changed({ [key]: wrong }));
      const problem = problemOf(JSON.stringify(report));
      const fits = misfits(report).length === 0;
      if (!fits) refused += 1;
      // A count that does not add up, a number or a key of no run: told in other words than the schema's.
      if (fits) expect(problem ?? '').not.toMatch(/schema of a report \((?!.*Too big)/);
      else expect(problem).not.toBeNull();
    }),
    { numRuns: 2_000 },
  );
  expect(refused).toBeGreaterThan(500);
});
