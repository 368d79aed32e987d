// From wishes to an images config that our own parser takes: what the parser refuses becomes a comment with its words, so
// that the rules about entries are in one place.

import { type Diagnostic, formatPlace } from '../../base/errors/diagnostic.ts';
import { withHintInBrackets } from '../../base/errors/hints.ts';
import { UserError } from '../../base/errors/user-error.ts';
import { isUnder, type MirrorPrefix } from '../../image/names/mirror-name.ts';
import { formatName } from '../../image/names/reference.ts';
import { parseConfig } from '../images/parse.ts';
import { layoutFor, repositoryFor } from './layout.ts';
import { type ConfigDraft, type EntryDraft, type Printed, printDraft } from './print.ts';
import { type HostTerms, type ImportWish, NO_REFERRERS } from './wish.ts';

/** What is known before a config is written; `mirror` is null where the wishes decide. */
type DraftTerms = {
  readonly title: string;
  readonly mirror: MirrorPrefix | null;
  /** Which of the repositories that one source goes to: 1 for the first of each. */
  readonly destination: number;
  readonly hosts: ReadonlyMap<string, HostTerms>;
};

/** A config, its entries (those in doubt are comments), and the wishes that go to another mirror. */
export type Drafted = {
  readonly text: string;
  readonly entries: readonly EntryDraft[];
  readonly elsewhere: readonly ImportWish[];
};

const FILE = 'images.yaml';
const PLACE = /images\.yaml:(\d+):\d+/g;

/** Writes the wishes for one mirror: the one that was chosen, else the registry that the first wish goes to. */
export function draftConfig(wishes: readonly ImportWish[], terms: DraftTerms): Drafted | null {
  const registry = terms.mirror?.registry ?? wishes[0]?.to.registry ?? '';
  const isHere = ({ to }: ImportWish) => isUnder(to, terms.mirror ?? { registry, prefix: '' });
  const [here, elsewhere] = oneRepositoryEach(wishes.filter(isHere), terms.destination);
  if (here.length === 0) return null;
  const layout = layoutFor(here, terms.mirror);
  const referrers = usualReferrers(here);
  const placed = here.map((wish) => withRoom(wish, repositoryFor(wish, layout), referrers));
  const hosts = new Map([...terms.hosts].filter(([host]) => isNamed(host, here)));
  const entries = joined(placed);
  const { text, entries: printed } = accepted({ title: terms.title, layout, hosts, referrers, entries });
  return {
    text,
    entries: printed,
    elsewhere: wishes.filter((wish) => !isHere(wish) || elsewhere.includes(wish)),
  };
}

function isNamed(host: string, wishes: readonly ImportWish[]): boolean {
  return wishes.some(({ source, to }) => source.registry === host || to.registry === host);
}

/** One source has one repository on a mirror: of those that are written, the first, or another one by its number. */
function oneRepositoryEach(
  wishes: readonly ImportWish[],
  number: number,
): [chosen: ImportWish[], others: ImportWish[]] {
  const targets = new Map<string, string[]>();
  for (const { source, to } of wishes) {
    const known = targets.get(formatName(source)) ?? [];
    if (!known.includes(formatName(to))) targets.set(formatName(source), [...known, formatName(to)]);
  }
  const isChosen = ({ source, to }: ImportWish) =>
    targets.get(formatName(source))?.[number - 1] === formatName(to);
  return [wishes.filter(isChosen), wishes.filter((wish) => !isChosen(wish))];
}

/** What stands under `defaults`: what the pinned references ask for, which have no policies of their own, else all wishes. */
function usualReferrers(wishes: readonly ImportWish[]): string {
  const pinned = wishes.find(({ chosen }) => chosen.kind === 'pinned');
  if (pinned !== undefined) return pinned.referrers;
  const asked = new Set(wishes.map(({ referrers }) => referrers));
  return asked.size === 1 ? ([...asked][0] ?? NO_REFERRERS) : NO_REFERRERS;
}

/** A pinned reference is one text: there is no room in it for another repository, or for a policy. */
function withRoom(wish: ImportWish, to: string | null, usual: string): ImportWish {
  if (wish.chosen.kind !== 'pinned' || wish.doubt !== null) return wish;
  if (to !== null) return { ...wish, doubt: `a pinned reference goes where mirror-path leads, not to ${to}` };
  if (wish.referrers === usual) return wish;
  return { ...wish, doubt: `a pinned reference follows defaults: { referrers: ${usual} }` };
}

/** Wishes of one source with the same terms are one entry. */
function joined(wishes: readonly ImportWish[]): readonly EntryDraft[] {
  const keyOf = ({ source, to, chosen, exclude, platforms, referrers, doubt }: ImportWish) => {
    const pin = chosen.kind === 'pinned' ? `${chosen.tag}@${chosen.digest}` : '';
    return JSON.stringify([formatName(source), formatName(to), exclude, platforms, referrers, doubt, pin]);
  };
  const groups = [...Map.groupBy(wishes, keyOf).values()];
  return groups.map((group) => ({
    wishes: group[0]?.chosen.kind === 'pinned' ? group.slice(0, 1) : group,
    doubt: group[0]?.doubt ?? null,
  }));
}

/** Comments out what the parser refuses, until nothing is left that it refuses. */
function accepted(draft: ConfigDraft): { text: string; entries: readonly EntryDraft[] } {
  const { text, lines } = printDraft(draft);
  if (draft.entries.every(({ doubt }) => doubt !== null)) return { text, entries: draft.entries };
  const errors = errorsIn(text);
  if (errors.length === 0) return { text, entries: draft.entries };
  const entries = draft.entries.map((entry, at): EntryDraft => {
    const [first, last] = lines[at] ?? [0, 0];
    const error = errors.find(({ place }) => first <= place.line && place.line <= last);
    if (error === undefined || entry.doubt !== null) return entry;
    return { ...entry, doubt: reasonOf(error, { entries: draft.entries, lines }) };
  });
  if (entries.every(({ doubt }, at) => doubt === draft.entries[at]?.doubt)) {
    throw new UserError('config', `what was imported is not accepted: ${errors[0]?.message ?? ''}`, {
      hint: errors[0]?.hint ?? '',
    });
  }
  return accepted({ ...draft, entries });
}

type Written = { readonly entries: readonly EntryDraft[]; readonly lines: Printed['lines'] };

/** Places in the parser's words are of a text that is about to change: they become places of the file that was read. */
function reasonOf(error: Diagnostic, { entries, lines }: Written): string {
  return withHintInBrackets(error).replace(PLACE, (place, written: string) => {
    const at = lines.findIndex(([first, last]) => first <= Number(written) && Number(written) <= last);
    const wish = entries[at]?.wishes[0];
    return wish === undefined ? place : formatPlace(wish.place);
  });
}

function errorsIn(text: string): readonly Diagnostic[] {
  try {
    parseConfig(new TextEncoder().encode(text), FILE);
    return [];
  } catch (thrown) {
    if (!(thrown instanceof UserError)) throw thrown;
    return thrown.diagnostics.filter(({ severity }) => severity === 'error');
  }
}
