// Tags as other tools choose them, as wishes: literal tags, regular expressions, version ranges, platforms.

import { isMistake, show } from '../../base/errors/mistake.ts';
import { parsePlatform } from '../../image/manifest/platform.ts';
import type { Chosen, FollowWish, ImportWish } from '../draft/wish.ts';
import type { Findings } from '../foreign/findings.ts';
import type { ForeignPart } from '../foreign/part.ts';
import { selectedBy } from '../selection/globs.ts';
import { type Bounds, boundsOf } from '../selection/version-ranges.ts';

/** What a tool chose, as far as it can be said here; in doubt it is written as a comment. */
export type TagChoice = { readonly chosen: Chosen; readonly doubt: string | null };

/** Where wishes of one mapping come from and go to. */
export type Route = Pick<ImportWish, 'source' | 'to' | 'exclude' | 'platforms' | 'referrers' | 'place'>;

/** Notes the choices as wishes, and one warning for each reason why one of them is in doubt. */
export function wishFor(choices: readonly TagChoice[], route: Route, findings: Findings): void {
  for (const { chosen, doubt } of choices) findings.wishes.push({ ...route, chosen, doubt });
}

/** Tags and globs as they are. */
export function listed(tags: readonly string[], doubt: string | null = null): TagChoice {
  return { chosen: { kind: 'tags', tags }, doubt };
}

/** Warns where `part` asks for every tag of a repository, which here means fewer. */
export function everyTag(part: ForeignPart, findings: Findings): readonly TagChoice[] {
  findings.warn(part.key, [
    'all tags but those that are named for a digest (sha256-…, signatures) are mirrored here',
    'write referrers: all for what is attached to the images; better, write the tags that you need too',
  ]);
  return [listed(['*'])];
}

/** What a regular expression selects, `whole` as the tool hands it to its library, which looks for it anywhere. */
export function matching(part: ForeignPart, whole: string, findings: Findings): readonly TagChoice[] {
  const written = part.text() ?? '';
  const selected = selectedBy(whole);
  if (selected === null) return [listed(['*'], unread(part, written, findings))];
  const { tags, forms, isLoose, wider } = selected;
  if (tags.length + forms.length + wider.length === 0) {
    findings.warn(part.place, [`no tag can match ${show(written)}`, 'it is left out']);
  }
  if (/[\w]\.[\w]/.test(written) && tags.some((tag) => tag.includes('?'))) noteDot(part, tags, findings);
  if (forms.length > 0) noteForms(part, forms, isLoose, findings);
  const rules = forms.map((form): FollowWish => ({ tags: form, from: '0', below: null }));
  return [
    ...(tags.length === 0 ? [] : [listed(tags)]),
    ...(rules.length === 0 ? [] : [{ chosen: { kind: 'follow', rules } as const, doubt: null }]),
    ...(wider.length === 0 ? [] : [listed(wider, tooWide(part, written, findings))]),
  ];
}

function unread(part: ForeignPart, written: string, findings: Findings): string {
  const message = `the regular expression ${show(written)} cannot be said here`;
  findings.warn(part.place, [
    message,
    'it is written as a comment: write the tags, globs or a follow instead',
  ]);
  return message;
}

function tooWide(part: ForeignPart, written: string, findings: Findings): string {
  const message = `no glob says exactly what the regular expression ${show(written)} says`;
  findings.warn(part.place, [message, 'the nearest one, which matches more, is written as a comment']);
  return `${message}; this one matches more`;
}

function noteDot(part: ForeignPart, tags: readonly string[], findings: Findings): void {
  const written = show(part.text() ?? '');
  findings.warn(part.place, [
    `${written} is a regular expression, in which a dot is any character: it is written as ${tags.join(', ')}`,
    `write ${written} itself where only that tag is meant`,
  ]);
}

function noteForms(part: ForeignPart, forms: readonly string[], isLoose: boolean, findings: Findings): void {
  const loose = isLoose ? ', and a dot is a dot' : '';
  findings.warn(part.place, [
    `${show(part.text() ?? '')} is written as follow: ${forms.join(', ')}, where N is one number of at most 15 digits, not a date or a hash${loose}`,
    'look at what a first run with mode: check selects',
  ]);
}

/** Every form of a version that a library reads with one to three numbers, with and without a v. */
const VERSION_FORMS = ['N', 'N.N', 'N.N.N', 'vN', 'vN.N', 'vN.N.N'];

/** How a tool reads version ranges: the forms that bounds stand for, and what they miss, if that is more than odd tags. */
type RangeReading = { readonly missed: string | null };

/** What a version range selects. */
export function inRange(
  part: ForeignPart,
  range: string,
  { missed }: RangeReading,
  findings: Findings,
): TagChoice {
  const bounds = boundsOf(range);
  const rules = (bounds ?? [{ from: '0', below: null }]).flatMap(rulesFor);
  const chosen = { kind: 'follow', rules } as const;
  if (bounds !== null && missed === null) {
    findings.warn(part.place, [
      'a version range is written as follow: N is one number of at most 15 digits, not a date or a hash',
      'remove the forms that upstream does not use',
    ]);
    return { chosen, doubt: null };
  }
  const message =
    bounds === null
      ? `the version range ${show(range)} cannot be said here`
      : `the version range ${show(range)} also selects ${missed}`;
  findings.warn(part.place, [message, 'the nearest follow is written as a comment']);
  return { chosen, doubt: message };
}

function rulesFor({ from, below }: Bounds): readonly FollowWish[] {
  return VERSION_FORMS.map((tags) => ({ tags, from, below }));
}

/** The platforms that a list names; those that are not platforms are told and left out. */
export function platformsOf(part: ForeignPart | null, findings: Findings): readonly string[] {
  return (part?.items() ?? []).flatMap((item) => {
    const written = item.text() ?? '';
    if (!isMistake(parsePlatform(written))) return [written];
    findings.warn(item.place, [
      `${show(written)} is not a platform here: all platforms are mirrored`,
      'write platforms: with os/architecture, as in linux/amd64',
    ]);
    return [];
  });
}
