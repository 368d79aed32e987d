// The SARIF of a lint: valid by the published schema, with places, fixes, and fingerprints that stay when lines move.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { RULE_ROWS } from '../../../src/config/references/lint-rules.ts';
import { makeLintReport } from '../../../src/report/lint/lint-report.ts';
import { renderSarif } from '../../../src/report/lint/sarif.ts';
import type { Report } from '../../../src/report/rows/report.ts';
import type { TroubleRow } from '../../../src/report/rows/tag-rows.ts';
import { LINT } from '../../../src/run/modes/lint.ts';
import { digest, fileOf, lintLines } from '../../plan/lint/sites.ts';

const A = digest('a');
const schemaFile = new URL('../../data/sarif/sarif-2.1.0-rtm.5.json', import.meta.url);
// zod takes a relative reference (RFC 3986, section 4.2) for a wrong URL.
const schemaText = readFileSync(schemaFile, 'utf8').replaceAll('"format": "uri-reference"', '"minLength": 1');
const schema = z.fromJSONSchema(JSON.parse(schemaText));

type Log = {
  readonly runs: readonly {
    readonly invocations: readonly { readonly executionSuccessful: boolean }[];
    readonly results: readonly {
      readonly ruleId: string;
      readonly ruleIndex: number;
      readonly partialFingerprints: Readonly<Record<string, string>>;
      readonly fixes?: readonly unknown[];
      readonly locations: readonly unknown[];
    }[];
  }[];
};

function reportOf(lines: Parameters<typeof lintLines>[0], failed: readonly TroubleRow[] = []): Report {
  const run = {
    mode: LINT.values,
    config: 'images.yaml',
    mirror: 'ghcr.io/acme/mirror',
    notices: [],
    usage: { requests: {}, copies: 0 },
    craneVersion: '',
    milliseconds: 0,
    cancelled: false,
  };
  return makeLintReport({ ...run, failed }, lintLines(lines));
}

const LINES = [
  'quay.io/acme/a:1',
  'ruby:1',
  `ruby:2@${A}`,
  `quay.io/acme/a:1@${A}`,
  '{{ x }}',
  'https://é.example',
];
const FAILED: TroubleRow = {
  source: 'quay.io/acme/a',
  tag: '1',
  mirror: null,
  reason: 'network',
  message: 'nobody answers',
  hint: 'wait',
  detail: '',
  place: { file: 'vars.yml', line: 1, column: 3 },
};

function sarif(report: Report): Log {
  return JSON.parse(JSON.stringify(renderSarif(report))) as Log;
}

describe('a lint as SARIF', () => {
  it.each([
    ['with findings of every kind', reportOf(LINES)],
    ['with nothing found', reportOf([`quay.io/acme/a:1@${A}`])],
    ['with registries that did not answer', reportOf(LINES, [FAILED])],
    ['of a path with blanks and letters of all kinds', reportOf([fileOf('a b/ü#%.yaml', LINES)])],
  ])('%s is valid by the published schema', (_what, report) => {
    expect(schema.safeParse(sarif(report)).error?.issues ?? []).toEqual([]);
  });

  it('the schema refuses what is not SARIF', () => {
    const log = { ...sarif(reportOf(LINES)), version: '1' };
    expect(schema.safeParse(log).success).toBe(false);
  });

  it('every finding has its rule, its place, and the fix that its replacement is', () => {
    const report = reportOf(LINES);
    const [run] = sarif(report).runs;
    expect(run?.results).toHaveLength(report.findings?.length ?? 0);
    for (const { ruleId, ruleIndex } of run?.results ?? []) expect(RULE_ROWS[ruleIndex]?.id).toBe(ruleId);
    const pinned = run?.results.find(({ ruleId }) => ruleId === 'not-pinned');
    const region = { startLine: 1, startColumn: 3, endLine: 1, endColumn: 19 };
    const uri = { uri: 'vars.yml', uriBaseId: '%SRCROOT%' };
    expect(pinned?.locations).toEqual([{ physicalLocation: { artifactLocation: uri, region } }]);
    const text = `quay.io/acme/a:1@${A}`;
    expect(pinned?.fixes).toEqual([
      {
        description: { text: `Write ${text}` },
        artifactChanges: [
          {
            artifactLocation: uri,
            replacements: [{ deletedRegion: region, insertedContent: { text } }],
          },
        ],
      },
    ]);
  });

  it('fingerprints stay when lines move, and differ for findings that are alike', () => {
    const prints = (lines: readonly string[]) =>
      sarif(reportOf(lines)).runs[0]?.results.map(
        (result) => result.partialFingerprints.primaryLocationLineHash,
      );
    const two = prints(['x:1', 'x:1']) ?? [];
    expect(new Set(two).size).toBe(two.length);
    expect(prints(['{{ moved }}', 'x:1', 'x:1'])?.slice(0, two.length)).toEqual(two);
  });

  it('a registry that did not answer makes it a run without success', () => {
    expect(sarif(reportOf(LINES, [FAILED])).runs[0]?.invocations[0]?.executionSuccessful).toBe(false);
  });
});
