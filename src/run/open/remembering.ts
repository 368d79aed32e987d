// The mirror with a memory for what it showed in this run: registries flap, and "gone" is a big word.

import { lookUp } from '../../image/names/look-up.ts';
import { formatName, type Name } from '../../image/names/reference.ts';
import type { RegistryClient } from '../../registry/client/client.ts';
import type { MirrorRegistry } from '../../registry/doors/registry.ts';

/** The mirror, and whether a repository of it listed nothing: there nothing has to be looked for. */
type Remembering = MirrorRegistry & { listedNothing(name: Name): boolean };

type Again = { readonly confirm: true };

/** What the mirror listed or showed, and then denies to have, is asked for once more before that is believed. */
export function remembering(registry: RegistryClient): Remembering {
  const empty = new Set<string>();
  const shown = new Set<string>();
  const twice = async <T>(key: string, ask: (again?: Again) => Promise<T | null>): Promise<T | null> => {
    const found = (await ask()) ?? (shown.has(key) ? await ask({ confirm: true }) : null);
    if (found !== null) shown.add(key);
    return found;
  };
  return {
    ...registry,
    listedNothing: (name) => empty.has(formatName(name)),
    async listTags(name) {
      const tags = await registry.listTags(name);
      if (tags === null || tags.length === 0) empty.add(formatName(name));
      for (const tag of tags ?? []) shown.add(lookUp(name, tag));
      return tags;
    },
    head: (name, reference) =>
      twice(lookUp(name, reference), (again) => registry.head(name, reference, again)),
    get: (name, reference) => twice(lookUp(name, reference), (again) => registry.get(name, reference, again)),
    async removeTag(name, tag) {
      shown.delete(lookUp(name, tag));
      return registry.removeTag(name, tag);
    },
  };
}
