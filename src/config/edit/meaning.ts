// What a config says, whatever it looks like: an edit may add its tags to that and nothing else. Of several edits as many
// are made as keep the meaning.

import { splitList } from '../policies/fields.ts';
import { readYaml } from '../yaml/tree.ts';
import type { TagList } from './lists.ts';

/**
 * As many of these edits as can be made together, in their order: `isSafe` says whether a text with them means what it
 * should. One that alters more does not stop the others: halves are tried until it is on its own.
 */
export function safeEdits<E>(
  edits: readonly E[],
  isSafe: (edits: readonly E[]) => boolean,
  before: readonly E[] = [],
): readonly E[] {
  const all = [...before, ...edits];
  if (edits.length === 0 || isSafe(all)) return all;
  if (edits.length === 1) return before;
  const half = Math.ceil(edits.length / 2);
  return safeEdits(edits.slice(half), isSafe, safeEdits(edits.slice(0, half), isSafe, before));
}

/** What an edit of one list means: these tags for its users, or these shorthands beside it. */
export type ListChange = { readonly list: TagList; readonly values: readonly string[] };

/** The plain values of a config with these changes, in a form to compare, whatever the order of tags and entries. */
export function meaningOf(text: string, changes: readonly ListChange[]): string {
  const yaml = readYaml(Buffer.from(text), '');
  if (yaml.kind === 'unreadable' || yaml.mistakes.length > 0) return `unreadable ${text}`;
  const { images, ...rest } = yaml.tree.value as { images?: readonly unknown[] };
  const added = (entry: number) =>
    changes.filter(
      ({ list }) => list.kind !== 'reference' && list.users.some((user) => user.entry === entry),
    );
  const entries = (images ?? []).map((entry, at) => {
    if (typeof entry !== 'object' || entry === null || !('tags' in entry)) return entry;
    const tags = [entry.tags]
      .flat()
      .flatMap((item) => (typeof item === 'string' ? splitList(item) : JSON.stringify(item)));
    return { ...entry, tags: [...tags, ...added(at).flatMap((change) => change.values)].sort() };
  });
  const shorthands = changes
    .filter(({ list }) => list.kind === 'reference')
    .flatMap((change) => change.values);
  return JSON.stringify([rest, [...entries, ...shorthands].map((entry) => JSON.stringify(entry)).sort()]);
}
