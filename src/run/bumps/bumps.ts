// Pins whose tags have moved on upstream: reported, or moved by a pull request once the mirror has what they move to.
// Whatever GitHub answers, the mirroring is done already and stays done.

import { withHint } from '../../base/errors/hints.ts';
import type { Notice } from '../../base/errors/notice.ts';
import { unlessStopped } from '../../base/flow/stop.ts';
import type { Config } from '../../config/images/config.ts';
import type { GitHub } from '../../github/client.ts';
import type { GitHubProblem } from '../../github/problems.ts';
import type { Published } from '../../github/pull-request.ts';
import { formatMirror } from '../../image/names/mirror-name.ts';
import { familiarTag, type Name } from '../../image/names/reference.ts';
import { type PinsRead, pinsOf, type ReferenceNames, type StalePin } from '../../plan/bumps/pin.ts';
import type { PinState, StalePinRow } from '../../plan/bumps/row.ts';
import type { Linted } from '../../plan/lint/lint.ts';
import type { Observation } from '../../plan/observation/observation.ts';
import { Approvals } from '../../plan/references/approval.ts';
import type { Doors } from '../../registry/doors/doors.ts';
import { keyOf, writerOf } from '../../report/offers/marker.ts';
import { type Bump, proposedPin } from '../../report/pins/bump.ts';
import { pinsProposal } from '../../report/pins/pins-offer.ts';
import { type PinsUnit, pinsUnit } from '../../report/pins/pins-unit.ts';
import type { Report } from '../../report/rows/report.ts';
import { type Brought, bringForPins, NOT_BROUGHT } from './bring.ts';
import { tellByHand } from './by-hand.ts';
import { bumpsIn, type JudgedPins, rowsFor, rowsForOthers, rowsOf, unmovedNotices } from './judged.ts';
import { guardPins, lookAtPins } from './look.ts';
import { besideRival } from './rival.ts';

/** What a run knows before it looks after pins; `text` is the config as it was read. */
type PinsFound = {
  readonly config: Config;
  readonly text: string;
  readonly linted: Linted | null;
  readonly observation: Observation;
  readonly doors: Doors;
  /** Whether this run looks after an upstream repository. */
  readonly owns: (source: Name) => boolean;
};

/** Where pins are reported. */
type PinDoors = {
  readonly runner: { group<T>(title: string, work: () => Promise<T>): Promise<T> };
  openGitHub(): GitHub;
  readonly cancelled: AbortSignal;
};

/** What the report says of pins; `brought` is what was done on the mirror for them. */
export type PinsReport = {
  readonly stalePins: readonly StalePinRow[];
  readonly pinPullRequests: NonNullable<Report['pinPullRequests']>;
  readonly notices: readonly Notice[];
  readonly brought: Brought;
  /** The names of the pull requests that were settled; what else is open for pins of this config is asked for no more. */
  readonly units: readonly string[];
};

const NOTHING: PinsReport = {
  stalePins: [],
  pinPullRequests: [],
  notices: [],
  brought: NOT_BROUGHT,
  units: [],
};

/**
 * `branch` is that of the pull request for new tags; those for pins go beside it. `offers`: whether this run writes them,
 * `job` who does.
 */
type PinSettings = {
  readonly writes: boolean;
  readonly offers: boolean;
  readonly branch: string;
  readonly job: string;
};

/** Looks after every pin of a config: in a mode that writes, brings what they move to and offers the moves. Never throws. */
export async function lookAfterPins(
  settings: PinSettings,
  doors: PinDoors,
  found: PinsFound,
): Promise<PinsReport> {
  const { config, linted, text, owns } = found;
  if (doors.cancelled.aborted) return NOTHING;
  const reading = readingOf(config, linted);
  const all = pinsOf(linted?.files ?? [], { config, text }, reading);
  const read = { ...all, pins: all.pins.filter(({ source }) => owns(source)) };
  const asks = config.defaults.pins === 'pull-request';
  if (read.pins.length === 0 && !(asks && config.references.length > 0)) return NOTHING;
  const run = { ...found, read, reading, asks, ...settings };
  return doors.runner.group('Pins', () => moveOn(run, doors));
}

/** How the references of files are read, where there may be none. */
export function readingOf({ mirror, readFrom }: Config, linted: Linted | null): ReferenceNames {
  if (linted !== null) return linted;
  return { names: { mirror, readFrom, mirrored: new Map() }, approvals: new Approvals([]) };
}

type PinRun = PinsFound &
  PinSettings & { readonly read: PinsRead; readonly reading: ReferenceNames; readonly asks: boolean };

async function moveOn(run: PinRun, doors: PinDoors): Promise<PinsReport> {
  const { read, observation, asks, writes, offers } = run;
  const looked = await lookAtPins(read.pins, observation, run.doors);
  const unread = looked.unasked.map(({ pin, failure }): Notice => {
    const message = `${familiarTag(pin.source, pin.tag)}: whether its pins are stale is unknown (${failure.message})`;
    return { kind: 'unread-pin', source: '', message };
  });
  if (!asks) {
    const stalePins = looked.stale.flatMap((stale) => rowsOf(stale, 'stale'));
    return { ...NOTHING, stalePins, notices: unread };
  }
  const guarded = await guardPins(looked.stale, { ...observation, mirror: new Map() }, run.doors);
  const good = guarded.filter(({ move }) => move.kind === 'ok').map(({ stale }) => stale);
  const brought = writes ? await bringForPins(good, observation, run.doors) : NOT_BROUGHT;
  const judged = { guarded, brought, unread };
  if (offers) {
    const failures = unmovedNotices(judged);
    return offerMoves(run, doors, judged, { failures, isWhole: true });
  }
  if (writes) {
    const notices = [...unread, ...unmovedNotices(judged)];
    return { ...NOTHING, stalePins: rowsForOthers(judged), notices, brought };
  }
  return { ...NOTHING, stalePins: rowsFor(guarded, () => 'stale'), notices: unread };
}

