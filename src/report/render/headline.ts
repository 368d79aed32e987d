// The first lines of a summary: how the run ended, as a person would say it.

import { codeSpan } from '../../base/text/sanitize.ts';
import { amount, count } from '../../base/text/words.ts';
import { buildHeadline } from '../builds/build-summary.ts';
import type { ModeValues } from '../rows/mode-values.ts';
import type { Report } from '../rows/report.ts';
import type { Status } from '../rows/status.ts';

/** The colour of a status. */
export const SIGN: Record<Status, string> = {
  cancelled: '⚪',
  failed: '🔴',
  partial: '🟠',
  stale: '🟡',
  deferred: '🟡',
  synced: '🟢',
  fresh: '🟢',
};

/** How many tags, selected or of one platform, ended how; `patterns` counts those that matched nothing, which are not tags. */
type Numbers = {
  readonly selected: number;
  readonly failed: number;
  readonly refused: number;
  readonly deferred: number;
  /** Put back, or not moved, for the sake of those that failed. */
  readonly rolledBack: number;
  readonly stale: number;
  readonly patterns: number;
};

/** The heading, a sentence about all selected tags, and under it the status with every count. */
export function headline(report: Report, mode: ModeValues): string {
  const title = `## ${SIGN[report.status]} ${sentence(report, mode)}`;
  const mirror = report.mirror === '' ? '' : ` · ${codeSpan(report.mirror)}`;
  const part = report.part === null ? '' : ` · ${partWords(report.part)}`;
  return `${title}\n\n**Mirror ${report.status}**${mirror}${part} · ${counts(report, mode)}.${mode.note}\n`;
}

function partWords({ by, pieces, name }: NonNullable<Report['part']>): string {
  const what = by === 'shards' ? 'shard' : `${pieces.length === 1 ? 'registry' : 'registries'}`;
  return `only ${what} ${codeSpan(name)}`;
}

function sentence(report: Report, mode: ModeValues): string {
  const numbers = numbersOf(report, mode);
  const { selected, patterns } = numbers;
  if (report.status === 'cancelled') return `The job was cancelled${afterCancel(report, mode)}`;
  const builds = buildHeadline(report);
  if (selected === 0 && patterns === 0 && builds !== null) return builds;
  if (selected === 0 && patterns === 0 && report.part !== null) return 'Nothing belongs to this part';
  if (selected === 0)
    return patterns > 0 ? `${patternWords(patterns)}, so no tag is selected` : 'No tag is selected';
  const wrong = wrongWords(numbers, mode);
  if (wrong === '') return goodWords(report, numbers, mode);
  const rest = restWords(numbers);
  return rest === '' ? wrong : `${wrong}; ${rest}`;
}

function numbersOf(report: Report, { writes }: ModeValues): Numbers {
  const patterns = report.failed.filter(({ reason }) => reason === 'no-match').length;
  const { selected, platformTags, refused, deferred, stale } = report;
  return {
    selected: selected + platformTags,
    failed: report.failed.length - patterns,
    refused: refused.length,
    deferred: deferred.length,
    rolledBack: deferred.filter(({ reason }) => reason === 'rollback').length,
    stale: writes ? 0 : stale.length,
    patterns,
  };
}

/** What a person has to look at: only the first of these is followed by the number of all tags. */
function wrongWords({ failed, refused, patterns, selected }: Numbers, { writes }: ModeValues): string {
  const could = writes ? 'could not be copied' : 'could not be compared';
  const parts = [
    [failed, could],
    [refused, refused === 1 ? 'was refused' : 'were refused'],
  ] as const;
  const [first, ...more] = parts.filter(([number]) => number > 0);
  const tags =
    first === undefined
      ? ''
      : `${ofAll(first[0], selected)} ${first[1]}${more.map(([number, words]) => ` and ${amount(number)} ${words}`).join('')}`;
  return [tags, patterns > 0 ? patternWords(patterns) : ''].filter((part) => part !== '').join(', and ');
}

