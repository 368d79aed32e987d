// Every mode. A new one is a file and a row here.

import type { Mode } from '../doors/settings.ts';
import { CHECK } from './check.ts';
import { LINT } from './lint.ts';
import { MATRIX } from './matrix.ts';
import { MERGE } from './merge.ts';
import { SYNC } from './sync.ts';

/** The modes in the order in which documents list them; the first is the built-in one. */
export const MODES: readonly [Mode, ...Mode[]] = [SYNC, CHECK, LINT, MATRIX, MERGE];
