// The data sets by name.

import type { Data } from './content.ts';
import { makeLarge } from './large.ts';
import { makeOfficial, type Sharing } from './official.ts';

/** Change it when the images change: stored copies of older ones are not used then. */
export const DATA_VERSION = 2;

/** Two sets of small images, and two of large ones for job L. */
export type SetName = Sharing | `large-${Sharing}`;

export function isLarge(name: SetName): boolean {
  return name.startsWith('large-');
}

/** All images of a data set. Large ones are hashed anew: about four seconds. */
export function makeSet(name: SetName): Data {
  switch (name) {
    case 'plain':
    case 'shared':
      return makeOfficial(name);
    case 'large-plain':
      return makeLarge('plain');
    case 'large-shared':
      return makeLarge('shared');
  }
}
