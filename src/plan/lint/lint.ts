// Lint as one value: what was found, at which level, and what was found and ignored because a comment asks for it.

import type { Diagnostic } from '../../base/errors/diagnostic.ts';
import { withHint } from '../../base/errors/hints.ts';
import { show } from '../../base/errors/mistake.ts';
import type { Config } from '../../config/images/config.ts';
import { isLintRule, type LintLevel, type LintRule, RULE_ROWS } from '../../config/references/lint-rules.ts';
import type { ReferenceFile, ReferenceSite } from '../../config/references/reference-site.ts';
import type { Digest } from '../../image/names/digest.ts';
import { formatName } from '../../image/names/reference.ts';
import { Approvals, type Names } from '../references/approval.ts';
import { agreedDigest, gatherPins, type Pins } from '../references/pins.ts';
import { type ReadReference, readSites } from '../references/reading.ts';
import { PlacedText } from './edit.ts';
import { type Draft, type Finding, findingsByPlace, makeFinding } from './finding.ts';
import { draftOf, judge } from './judge.ts';
import { repairOf } from './repair.ts';

/** The files of a workspace, and what is wrong with them or with where the config looks for them. */
export type FilesRead = {
  readonly files: readonly ReferenceFile[];
  readonly mistakes: readonly Diagnostic[];
};

/** The files of a workspace, read as references. */
export type Linted = FilesRead & {
  readonly reads: readonly ReadReference[];
  readonly names: Names;
  readonly approvals: Approvals;
  readonly pins: Pins;
};

/** What the registries said, where they were asked: more findings, and the digests that unpinned tags have now. */
export type Answers = {
  readonly drafts: readonly Draft[];
  readonly digests: ReadonlyMap<string, Digest>;
};

/** A finding that a comment asks to be passed over. */
type IgnoredFinding = Pick<Finding, 'rule' | 'file' | 'line' | 'column' | 'reference'> & {
  readonly reason: string;
};

/** How much was looked at, and what was passed over because a comment asks for it. */
export type LintCounts = {
  readonly files: number;
  readonly references: number;
  readonly unreadable: number;
  readonly ignored: readonly IgnoredFinding[];
};

/** All that lint has to say, in the order of the files. */
export type LintResult = LintCounts & { readonly findings: readonly Finding[] };

/** Reads the references of files in the light of an images config. */
export function readForLint(
  { files, mistakes }: FilesRead,
  config: Pick<Config, 'mirror' | 'readFrom' | 'entries' | 'approved'>,
): Linted {
  const approvals = new Approvals([...config.approved, ...files.flatMap((file) => file.approved)]);
  const mirrored = new Map(config.entries.map(({ mirror, source }) => [formatName(mirror), source]));
  const names = { mirror: config.mirror, readFrom: config.readFrom, mirrored };
  const reads = readSites(files, names, approvals);
  return { files, mistakes, reads, names, approvals, pins: gatherPins(reads, config.entries) };
}

/** Judges what was read. `answers` is null where no registry was asked. */
export function lint(
  linted: Linted,
  levels: ReadonlyMap<LintRule, LintLevel>,
  answers: Answers | null,
): LintResult {
  const { names, approvals, pins, reads, files } = linted;
  const digestFor = (key: string) => agreedDigest(key, pins) ?? answers?.digests.get(key) ?? null;
  const repair = (read: ReadReference) => repairOf(read, { names, approvals, digestFor });
  const found = [
    ...linted.mistakes.map(mistakeDraft),
    ...judge(reads, { names, approvals, pins, repair }),
    ...(answers?.drafts ?? []),
  ];
  const [ignored, standing] = partition(found);
  const judged = (rule: LintRule) => isJudged(rule, levels, answers !== null);
  const rulesAt = Map.groupBy(ignored, ({ site }) => site);
  const isUsed = ({ site }: ReadReference, rule: LintRule) =>
    (rulesAt.get(site) ?? []).some((draft) => draft.rule === rule);
  const isUseless = (read: ReadReference, rule: LintRule) => judged(rule) && !isUsed(read, rule);
  const drafts = [...standing, ...reads.flatMap((read) => uselessComments(read, isUseless))];
  const texts = new Map(files.map((file) => [file.file, new PlacedText(file)]));
  const findings = drafts.flatMap((draft) => {
    const level = levels.get(draft.rule) ?? 'off';
    return level === 'off' ? [] : [makeFinding(draft, level, texts.get(draft.site.file) ?? null)];
  });
  return {
    findings: findings.toSorted(findingsByPlace),
    ignored: ignored
      .filter(({ rule }) => levels.get(rule) !== 'off')
      .map((draft) => ignoredFinding(draft))
      .toSorted(findingsByPlace),
    files: files.length,
    references: reads.length,
    unreadable: reads.filter(({ kind }) => kind === 'unreadable').length,
  };
}

/** What keeps a file from being read, or a comment from being understood. */
function mistakeDraft({ rule, place, ...words }: Diagnostic): Draft {
  const site = { ...place, written: '' };
  const broken = rule === 'invalid-ignore' ? 'unused-ignore' : 'unreadable-file';
  return { rule: broken, site, canonical: '', message: withHint(words), replacement: '' };
}

function partition(drafts: readonly Draft[]): [Draft[], Draft[]] {
  const groups = Object.groupBy(drafts, (draft) =>
    commentFor(draft) === undefined ? 'standing' : 'ignored',
  );
  return [groups.ignored ?? [], groups.standing ?? []];
}

/** The comment that asks to pass a finding over. */
function commentFor({ rule, site }: Draft): ReferenceSite['ignored'][number] | undefined {
  return 'ignored' in site ? site.ignored.find((comment) => comment.rule === rule) : undefined;
}

function ignoredFinding(draft: Draft): IgnoredFinding {
  const { rule, file, line, column, reference } = makeFinding(draft, 'note', null);
  return { rule, file, line, column, reference, reason: commentFor(draft)?.reason ?? '' };
}

/** A rule that is off, or that only registries could answer for, says nothing of a comment. */
function isJudged(rule: LintRule, levels: ReadonlyMap<LintRule, LintLevel>, asked: boolean): boolean {
  const isOnline = RULE_ROWS.some((row) => row.id === rule && row.online);
  return levels.get(rule) !== 'off' && (asked || !isOnline);
}

function uselessComments(
  read: ReadReference,
  isUseless: (read: ReadReference, rule: LintRule) => boolean,
): Draft[] {
  return read.site.ignored.flatMap(({ rule }) => {
    if (isLintRule(rule) && !isUseless(read, rule)) return [];
    const why = isLintRule(rule) ? 'which is not broken here - remove it' : 'which is not a rule';
    const message = `fresh-mirror-ignore names ${show(rule)}, ${why}`;
    return [draftOf('unused-ignore', read, message, '')];
  });
}
