// Lists look forward: a pattern that matches nothing fails only where its entry matches nothing at all.

import { expect, it } from '@jest/globals';
import { Failure } from '../../../src/base/errors/failure.ts';
import { parseConfig } from '../../../src/config/images/parse.ts';
import { formatName } from '../../../src/image/names/reference.ts';
import type { Seen } from '../../../src/plan/observation/observation.ts';
import { selectTags } from '../../../src/plan/select/select.ts';
import { makePlan } from '../../../src/plan/steps/plan.ts';
import { reportAnnotations } from '../../../src/report/render/annotations.ts';
import { noMatchNotices } from '../../../src/report/rows/news.ts';
import { makeReport } from '../../../src/report/rows/report.ts';
import { CHECK } from '../../../src/run/modes/check.ts';
import { observed, wanted } from '../../plan/steps/builders.ts';

function ended(tags: string, list: readonly string[] | null) {
  const text = `mirror: m.example\nimages:\n  - { source: ruby, tags: ${tags} }\n`;
  const { config } = parseConfig(Buffer.from(text), 'images.yaml');
  const { unmatched } = selectTags(config, () => list);
  const { selection, observation } = observed({ fresh: ['A', 'A'] });
  const because = new Failure('timeout', 'no end');
  const seen: Seen<readonly string[]> =
    list === null ? { kind: 'unknown', because } : { kind: 'seen', value: list };
  const lists = new Map(config.entries.map(({ pull }) => [formatName(pull), seen]));
  const all = { wanted: [...selection.wanted, wanted('fresh')].slice(0, 1), unmatched };
  const plan = makePlan(all, { ...observation, lists });
  const report = makeReport(
    {
      ...{
        mode: CHECK.values,
        config: 'c',
        mirror: 'm',
        newTags: [],
        pullRequest: null,
        issue: null,
      },
      ...{ notices: noMatchNotices({ unmatched }), usage: { requests: {}, copies: 0 } },
      ...{ craneVersion: '', milliseconds: 1 },
    },
    plan,
    [],
  );
  return {
    status: report.status,
    failed: report.failed.map(({ tag, reason }) => `${tag} ${reason}`),
    notices: report.notices.map(({ kind }) => kind),
    annotations: reportAnnotations(report, true).map(({ severity }) => severity),
  };
}

const NOTICE = { status: 'fresh', failed: [], notices: ['no-match'], annotations: [] };

it.each([
  ['one pattern of two', '["3.*", "9.*"]', ['3.4'], NOTICE],
  ['a pattern beside a listed tag', '["3.4", "9.*"]', ['3.4'], NOTICE],
  [
    'all there is',
    '["9.*"]',
    ['3.4'],
    { status: 'fresh', failed: ['9.* no-match'], notices: [], annotations: ['warning'] },
  ],
  [
    'a list that could not be read',
    '["3.4", "9.*"]',
    null,
    { status: 'partial', failed: ['9.* timeout'], notices: [], annotations: ['error'] },
  ],
])('%s matches nothing', (_name, tags, list, expected) => {
  expect(ended(tags, list)).toEqual(expected);
});
