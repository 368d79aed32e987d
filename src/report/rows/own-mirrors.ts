// What the config has read from the very repository that its copies go to.

import type { Diagnostic } from '../../base/errors/diagnostic.ts';
import type { Notice } from '../../base/errors/notice.ts';
import type { Config, Entry } from '../../config/images/config.ts';
import { familiarName, formatName } from '../../image/names/reference.ts';

/** One sentence for each source that was passed over because its mirror would have been compared with itself. */
export function ownMirrorNotices({ ownMirrors }: Pick<Config, 'ownMirrors'>): Notice[] {
  return ownMirrors.map((entry) => ({
    kind: 'own-mirror',
    source: formatName(entry.source),
    message: wordsFor(entry),
  }));
}

/** The same at the places in the config, for annotations. */
export function ownMirrorWarnings({ ownMirrors }: Pick<Config, 'ownMirrors'>): Diagnostic[] {
  return ownMirrors.map((entry) => ({
    severity: 'warning',
    rule: 'mirror-as-source',
    place: entry.place,
    message: wordsFor(entry),
    hint: '',
  }));
}

function wordsFor({ source, pull }: Entry): string {
  return `${familiarName(source)} was passed over: read-from leads to its own mirror repository, ${formatName(pull)}, so there is nothing to compare`;
}
