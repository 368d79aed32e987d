// The published schema of the report: it describes every field, and fits what other programs read.

import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Report } from '../../../src/report/rows/report.ts';
import { misfits } from '../../fakes/runner/report-schema.ts';

const DIGEST = `sha256:${'0'.repeat(64)}` as const;
const place = { file: 'images.yaml', line: 4, column: 9 };
const tag = { source: 'docker.io/library/ruby', tag: '3.4', mirror: 'ghcr.io/acme/ruby:3.4' };
const platforms = { lost: ['linux/arm64'], kept: ['linux/arm64'] };
const trouble = { ...tag, reason: 'denied', message: 'no', hint: '', detail: '', place } as const;

/** With every field that a report can have. */
const FULL: Report = {
  version: 3,
  mode: 'sync',
  status: 'partial',
  config: 'images.yaml',
  configSha256: '0'.repeat(64),
  action: '0.1.0',
  part: { by: 'shards', name: '1/2', pieces: ['1/2'], of: ['1/2', '2/2'] },
  matrix: { include: [{ name: 'quay.io', 'only-registries': 'quay.io', tags: 3 }] },
  well: [{ source: tag.source, tags: ['3.4'] }],
  parts: [{ name: '1/2', status: 'missing', milliseconds: 0, requests: 0 }],
  run: { id: '77', attempt: 1 },
  mirror: 'ghcr.io/acme',
  selected: 5,
  platformTags: 1,
  newTagsUnknown: 1,
  costs: {
    newTags: { tags: 1, bytes: 2, exact: false, unknown: 1 },
    stale: { tags: 1, bytes: 2, exact: true, unknown: 0 },
    listed: null,
    patch: null,
    pulls: 3,
  },
  costBlobs: [{ digest: DIGEST, bytes: 2, of: ['stale'] }],
  alert: { number: 3, url: 'https://github.com/acme/images/issues/3', since: '2026-09-01' },
  fresh: 1,
  sources: [
    { source: tag.source, selected: 5, fresh: 1, copied: 1, read: { upstream: 'heads', mirror: 'listing' } },
  ],
  stale: [
    {
      ...tag,
      ...platforms,
      of: '3.4',
      from: null,
      to: DIGEST,
      reason: 'missing',
      cost: { bytes: 1, platforms: 2, exact: true },
    },
  ],
  copied: [{ ...tag, from: DIGEST, to: DIGEST, reason: 'moved', bytes: 7 }],
  failed: [trouble, { ...trouble, mirror: null, reason: 'no-match' }],
  refused: [
    {
      ...trouble,
      missing: ['linux/arm64'],
      line: 'expected-platforms: [linux/amd64]',
      where: 'entry',
      servedSince: '2026-01-01',
      servedDays: 5,
      since: '2026-09-01',
    },
  ],
  deferred: [trouble],
  newTags: [
    { source: tag.source, tag: '3.5', series: 'N.N', beside: '3.4', mirrored: false, cost: null },
    {
      ...{ source: tag.source, tag: '3.6', series: 'N.N', beside: '', mirrored: true },
      cost: { bytes: 1, platforms: 2, exact: true },
    },
  ],
  pullRequest: { kind: 'opened', number: 1, url: 'https://github.com/acme/images/pull/1' },
  issue: { kind: 'nothing', number: null, url: '' },
  kept: [{ ...tag, platform: 'linux/arm64', digest: DIGEST, since: '2026-09-01', days: 3 }],
  findings: [
    {
      ...{
        rule: 'not-pinned',
        level: 'error',
        ...place,
        reference: 'a:1',
        canonical: 'docker.io/library/a:1',
      },
      ...{ message: 'x', replacement: 'a:2', region: { line: 1, column: 1, endLine: 1, endColumn: 4 } },
      edit: { line: 1, column: 1, endLine: 1, endColumn: 4, text: 'a:2' },
    },
  ],
  lint: {
    ...{ files: 1, references: 1, unreadable: 0 },
    ignored: [{ rule: 'not-pinned', ...place, reference: 'a:1', reason: 'x' }],
  },
  notices: [{ kind: 'orphans', source: tag.source, message: 'x' }],
  usage: {
    requests: { 'ghcr.io': { 'manifest-head': 4 } },
    copies: 1,
    bytesRead: 5,
    bytesMoved: 7,
    pulls: [{ host: 'x', limit: null, remaining: 3 }],
  },
  craneVersion: '0.22.1',
  milliseconds: 12.5,
};

it('fits a report with every field', () => {
  expect(misfits(FULL)).toEqual([]);
});

it.each<[string, object]>([
  ['a field that it does not name', { more: 1 }],
  ['another version', { version: 2 }],
  ['a reason that is not on the list', { failed: [{ ...trouble, reason: 'bad-luck' }] }],
  ['a digest that is cut short', { copied: [{ ...FULL.copied[0], to: 'sha256:00' }] }],
  ['a row without a place', { failed: [{ ...trouble, place: undefined }] }],
])('does not fit %s', (_name, change) => {
  expect(misfits(JSON.parse(JSON.stringify({ ...FULL, ...change })))).not.toEqual([]);
});

it('is valid by itself, in strict mode, and lets later versions add fields', () => {
  const schema = JSON.parse(
    readFileSync(new URL('../../../schema/report.schema.json', import.meta.url), 'utf8'),
  );
  expect(schema.$id).toBe(
    'https://raw.githubusercontent.com/fresh-mirror/fresh-mirror/v1/schema/report.schema.json',
  );
  const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema);
  expect(validate({ ...FULL, added: true })).toBe(true);
});
