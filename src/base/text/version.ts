// The version of this program.

import program from '../../../package.json' with { type: 'json' };

/** As in package.json. */
export const VERSION = program.version;
