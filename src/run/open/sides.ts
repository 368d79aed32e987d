// Which repository the config names where: failures say whether it was the mirror or an upstream that failed.

import type { Config } from '../../config/images/config.ts';
import { formatMirror } from '../../image/names/mirror-name.ts';
import { formatName } from '../../image/names/reference.ts';
import type { Sides } from '../../registry/refusals/refusal.ts';

/** The sides of a config. */
export function sidesOf({ mirror, entries }: Config): Sides {
  const mirrors = new Set(entries.map((entry) => formatName(entry.mirror)));
  const overridden = entries.filter(({ pull, source }) => formatName(pull) !== formatName(source));
  const readFrom = new Set(overridden.map(({ pull }) => formatName(pull)));
  return {
    mirror: formatMirror(mirror),
    keyOf(name) {
      const text = formatName(name);
      if (mirrors.has(text)) return 'mirror';
      return readFrom.has(text) ? 'read-from' : 'source';
    },
  };
}

/** Where no config was read, to put tags of the mirror back: whoever is asked then is the mirror. */
export const MIRROR_ALONE: Sides = { mirror: '', keyOf: () => 'mirror' };
