// The published schema is the one that configs are checked with.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { KEYS, PLANNED } from '../../../src/config/images/levels.ts';
import { renderSchema } from '../../../src/config/images/schema.ts';

const PUBLISHED = JSON.parse(
  readFileSync(new URL('../../../schema/images.schema.json', import.meta.url), 'utf8'),
);

describe('schema/images.schema.json', () => {
  it('is the one made from the source; `npm run schema` writes it', () => {
    expect(PUBLISHED).toEqual(JSON.parse(renderSchema()));
  });

  it('takes the known keys and no others', () => {
    expect(Object.keys(PUBLISHED.properties)).toEqual(KEYS.config);
    expect(PUBLISHED.additionalProperties).toBe(false);
    expect(PUBLISHED.required).toBeUndefined();
    expect(PUBLISHED.anyOf).toEqual([
      { required: ['mirror', 'images'] },
      { required: ['references'] },
      { required: ['builds'] },
    ]);
    expect(PUBLISHED.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
  });

  it('describes every key at the top', () => {
    const silent = Object.entries<{ description?: string }>(PUBLISHED.properties).filter(
      ([, one]) => !one.description,
    );
    expect(silent).toEqual([]);
  });

  it('no planned key works already', () => {
    for (const level of ['config', 'defaults', 'entry', 'registry'] as const) {
      expect(PLANNED[level].filter((key) => KEYS[level].includes(key))).toEqual([]);
    }
  });
});
