// An images config as text, written anew: what is certain as entries, what is not as comments with the reason.

import { formatPlace } from '../../base/errors/diagnostic.ts';
import { oneLine } from '../../base/text/sanitize.ts';
import { formatMirror } from '../../image/names/mirror-name.ts';
import { familiarName, formatReference } from '../../image/names/reference.ts';
import { SCHEMA_ADDRESS } from '../images/schema.ts';
import { type Layout, repositoryFor } from './layout.ts';
import { type HostTerms, type ImportWish, NO_REFERRERS } from './wish.ts';

/** Wishes that are one entry: same source, same repository, same terms. */
export type EntryDraft = { readonly wishes: readonly ImportWish[]; readonly doubt: string | null };

/** All that is written; `title` says where it comes from, `referrers` is what entries need not say themselves. */
export type ConfigDraft = {
  readonly title: string;
  readonly layout: Layout;
  readonly hosts: ReadonlyMap<string, HostTerms>;
  readonly referrers: string;
  readonly entries: readonly EntryDraft[];
};

/** A text and, for each entry of the draft, its first and its last line. */
export type Printed = { readonly text: string; readonly lines: readonly (readonly [number, number])[] };

const WIDTH = 100;
const MAX_REASON = 400;

/** The text of a draft. An entry in doubt is a comment, which a person may turn into an entry. */
export function printDraft({ title, layout, hosts, referrers, entries }: ConfigDraft): Printed {
  const head = [
    `# yaml-language-server: $schema=${SCHEMA_ADDRESS}`,
    `# ${oneLine(title)}`,
    `mirror: ${plain(formatMirror(layout.mirror))}`,
    ...(layout.path === '{repository}' ? [] : [`mirror-path: ${JSON.stringify(layout.path)}`]),
    ...hostLines(hosts),
    ...(referrers === NO_REFERRERS ? [] : [`defaults: { referrers: ${quoted(referrers)} }`]),
    entries.some(({ doubt }) => doubt === null) ? 'images:' : '# images:',
  ];
  const text = [...head];
  const lines = entries.map((entry): readonly [number, number] => {
    const first = text.length + 1;
    text.push(...entryLines(entry, { layout, referrers }));
    return [first, text.length];
  });
  return { text: `${text.join('\n')}\n`, lines };
}

function hostLines(hosts: ReadonlyMap<string, HostTerms>): string[] {
  if (hosts.size === 0) return [];
  const rows = [...hosts].map(([host, settings]) => {
    const pairs = Object.entries(settings).map(([key, value]) => `${key}: ${value}`);
    return `  ${plain(host)}: { ${pairs.join(', ')} }`;
  });
  return ['registries:', ...rows];
}

type Around = Pick<ConfigDraft, 'layout' | 'referrers'>;

function entryLines({ wishes, doubt }: EntryDraft, around: Around): string[] {
  const [first] = wishes;
  if (first === undefined) return [];
  const lines = wishes.flatMap(({ source: name, chosen }) =>
    chosen.kind === 'pinned' ? [`- ${plain(formatReference({ name, ...chosen }))}`] : [],
  );
  const others = lines.length > 0 ? lines : selectingLines(wishes, first, around);
  if (doubt === null) return others.map((line) => `  ${line}`);
  const reason = `${formatPlace(first.place)}: ${doubt}`;
  return [`  # ${oneLine(reason, MAX_REASON)}`, ...others.map((line) => `  # ${line}`)];
}

function selectingLines(
  wishes: readonly ImportWish[],
  first: ImportWish,
  { layout, referrers }: Around,
): string[] {
  const to = repositoryFor(first, layout);
  const tags = wishes.flatMap(({ chosen }) => (chosen.kind === 'tags' ? chosen.tags : []));
  const rules = wishes.flatMap(({ chosen }) => (chosen.kind === 'follow' ? chosen.rules : []));
  return [
    `- source: ${plain(familiarName(first.source))}`,
    ...(to === null ? [] : [`  to: ${plain(to)}`]),
    ...listLines('tags', [...new Set(tags)]),
    ...listLines('exclude', first.exclude),
    ...(rules.length === 0 ? [] : ['  follow:']),
    ...rules.map(({ tags, from, below }) => {
      const end = below === null ? '' : `, below: ${JSON.stringify(below)}`;
      return `    - { tags: ${plain(tags)}, from: ${JSON.stringify(from)}${end} }`;
    }),
    ...listLines('platforms', first.platforms),
    ...(first.referrers === referrers ? [] : [`  referrers: ${quoted(first.referrers)}`]),
  ];
}

function listLines(key: string, items: readonly string[]): string[] {
  if (items.length === 0) return [];
  const texts = items.map((item) => JSON.stringify(item));
  const line = `  ${key}: [${texts.join(', ')}]`;
  return line.length <= WIDTH ? [line] : [`  ${key}:`, ...texts.map((item) => `    - ${item}`)];
}

/** A word, or a comma list, which stands in quotes. */
function quoted(policy: string): string {
  return /^\w+$/.test(policy) ? policy : JSON.stringify(policy);
}

/** Names need quotes only where YAML would read them as something else: `10`, `1e3`, `true`. */
function plain(text: string): string {
  return /^[A-Za-z][\w./@-]*(?::[\w./@:-]+)?$/.test(text) &&
    !/^(?:true|false|null|yes|no|on|off)$/i.test(text)
    ? text
    : JSON.stringify(text);
}
