// The policy `new-tags`: what a new tag of upstream leads to.

import { z } from 'zod';
import { type Mistake, show } from '../../base/errors/mistake.ts';
import { NEW_TAGS_PATTERN } from '../texts/patterns.ts';

/** Every action, as configs and inputs write it. */
export const NEW_TAGS_ACTIONS = ['report', 'issue', 'pull-request', 'mirror'] as const;

/** What a new upstream tag leads to; `mirror` brings it in the same run. */
export type NewTagsAction = (typeof NEW_TAGS_ACTIONS)[number];

/**
 * The schema of a comma list of actions, before it is read. The examples are what an editor offers: a comma list is not a
 * closed choice.
 */
export const newTagsText = z
  .string()
  .meta({ pattern: NEW_TAGS_PATTERN, examples: ['ignore', ...NEW_TAGS_ACTIONS] });

/** Reads `ignore`, or a comma list of actions; no actions mean that new tags are ignored. */
export function parseNewTags(written: string): readonly NewTagsAction[] | Mistake {
  if (written.trim() === 'ignore') return [];
  const words = written.split(',').map((word) => word.trim());
  const actions = words.map((word) => NEW_TAGS_ACTIONS.find((action) => action === word));
  if (actions.every((action) => action !== undefined)) return [...new Set(actions)];
  const hint = `write ignore, or a comma list of ${NEW_TAGS_ACTIONS.join(', ')}`;
  return { mistake: `${show(written)} is not a new-tags action`, hint };
}

/** Every action that one of these lists names, each once. */
export function everyAction(lists: readonly (readonly NewTagsAction[])[]): readonly NewTagsAction[] {
  return NEW_TAGS_ACTIONS.filter((action) => lists.some((list) => list.includes(action)));
}
