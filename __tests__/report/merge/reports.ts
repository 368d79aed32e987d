// Reports of parts as tests write them.

import { VERSION } from '../../../src/base/text/version.ts';
import type { RunPart } from '../../../src/plan/shards/part.ts';
import type { Report } from '../../../src/report/rows/report.ts';

export const SHA = 'a'.repeat(64);
export const DIGEST = `sha256:${'0'.repeat(64)}` as const;

/** The part `2/3`. */
export function shard(number: number, of: number): RunPart {
  const name = `${number}/${of}`;
  return { by: 'shards', name, pieces: [name], of: Array.from({ length: of }, (_, at) => `${at + 1}/${of}`) };
}

/** A report in which one tag of `source` is fresh. */
export function reportOf(
  part: RunPart | null,
  more: Partial<Report> = {},
  source = 'docker.io/library/ruby',
): Report {
  const lists = {
    stale: [],
    copied: [],
    failed: [],
    refused: [],
    deferred: [],
    newTags: [],
    kept: [],
    notices: [],
  };
  return {
    ...{
      version: 3,
      mode: 'sync',
      status: 'fresh',
      config: 'images.yaml',
      configSha256: SHA,
      action: VERSION,
    },
    ...{
      part,
      run: { id: '77', attempt: 1 },
      mirror: 'ghcr.io/acme',
      selected: 1,
      platformTags: 0,
      fresh: 1,
    },
    ...{ newTagsUnknown: 0, costs: null, alert: null, pullRequest: null, issue: null },
    ...{ usage: { requests: {}, copies: 0 }, craneVersion: '', milliseconds: 5 },
    sources: [{ source, selected: 1, fresh: 1, copied: 0 }],
    ...lists,
    ...more,
  };
}
