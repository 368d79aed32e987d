// Places of pins that no edit can move: their pull request says what to write there, and the report does not call them proposed.

import { movePins, type PinFile, type PinMove } from '../../config/edit/pins.ts';
import type { StalePinRow } from '../../plan/bumps/row.ts';
import type { Bump } from '../../report/pins/bump.ts';

type Place = Pick<StalePinRow, 'file' | 'line' | 'column'>;

function keyOf({ file, line, column }: Place): string {
  return `${line}:${column} ${file}`;
}

/** The rows as they are, but for those of places in these files that are left to a person, which say why. */
export function tellByHand(
  rows: readonly StalePinRow[],
  files: readonly PinFile[],
  bumps: readonly Bump[],
): StalePinRow[] {
  const moves = new Map(
    bumps.flatMap(({ pin, to }) =>
      pin.sites.map((site): [string, PinMove] => [keyOf(site), { from: pin, to }]),
    ),
  );
  const unmoved = files.flatMap((file) => movePins(file, (site) => moves.get(keyOf(site)) ?? null).unmoved);
  const reasons = new Map(unmoved.map(({ site, reason }) => [keyOf(site), reason]));
  return rows.map((row) => {
    const reason = row.state === 'proposed' ? reasons.get(keyOf(row)) : undefined;
    return reason === undefined ? row : { ...row, state: 'stale', message: `left to a person: ${reason}` };
  });
}
