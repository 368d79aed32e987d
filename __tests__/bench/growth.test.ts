// A run with nothing to do grows with its tags and repositories, and with nothing else.

import { expect, it } from '@jest/globals';
import { grow } from '../../bench/growth/growth.ts';

it.each([
  { repositories: 1, tags: 3_000 },
  { repositories: 50, tags: 10 },
])(
  '$repositories repositories of $tags tags: two HEADs a tag, a list a page and side, no GET',
  async (size) => {
    const { heads, gets, lists, fresh, code } = await grow(size);
    const all = size.repositories * size.tags;
    const pages = size.repositories * Math.ceil(size.tags / 1_000) * 2;
    expect({ code, fresh, heads, gets, lists }).toEqual({
      code: 0,
      fresh: all,
      heads: 2 * all,
      gets: 0,
      lists: pages,
    });
  },
);
