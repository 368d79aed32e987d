// Lists the tags of a repository.

import type { Name } from '../../image/names/reference.ts';

/** Its tags are in the order of the registry. */
export type Lister = {
  /** Every tag of a repository, or a Failure: never a part of the list, never an empty list for an unreadable one. */
  list(name: Name): Promise<readonly string[]>;
};
