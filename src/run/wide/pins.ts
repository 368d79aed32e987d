// Pins that runs of parts found stale, offered as the policy asks. Where a pin may move is asked of upstream once more: a
// report alone decides no digest that people are to pull.

import { asFailure } from '../../base/errors/failure.ts';
import { newLookUps } from '../../base/flow/alive.ts';
import type { Config } from '../../config/images/config.ts';
import type { ManifestHead } from '../../image/manifest/manifest.ts';
import { lookUp } from '../../image/names/look-up.ts';
import { familiarTag } from '../../image/names/reference.ts';
import { pinsOf, type StalePin } from '../../plan/bumps/pin.ts';
import type { Linted } from '../../plan/lint/lint.ts';
import type { Seen } from '../../plan/observation/observation.ts';
import { checkPins, type ReportedPin } from '../../report/merge/checked.ts';
import type { Report } from '../../report/rows/report.ts';
import { offerMoves, readingOf } from '../bumps/bumps.ts';
import type { RunDoors } from '../doors/doors.ts';
import { askAll } from '../observe/ask.ts';

/** What a merge knows of pins; `text` is the config as it was read, `isWhole` false where a part is missing. */
type PinGround = {
  readonly config: Config;
  readonly text: string;
  readonly linted: Linted | null;
  readonly branch: string;
  readonly job: string;
  readonly isWhole: boolean;
};

/** The pins of this workspace, and what the rows of a report say of them. */
export function readPins(
  { config, text, linted }: Omit<PinGround, 'branch' | 'job' | 'isWhole'>,
  rows: NonNullable<Report['stalePins']>,
) {
  const reading = readingOf(config, linted);
  const read = pinsOf(linted?.files ?? [], { config, text }, reading);
  return { read, reading, ...checkPins(rows, read.pins) };
}

/** The report after its pins were offered, where the policy asks for that, and the pull requests that were settled. Never throws. */
export async function mergePins(
  report: Report,
  ground: PinGround,
  { read, reading, pins }: ReturnType<typeof readPins>,
  doors: RunDoors,
): Promise<{ readonly report: Report; readonly units: readonly string[] }> {
  const { config, isWhole } = ground;
  const asks = config.defaults.pins === 'pull-request';
  if (!asks || (read.pins.length === 0 && config.references.length === 0)) return { report, units: [] };
  const ready = pins.filter(({ isReady }) => isReady).map(({ stale }) => stale);
  const { confirmed, unread } = await confirm(ready, config, doors);
  const judged = {
    guarded: pins.map(({ stale, move }) => ({ stale, move })),
    brought: {
      plan: { tags: [], patterns: [] },
      outcomes: [],
      isThere: (stale: StalePin) => confirmed.has(stale),
    },
    unread: [...report.notices.filter(({ kind }) => kind === 'unread-pin'), ...unread],
  };
  const failures = report.notices.filter(({ kind }) => kind === 'unmoved-pin');
  const offered = await doors.runner.group('Pins', () =>
    offerMoves({ ...ground, read, reading }, doors, judged, { failures, isWhole }),
  );
  const { stalePins, pinPullRequests, notices, units } = offered;
  const withPins = { ...report, stalePins, pinPullRequests, notices: [...report.notices, ...notices] };
  return { report: withPins, units };
}

type Confirmed = { readonly confirmed: ReadonlySet<StalePin>; readonly unread: Report['notices'] };

/** Those that upstream still has where the report says so. */
async function confirm(
  ready: readonly ReportedPin['stale'][],
  config: Config,
  doors: RunDoors,
): Promise<Confirmed> {
  if (ready.length === 0) return { confirmed: new Set(), unread: [] };
  const keyOf = ({ pin, to }: StalePin) => lookUp(pin.pull, to.tag);
  const heads = await withRegistries(config, doors, ({ upstream, stop }) =>
    askAll<StalePin, ManifestHead>(
      { stop, lookUps: newLookUps() },
      { items: ready, keyOf, ask: ({ pin, to }) => upstream.head(pin.pull, to.tag) },
    ),
  ).catch((thrown: unknown) => {
    // What cannot be asked is not offered; everything else is done all the same.
    const because = asFailure(thrown);
    return new Map(ready.map((stale) => [keyOf(stale), { kind: 'unknown', because } as const]));
  });
  const isSame = (stale: StalePin): boolean => {
    const head: Seen<ManifestHead> | undefined = heads.get(keyOf(stale));
    return head?.kind === 'seen' && head.value.digest === stale.to.digest;
  };
  const others = ready.filter((stale) => !isSame(stale));
  return {
    confirmed: new Set(ready.filter(isSame)),
    unread: others.map(({ pin, to }) => {
      const message = `${familiarTag(pin.source, to.tag)}: its pins are not offered, ${whyNot(heads.get(lookUp(pin.pull, to.tag)))}`;
      return { kind: 'unread-pin', source: '', message };
    }),
  };
}

function whyNot(seen: Seen<ManifestHead> | undefined): string {
  if (seen?.kind === 'unknown')
    return `because upstream could not be asked once more (${seen.because.message})`;
  return 'because upstream has another digest there than the report says';
}

type Opened = Awaited<ReturnType<RunDoors['open']>>;

async function withRegistries<T>(
  config: Config,
  doors: RunDoors,
  work: (doors: Opened['doors']) => Promise<T>,
): Promise<T> {
  const opened = await doors.runner.group('Crane', () => doors.open(config));
  try {
    return await work(opened.doors);
  } finally {
    await opened.close();
  }
}
