// What a policy is, and the kinds that come more than once: a choice of words, a list of platforms.

import { z } from 'zod';
import type { Mistake } from '../../base/errors/mistake.ts';
import { oneOf } from '../../base/text/values.ts';
import {
  ARCHITECTURES,
  byPlatform,
  formatPlatform,
  type Platform,
  parsePlatform,
} from '../../image/manifest/platform.ts';
import { platformPattern } from '../texts/patterns.ts';
import { parsedText, wordList } from './fields.ts';

/**
 * What holds where entries of one source say different things: `agree`: they must all say the same. `own`: each keeps its
 * own for the tags that it asks for.
 */
type Join = 'agree' | 'own';

/** One policy. `about` is Markdown; `wordsFor` writes a value for a message, `builtInWords` the built-in one for a table. */
export type Policy<Value> = {
  readonly about: string;
  readonly schema: z.ZodType<Value>;
  readonly builtIn: Value;
  readonly builtInWords: string;
  readonly join: Join;
  wordsFor(value: Value): string;
  /** Reads the input of the same name; null where the action has none. */
  readonly parseInput: ((written: string) => Value | Mistake) | null;
};

/** A policy with a few values, each with its meaning; the action has an input of its name. */
export function choice<const Value extends string>(row: {
  readonly about: string;
  readonly values: Readonly<Record<Value, string>>;
  readonly builtIn: NoInfer<Value>;
  readonly join: Join;
}): Policy<Value> {
  const values = Object.keys(row.values) as [Value, ...Value[]];
  const meanings = Object.entries(row.values).map(([value, meaning]) => `\`${value}\`: ${meaning}`);
  return {
    about: `${row.about}. ${meanings.join('; ')}`,
    schema: z.enum(values) as unknown as z.ZodType<Value>,
    builtIn: row.builtIn,
    builtInWords: `\`${row.builtIn}\``,
    join: row.join,
    wordsFor: (value) => value,
    parseInput: oneOf(values),
  };
}

/** The same policy without an input of its name. */
export function configOnly<Value extends string>(policy: Policy<Value>): Policy<Value> {
  return { ...policy, parseInput: null };
}

const PLATFORM = platformPattern(ARCHITECTURES);

/** A policy that is a list of platforms; an empty list says nothing. */
export function platformList(about: string, join: Join): Policy<readonly Platform[]> {
  const schema = wordList(
    parsedText('invalid-platform', `^${PLATFORM}$`, parsePlatform),
    `^\\s*${PLATFORM}\\s*(?:,\\s*${PLATFORM}\\s*)*$`,
  );
  const wordsFor = (platforms: readonly Platform[]) => platformsText(platforms) || 'not set';
  return { about, schema, builtIn: [], builtInWords: 'all', join, wordsFor, parseInput: null };
}

/** `linux/amd64, linux/arm64`, in order; equal sets have equal texts. */
export function platformsText(platforms: readonly Platform[]): string {
  return [...new Set([...platforms].sort(byPlatform).map(formatPlatform))].join(', ');
}
