// The published schema is the one that configs are checked with.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import { KEYS, PLANNED } from '../../../src/config/images/levels.ts';
import { renderSchema } from '../../../src/config/images/schema.ts';
import { errorsIn } from './told.ts';

const read = (file: string) =>
  JSON.parse(readFileSync(new URL(`../../../schema/${file}`, import.meta.url), 'utf8'));
const PUBLISHED = read('images.schema.json');
const SCHEMASTORE = read('schemastore.json');

describe('schema/images.schema.json', () => {
  it('is the one made from the source; `npm run schema` writes it', () => {
    expect(PUBLISHED).toEqual(JSON.parse(renderSchema()));
  });

  it('takes the known keys and no others', () => {
    expect(Object.keys(PUBLISHED.properties)).toEqual(KEYS.config);
    expect(PUBLISHED.additionalProperties).toBe(false);
    expect(PUBLISHED.required).toBeUndefined();
    expect(PUBLISHED.anyOf).toEqual([
      { required: ['images'] },
      { required: ['references'] },
      { required: ['builds'] },
    ]);
    expect(PUBLISHED.dependencies).toEqual({ images: ['mirror'] });
  });

  it('is of the draft that every editor reads, and has one address for all releases of v1', () => {
    expect(PUBLISHED.$schema).toBe('http://json-schema.org/draft-07/schema#');
    expect(PUBLISHED.$id).toBe(
      'https://raw.githubusercontent.com/fresh-mirror/fresh-mirror/v1/schema/images.schema.json',
    );
    expect(SCHEMASTORE.url).toBe(PUBLISHED.$id);
    // A name that other tools use too would show our schema in their files.
    expect(SCHEMASTORE.fileMatch.filter((pattern: string) => !pattern.includes('fresh-mirror'))).toEqual([]);
  });

  it('is taken by a strict validator without a word', () => {
    const said: unknown[] = [];
    const note = (...words: readonly unknown[]) => void said.push(words);
    const ajv = new Ajv({
      logger: { log: note, warn: note, error: note },
    });
    expect(ajv.validateSchema(PUBLISHED)).toBe(true);
    ajv.compile(PUBLISHED);
    expect(said).toEqual([]);
  });

  it('has examples that it takes itself, as the parser does', () => {
    const validate = new Ajv({ strict: false }).compile(PUBLISHED);
    expect(PUBLISHED.examples.length).toBeGreaterThan(1);
    for (const example of PUBLISHED.examples) {
      expect([validate(example), validate.errors]).toEqual([true, null]);
      expect(errorsIn(JSON.stringify(example))).toEqual([]);
    }
  });

  it('offers the words of a list too, where an enum would forbid the list, and offers nothing wrong', () => {
    const validate = new Ajv({ strict: false }).compile(PUBLISHED);
    const offered = ['new-tags', 'referrers'].map((key) => [
      key,
      PUBLISHED.properties.defaults.properties[key].anyOf[0].examples,
    ]);
    expect(offered).toEqual([
      ['new-tags', ['ignore', 'report', 'issue', 'pull-request', 'mirror']],
      ['referrers', ['none', 'all', 'signatures', 'attestations', 'sboms']],
    ]);
    for (const [key, words] of offered) {
      for (const word of words) {
        const config = { ...PUBLISHED.examples[0], defaults: { [key]: word } };
        expect([validate(config), errorsIn(JSON.stringify(config))]).toEqual([true, []]);
      }
    }
  });

  it('describes every key, wherever it stands, and names all words of a choice', () => {
    const silent: string[] = [];
    let described = 0;
    const walk = (node: unknown, path: string) => {
      if (typeof node !== 'object' || node === null) return;
      for (const [key, value] of Object.entries(node)) {
        if (key !== 'properties') walk(value, `${path}/${key}`);
        else {
          for (const [name, inner] of Object.entries<{ description?: string }>(value)) {
            if ((inner.description ?? '').length > 10) described++;
            else silent.push(`${path}/${name}`);
            walk(inner, `${path}/${name}`);
          }
        }
      }
    };
    walk(PUBLISHED, '');
    expect(silent).toEqual([]);
    expect(described).toBeGreaterThan(90);
    expect(PUBLISHED.properties.defaults.properties['on-failure'].enum).toEqual(['keep', 'rollback']);
  });

  it('no planned key works already', () => {
    for (const level of ['config', 'defaults', 'entry', 'registry'] as const) {
      expect(PLANNED[level].filter((key) => KEYS[level].includes(key))).toEqual([]);
    }
  });
});
