// The mirror with a memory for what it showed in this run: registries flap, and "gone" is a big word.

import { formatName, type Name } from '../../image/names/reference.ts';
import type { RegistryClient } from '../../registry/client/client.ts';
import type { MirrorRegistry } from '../../registry/doors/registry.ts';

/** The mirror, and whether a repository of it listed nothing: there nothing has to be looked for. */
type Remembering = MirrorRegistry & { listedNothing(name: Name): boolean };

type Confirm = { readonly confirm: true };

/** What the mirror listed or showed, and then denies to have, is asked for once more before that is believed. */
export function remembering(registry: RegistryClient): Remembering {
  const empty = new Set<string>();
  const repositories = new Map<string, Set<string>>();
  // By repository, so that a hundred thousand tags are not written out with their names once more.
  const shownIn = (name: Name): Set<string> => {
    const key = formatName(name);
    const shown = repositories.get(key) ?? new Set();
    repositories.set(key, shown);
    return shown;
  };
  const confirmed = async <T>(
    name: Name,
    reference: string,
    ask: (options?: Confirm) => Promise<T | null>,
  ): Promise<T | null> => {
    const shown = shownIn(name);
    const found = (await ask()) ?? (shown.has(reference) ? await ask({ confirm: true }) : null);
    if (found !== null) shown.add(reference);
    return found;
  };
  return {
    ...registry,
    listedNothing: (name) => empty.has(formatName(name)),
    async listTags(name) {
      const tags = await registry.listTags(name);
      if (tags === null || tags.length === 0) empty.add(formatName(name));
      const shown = shownIn(name);
      for (const tag of tags ?? []) shown.add(tag);
      return tags;
    },
    head: (name, reference) =>
      confirmed(name, reference, (options) => registry.head(name, reference, options)),
    get: (name, reference) => confirmed(name, reference, (options) => registry.get(name, reference, options)),
    async removeTag(name, tag) {
      shownIn(name).delete(tag);
      return registry.removeTag(name, tag);
    },
  };
}
