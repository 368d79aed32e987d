// The mode matrix: cuts a config into parts for the jobs of a matrix. No registry is opened, no crane installed, no token
// used, nothing written.

import { formatMirror } from '../../image/names/mirror-name.ts';
import { makeMatrix } from '../../plan/shards/matrix.ts';
import { makeMatrixReport } from '../../report/matrix/matrix-report.ts';
import { matrixRowLine } from '../../report/matrix/matrix-summary.ts';
import type { Report } from '../../report/rows/report.ts';
import type { RunDoors } from '../doors/doors.ts';
import type { Mode, RunSettings } from '../doors/settings.ts';
import { readGround } from '../wide/ground.ts';

/** `matrix`: reads the config and cuts it. */
export const MATRIX: Mode = {
  about: 'reads the config alone and gives the jobs of a matrix, a part of it each',
  cuts: true,
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

async function cutConfig({ matrix: wish }: RunSettings, doors: RunDoors): Promise<Report> {
  const started = doors.now();
  const { runner } = doors;
  const { config, strays, sha256 } = await readGround(MATRIX.values.writes, doors);
  const more = strays.length > 0 || config.builds.length > 0;
  const matrix = makeMatrix(config, wish, { more, known: new Map() });
  await runner.group('Matrix', async () => {
    for (const row of matrix.include) runner.info(matrixRowLine(row));
  });
  const run = {
    mode: MATRIX.values,
    config: config.file,
    configSha256: sha256,
    mirror: formatMirror(config.mirror),
    notices: [],
    usage: { requests: {}, copies: 0 },
    craneVersion: '',
    milliseconds: doors.now() - started,
    cancelled: doors.cancelled.aborted,
  };
  return makeMatrixReport(run, matrix);
}
