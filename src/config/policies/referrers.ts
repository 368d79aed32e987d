// The policy `referrers`: what of all that is attached to an image travels with it.

import { z } from 'zod';
import { type Mistake, show } from '../../base/errors/mistake.ts';
import { ATTACHED_KINDS, type AttachedFilter } from '../../image/manifest/referrers.ts';
import { REFERRERS_PATTERN } from '../texts/patterns.ts';
import { parsedText } from './fields.ts';
import type { Policy } from './kinds.ts';

// A media type: RFC 6838, section 4.2.
const ARTIFACT_TYPE = /^[A-Za-z0-9][\w!#$&^.+-]{0,126}\/[A-Za-z0-9][\w!#$&^.+-]{0,126}$/;

/** Reads `none`, `all`, or a comma list of kinds and artifact types; an empty list brings nothing. */
function parseReferrers(written: string): AttachedFilter | Mistake {
  const words = written.split(',').map((word) => word.trim());
  const [first] = words;
  if (words.length === 1 && first === 'none') return [];
  if (words.length === 1 && first === 'all') return 'all';
  const wrong = words.find((word) => !isKind(word) && !ARTIFACT_TYPE.test(word));
  if (wrong === undefined) return [...new Set(words)];
  const hint = `write none, all, or a comma list of ${ATTACHED_KINDS.join(', ')} and artifact types such as application/spdx+json`;
  if (wrong !== 'none' && wrong !== 'all')
    return { mistake: `${show(wrong)} is not a kind of attachment`, hint };
  return { mistake: `${show(wrong)} is not part of a list`, hint };
}

function isKind(word: string): boolean {
  return ATTACHED_KINDS.some((kind) => kind === word);
}

// The examples are what an editor offers.
const text = z.string().meta({ pattern: REFERRERS_PATTERN, examples: ['none', 'all', ...ATTACHED_KINDS] });
const list = z
  .array(text)
  .min(1)
  .max(100)
  .transform((words) => words.join(','));

export const referrers: Policy<AttachedFilter> = {
  about: `What is attached to an image and arrives with it: \`none\`, \`all\`, or a comma list of ${ATTACHED_KINDS.map((kind) => `\`${kind}\``).join(', ')} and artifact types`,
  schema: z.union([text, list]).pipe(parsedText('invalid-choice', REFERRERS_PATTERN, parseReferrers)),
  builtIn: [],
  builtInWords: '`none`',
  join: 'own',
  wordsFor: (filter) => (filter === 'all' ? 'all' : filter.join(', ') || 'none'),
  parseInput: parseReferrers,
};