/** What a run that offers moves knows of its pins. */
type OfferRun = Pick<PinRun, 'config' | 'text' | 'read' | 'reading' | 'branch' | 'job'>;

/**
 * Offers the moves that were judged good, as the policy asks. `isWhole` is false where not all pins were looked at, so that
 * nothing may be taken back; `failures` are the sentences about pins that stay. Never throws.
 */
export async function offerMoves(
  run: OfferRun,
  doors: PinDoors,
  judged: JudgedPins,
  { failures, isWhole }: { readonly failures: readonly Notice[]; readonly isWhole: boolean },
): Promise<PinsReport> {
  const bumps = bumpsIn(judged);
  const { guarded, brought, unread } = judged;
  const isComplete =
    isWhole &&
    unread.length === 0 &&
    guarded.every(({ stale, move }) =>
      move.kind === 'ok' ? brought.isThere(stale) : move.kind !== 'failed',
    );
  const github = doors.openGitHub();
  const ended: { readonly unit: Unit; readonly end: Published | GitHubProblem }[] = [];
  for (const unit of unitsOf(run, bumps)) {
    const end = await unlessStopped(
      () => settle(unit, { run, github, isComplete, notices: failures.map(({ message }) => message) }),
      doors.cancelled,
    );
    ended.push({ unit, end });
  }
  const declined = new Set(
    ended.flatMap(({ end }) => (end.kind === 'problem' ? [] : end.declined.map(keyOf))),
  );
  const open = new Set(ended.flatMap(({ unit, end }) => (isOpen(end) ? unit.bumps : [])));
  const stateOf = (stale: StalePin): PinState => {
    const bump = bumps.find(({ pin }) => pin === stale.pin);
    if (bump === undefined) return 'failed';
    if (declined.has(keyOf(proposedPin(bump)))) return 'declined';
    return open.has(bump) ? 'proposed' : 'stale';
  };
  return {
    stalePins: tellByHand(rowsFor(guarded, stateOf), run.read.files, bumps),
    pinPullRequests: ended.flatMap(({ end }) =>
      end.kind === 'problem' || end.kind === 'none'
        ? []
        : [{ kind: end.kind, number: end.number, url: end.url }],
    ),
    notices: [...unread, ...failures, ...ended.flatMap(({ end }) => noticesOf(end))],
    brought,
    units: ended.map(({ unit }) => unit.name),
  };
}

function isOpen(end: Published | GitHubProblem): boolean {
  return end.kind === 'created' || end.kind === 'updated' || end.kind === 'unchanged';
}

/** What one pull request is for, and the moves in it. */
type Unit = PinsUnit & { readonly bumps: readonly Bump[] };

/** One for the config, or one for each file that pins anything. */
function unitsOf({ config, branch, read }: OfferRun, bumps: readonly Bump[]): Unit[] {
  const of = { config: config.file, branch };
  if (config.defaults.pinsGroup === 'one') return [{ ...pinsUnit(of, null), bumps }];
  const files = [...new Set(read.pins.flatMap(({ sites }) => sites.map(({ file }) => file)))];
  return files.map((file) => ({
    ...pinsUnit(of, file),
    bumps: bumps.flatMap((bump) => onlyIn(bump, file)),
  }));
}

function onlyIn(bump: Bump, file: string): Bump[] {
  const sites = bump.pin.sites.filter((site) => site.file === file);
  return sites.length === 0 ? [] : [{ ...bump, pin: { ...bump.pin, sites } }];
}

type Settling = {
  readonly run: OfferRun;
  readonly github: GitHub;
  readonly isComplete: boolean;
  readonly notices: readonly string[];
};

async function settle(
  { branch, name, bumps, file }: Unit,
  { run, github, isComplete, notices }: Settling,
): Promise<Published | GitHubProblem> {
  const { config, text, read, reading, job } = run;
  const mirror = formatMirror(config.mirror);
  const standing = await github.readStanding({ config: name, base: config.pullRequest.base, branch });
  if (standing.kind === 'problem') return standing;
  const beside = besideRival(standing, bumps, mirror);
  if (beside !== null) return beside;
  const files = file === null ? read.files : read.files.filter((known) => known.file === file);
  const offer = {
    config,
    seen: text,
    unit: name,
    bumps,
    pins: read.pins,
    files,
    reading,
    complete: isComplete,
    notices,
    by: writerOf(job, mirror),
  };
  return github.settleProposal(standing, pinsProposal(offer));
}

function noticesOf(end: Published | GitHubProblem): Notice[] {
  if (end.kind === 'problem') {
    return [{ kind: 'github', source: '', message: withHint(end) }];
  }
  return end.notes.map((message): Notice => ({ kind: 'github', source: '', message }));
}
