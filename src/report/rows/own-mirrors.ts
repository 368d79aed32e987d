// What the config has read from the very repository that its copies go to.

import type { Notice } from '../../base/errors/notice.ts';
import type { Config } from '../../config/images/config.ts';
import { familiarName, formatName } from '../../image/names/reference.ts';

/** One sentence for each source that was passed over because its mirror would have been compared with itself. */
export function ownMirrorNotices({ ownMirrors }: Pick<Config, 'ownMirrors'>): Notice[] {
  return ownMirrors.map(({ source, pull }) => {
    const message = `${familiarName(source)} was passed over: read-from leads to its own mirror repository, ${formatName(pull)}, so there is nothing to compare`;
    return { kind: 'own-mirror', source: formatName(source), message };
  });
}
