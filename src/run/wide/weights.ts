// How many tags each source had when it was last looked after, for a matrix. Nothing depends on it but the balance of its
// jobs, so what cannot be read is reported and passed over.

import type { Notice } from '../../base/errors/notice.ts';
import { UserError } from '../../base/errors/user-error.ts';
import { decodeReport } from '../../report/merge/decode.ts';
import type { RunDoors } from '../doors/doors.ts';

/** The tags by their sources' canonical names, and a sentence for each report that did not count. */
type Weights = { readonly known: ReadonlyMap<string, number>; readonly notices: readonly Notice[] };

/** Reads what the patterns name; where there are none, or no report yet, nothing is known. Never throws. */
export async function readWeights(patterns: readonly string[], doors: RunDoors): Promise<Weights> {
  const known = new Map<string, number>();
  if (patterns.length === 0) return { known, notices: [] };
  const notices: Notice[] = [];
  for (const file of await found(patterns, doors, notices)) {
    const read = 'text' in file ? decodeReport(file.text) : { unread: file.unread };
    if ('unread' in read) notices.push(passedOver(`${file.file} ${read.unread}`));
    else for (const { source, selected } of read.sources) known.set(source, selected);
  }
  return { known, notices };
}

type Files = Awaited<ReturnType<RunDoors['readReports']>>;

/** The first night there is no report. */
async function found(patterns: readonly string[], doors: RunDoors, notices: Notice[]): Promise<Files> {
  try {
    return await doors.readReports(patterns);
  } catch (thrown) {
    if (!(thrown instanceof UserError)) throw thrown;
    notices.push(passedOver(thrown.message));
    return [];
  }
}

function passedOver(what: string): Notice {
  return { kind: 'matrix', source: '', message: `weighed by the config alone: ${what}` };
}