/** `2 of 619 tags`, `The only tag`, `All 619 tags`. */
function ofAll(number: number, all: number): string {
  if (number < all) return `${amount(number)} of ${count(all, 'tag')}`;
  return all === 1 ? 'The only tag' : allOf(all);
}

function allOf(all: number): string {
  return all === 2 ? 'Both tags' : `All ${count(all, 'tag')}`;
}

function patternWords(patterns: number): string {
  return `${count(patterns, 'pattern')} ${patterns === 1 ? 'matches' : 'match'} no tag`;
}

/** What became of the other tags, where some failed. */
function restWords({ selected, failed, refused, deferred, rolledBack, stale }: Numbers): string {
  const waiting = deferred - rolledBack;
  const good = selected - failed - refused - deferred - stale;
  const parts = [
    rolledBack === 0
      ? ''
      : `${count(rolledBack, 'other')} ${rolledBack === 1 ? 'waits' : 'wait'} for ${failed + refused === 1 ? 'it' : 'them'}: all or nothing`,
    waiting === 0 ? '' : `${amount(waiting)} ${waiting === 1 ? 'is' : 'are'} left for the next run`,
    stale === 0 ? '' : `${amount(stale)} ${stale === 1 ? 'is' : 'are'} stale`,
    good <= 0 ? '' : goodRest(good, selected, deferred + stale === 0),
  ];
  return parts.filter((part) => part !== '').join(', ');
}

function goodRest(good: number, selected: number, isAllElse: boolean): string {
  if (good === selected)
    return selected === 1 ? 'the only tag is up to date' : `all ${count(selected, 'tag')} are up to date`;
  if (!isAllElse) return `${amount(good)} ${good === 1 ? 'is' : 'are'} up to date`;
  return good === 1 ? 'the other one is up to date' : 'all others are up to date';
}

/** No tag failed. */
function goodWords(report: Report, { selected, stale, deferred }: Numbers, mode: ModeValues): string {
  const open = deferred + stale;
  const rest = open === 0 || open >= selected ? '' : '; all others are up to date';
  if (stale > 0) return `${ofAll(stale, selected)} ${stale === 1 ? 'is' : 'are'} stale${rest}`;
  if (deferred > 0)
    return `${ofAll(deferred, selected)} ${deferred === 1 ? 'is' : 'are'} left for the next run${rest}`;
  const copied = mode.writes ? report.copied.length : 0;
  if (copied === 0) return selected === 1 ? 'The tag is up to date' : `${allOf(selected)} are up to date`;
  const was = `${count(copied, 'tag')} ${copied === 1 ? 'was' : 'were'} copied`;
  return copied >= selected ? `${was}; all are up to date` : `${was}; all ${amount(selected)} are up to date`;
}

function afterCancel({ copied, selected, platformTags }: Report, { writes }: ModeValues): string {
  if (!writes || selected === 0) return '';
  return ` when ${amount(copied.length)} of ${count(selected + platformTags, 'tag')} had been copied`;
}

/** Every count of the report that is not 0. */
function counts(report: Report, mode: ModeValues): string {
  const { failed, patterns } = numbersOf(report, mode);
  const pins = report.stalePins?.length ?? 0;
  const parts = [
    [report[mode.work].length, mode.word],
    [failed, 'failed'],
    [patterns, patterns === 1 ? 'pattern without a tag' : 'patterns without a tag'],
    [report.refused.length, 'refused'],
    [report.builds?.stale ?? 0, report.builds?.stale === 1 ? 'stale build' : 'stale builds'],
    [report.deferred.length, 'deferred'],
    [report.newTags.length, report.newTags.length === 1 ? 'new upstream tag' : 'new upstream tags'],
    [pins, pins === 1 ? 'stale pin' : 'stale pins'],
    [report.fresh, 'fresh'],
  ] as const;
  const words = parts.filter(([number]) => number > 0).map(([number, noun]) => `${amount(number)} ${noun}`);
  const made = report.platformTags === 0 ? '' : ` and ${count(report.platformTags, 'platform tag')}`;
  return `${words.length === 0 ? 'nothing to do' : words.join(', ')}, of ${count(report.selected, 'selected tag')}${made}`;
}
