// What became of builds, as rows of the report.

import type { Notice } from '../../base/errors/notice.ts';
import { isUntried } from '../../base/flow/stop.ts';
import { count } from '../../base/text/words.ts';
import { formatName, formatTag, tagOrLatest } from '../../image/names/reference.ts';
import type { FailedBase, Ground, Judged } from '../../plan/builds/judge.ts';
import { staleRows } from '../../plan/builds/rows.ts';
import type { BuildsReport } from '../rows/report.ts';
import type { TroubleRow } from '../rows/tag-rows.ts';

/** Counts, rows and waves of the judged builds; what failed is a row for each base, however many builds are built on it. */
export function reportBuilds(ground: Ground, judged: readonly Judged[]): BuildsReport {
  const stale = judged.filter((build) => build.stale.length > 0);
  const failing = judged.filter((build) => build.stale.length === 0 && build.failed.length > 0);
  const { rows, waves } = staleRows(ground, judged);
  const troubles = troubleRows(judged);
  const failed = failing.length;
  const fresh = judged.length - stale.length - failed;
  return {
    counts: { total: judged.length, fresh, stale: stale.length, failed },
    staleBuilds: rows,
    buildWaves: waves,
    failed: troubles.filter((row) => !isUntried(row)),
    deferred: troubles.filter(isUntried),
    notices: unrecordedNotice(judged),
  };
}

function troubleRows(judged: readonly Judged[]): TroubleRow[] {
  const all = judged.flatMap(({ build, failed }) => failed.map((base) => ({ build, ...base })));
  const groups = Map.groupBy(all, ({ ask, failure }) => ask?.key ?? failure.message);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const builds = new Set(group.map(({ build }) => build));
    return [troubleRow(first, builds.size)];
  });
}

function troubleRow(
  { ask, base, failure, build }: FailedBase & Pick<Judged, 'build'>,
  builds: number,
): TroubleRow {
  const { reason, message, hint, detail } = failure;
  const standing =
    reason === 'not-in-mirror' ? `${message}: ${count(builds, 'build')}, as ${build.id}` : message;
  return {
    source: base === null ? build.id : formatName(base.name),
    tag: base === null ? detail : tagOrLatest(base),
    mirror: ask === null ? null : formatTag(ask.name, ask.tag),
    reason,
    message: standing,
    hint,
    detail,
    place: build.place,
  };
}

/** A record of this kind names one base: what else is copied from goes unjudged, and that is said. */
function unrecordedNotice(judged: readonly Judged[]): Notice[] {
  const builds = judged.filter(({ build }) => build.unrecorded > 0).map(({ build }) => build);
  const images = builds.reduce((sum, { unrecorded }) => sum + unrecorded, 0);
  const [first] = builds;
  if (first === undefined) return [];
  const where = builds.length === 1 ? first.id : `${count(builds.length, 'Dockerfile')}, as ${first.id}`;
  const message = `${count(images, 'image')} that files are copied from (${where}) ${images === 1 ? 'is' : 'are'} not judged: no digest of ${images === 1 ? 'it' : 'them'} is recorded`;
  return [{ kind: 'builds', source: '', message }];
}
