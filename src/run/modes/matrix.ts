// The mode matrix: cuts a config into parts for the jobs of a matrix. No registry is opened, no crane installed, no token
// used, nothing written.

import type { Notice } from '../../base/errors/notice.ts';
import { formatMirror } from '../../image/names/mirror-name.ts';
import { makeMatrix } from '../../plan/shards/matrix.ts';
import { makeMatrixReport } from '../../report/matrix/matrix-report.ts';
import { matrixRowLine } from '../../report/matrix/matrix-summary.ts';
import type { Report } from '../../report/rows/report.ts';
import type { RunDoors } from '../doors/doors.ts';
import type { Mode, RunSettings } from '../doors/settings.ts';
import { readGround } from '../wide/ground.ts';
import { readWeights } from '../wide/weights.ts';

/** `matrix`: reads the config and cuts it. */
export const MATRIX: Mode = {
  about: 'reads only the config and splits it into parts, one for each job of a matrix',
  cuts: true,
  reports: 'taken',
  values: {
    name: 'matrix',
    writes: false,
    work: 'stale',
    title: 'Jobs',
    word: 'cut',
    note: '',
    rest: 'not cut',
  },
  work: cutConfig,
};

async function cutConfig({ matrix: wish, mergeReports }: RunSettings, doors: RunDoors): Promise<Report> {
  const started = doors.now();
  const { runner } = doors;
  const { config, strays, sha256 } = await readGround(MATRIX.values.writes, doors);
  const more = strays.length > 0 || config.builds.length > 0;
  const { known, notices } = await readWeights(mergeReports, doors);
  const matrix = makeMatrix(config, wish, { more, known });
  await runner.group('Matrix', async () => {
    for (const row of matrix.include) runner.info(matrixRowLine(row));
  });
  const run = {
    mode: MATRIX.values,
    config: config.file,
    configSha256: sha256,
    mirror: formatMirror(config.mirror),
    notices: known.size > 0 && !matrix.isWeighed ? [...notices, UNWEIGHED] : notices,
    usage: { requests: {}, copies: 0 },
    craneVersion: '',
    milliseconds: doors.now() - started,
    cancelled: doors.cancelled.aborted,
  };
  return makeMatrixReport(run, matrix);
}

const UNWEIGHED: Notice = {
  kind: 'matrix',
  source: '',
  message:
    'the last reports are not used to balance the shards, because there are too many shards and repositories: the config alone decides',
};
