// Policies: what may be set for one entry, for a run (inputs) and for a whole config (`defaults`). One table says all
// there is to say of each: the schema, the inputs, the joining of entries, README, action.yml and the published schema
// are made from it. A new policy is a row here, and the place that acts on it.

import { z } from 'zod';
import { platformTagsMistake } from '../../image/manifest/platform-tags.ts';
import { ALL_LINES_NEWEST_THREE, type Patches } from '../../image/tags/form.ts';
import { NEW_TAGS_PATTERN, PLATFORM_TAGS_PATTERN } from '../texts/patterns.ts';
import { checkedText, parsedText } from './fields.ts';
import { choice, configOnly, type Policy, platformList } from './kinds.ts';
import { NEW_TAGS_ACTIONS, type NewTagsAction, newTagsText, parseNewTags } from './new-tags.ts';
import { referrers } from './referrers.ts';
import { minSignatureAge, signedBy } from './signers.ts';

const newTags: Policy<readonly NewTagsAction[]> = {
  about: `What a new upstream tag leads to: \`ignore\`, or a comma list of ${NEW_TAGS_ACTIONS.map((action) => `\`${action}\``).join(', ')}`,
  schema: z
    .union([
      newTagsText,
      z
        .array(newTagsText)
        .min(1)
        .transform((words) => words.join(',')),
    ])
    .pipe(parsedText('invalid-choice', NEW_TAGS_PATTERN, parseNewTags)),
  builtIn: ['report'],
  builtInWords: '`report`',
  join: 'own',
  wordsFor: (actions) => actions.join(', ') || 'ignore',
  parseInput: parseNewTags,
};
const upToThousand = z.int().min(1).max(1000);

/** `patches` as it is written, here and in a `follow` rule. */
export const patchesKeys = z.strictObject({
  lines: upToThousand.optional().describe('of this many of the newest lines; of all lines if not set'),
  max: upToThousand.optional().describe('this many of the newest tags of each line; 3 if not set'),
});
/** `patches` as a value, with what is not written filled in. */
export const patchesValue = patchesKeys.transform(
  (written): Patches => ({ ...ALL_LINES_NEWEST_THREE, ...written }),
);

const patches: Policy<Patches> = {
  about: 'Which patch tags `granularity: patch` selects',
  schema: patchesValue,
  builtIn: ALL_LINES_NEWEST_THREE,
  builtInWords: 'the newest 3 of every line',
  join: 'own',
  wordsFor: ({ lines, max }) => `the newest ${max} of ${lines === null ? 'every line' : `${lines} lines`}`,
  parseInput: null,
};

const prereleases: Policy<boolean> = {
  about: 'Whether prereleases count as new tags',
  schema: z.boolean(),
  builtIn: false,
  builtInWords: '`false`',
  join: 'own',
  wordsFor: String,
  parseInput: null,
};

const keepPins: Policy<boolean> = {
  about:
    'Whether the digest that a pinned tag had stays reachable under a keep-tag, `<tag>-<12 hex>`, when the pin moves on',
  schema: z.boolean(),
  builtIn: true,
  builtInWords: '`true`',
  join: 'own',
  wordsFor: String,
  parseInput: null,
};

const recheck: Policy<number> = {
  about: 'Superseded patch tags are compared again once in this many runs',
  schema: upToThousand,
  builtIn: 7,
  builtInWords: '`7`',
  join: 'own',
  wordsFor: String,
  parseInput: null,
};

const platformTags: Policy<string> = {
  about:
    'A template for one more tag for each platform, as in `{tag}-{arch}`; `{machine}` and `{os}` work too. These tags move even while the index is refused',
  schema: checkedText('invalid-platform-tags', PLATFORM_TAGS_PATTERN, platformTagsMistake),
  builtIn: '',
  builtInWords: 'none',
  join: 'agree',
  wordsFor: (template) => template || 'not set',
  parseInput: null,
};

/** Every policy by its key, in the order in which documents list them. */
export const POLICIES = {
  'new-tags': newTags,
  alert: choice({
    about: 'Who is notified while tags fail or are refused',
    values: {
      none: 'nobody, apart from the run itself',
      issue: 'one tracking issue, closed when all is well',
    },
    builtIn: 'none',
    join: 'own',
  }),
  granularity: choice({
    about: 'Which tags of a line are wanted',
    values: { listed: 'only the listed tags', patch: 'the patch tags of every listed line too' },
    builtIn: 'listed',
    join: 'own',
  }),
  patches,
  prereleases,
  recheck,
  pins: choice({
    about: 'What happens to a pin whose tag has moved on upstream',
    values: {
      report: 'it is reported',
      'pull-request': 'a pull request moves it, once the mirror has the new digest',
    },
    builtIn: 'report',
    join: 'own',
  }),
  'pins-group': configOnly(
    choice({
      about: 'How many pull requests move pins',
      values: { one: 'one for each config', file: 'one for each file' },
      builtIn: 'one',
      join: 'own',
    }),
  ),
  'bump-tags': configOnly(
    choice({
      about: 'Whether a pin moves to a newer tag of its series, too',
      values: {
        none: 'it keeps its tag',
        patch: 'from 3.4.5 to 3.4.6',
        minor: 'from 3.4.5 to 3.5.0, and from 3.4 to 3.5',
      },
      builtIn: 'none',
      join: 'own',
    }),
  ),
  'on-failure': choice({
    about: 'What one failed tag means for the others',
    values: {
      keep: 'they arrive all the same (best effort)',
      rollback: 'all or nothing for each mirror repository',
    },
    builtIn: 'keep',
    join: 'agree',
  }),
  verify: choice({
    about: 'How much of a fresh tag is checked',
    values: {
      tags: 'a tag with the right digest is fresh',
      deep: 'the mirror is also asked for every manifest and blob of it, and what is missing is copied again by digest',
    },
    builtIn: 'tags',
    join: 'own',
  }),
  referrers,
  'lost-platforms': choice({
    about: 'What happens to a tag that would lose a platform that the mirror has',
    values: {
      refuse: 'it stays as it is',
      hybrid: 'the lost platforms keep their images in a new index',
      accept: 'it moves, and the loss is reported',
    },
    builtIn: 'refuse',
    join: 'own',
  }),
  'expected-platforms': platformList(
    'Platforms that must be there, as `[os/]architecture[/variant]`; the loss of any other is only reported',
    'own',
  ),
  platforms: platformList(
    'Only these platforms are mirrored, in a new index; an empty list means all',
    'agree',
  ),
  'platform-tags': platformTags,
  'keep-pins': keepPins,
  'signed-by': signedBy,
  'min-signature-age': minSignatureAge,
};

type Table = typeof POLICIES;
type Camel<Key extends string> = Key extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : Key;

/** The key of a policy, as it is written in a config. */
export type PolicyKey = keyof Table;

/** The policies of one entry, all decided: `onFailure` for the key `on-failure`, and so on. */
export type Policies = {
  readonly [Key in PolicyKey as Camel<Key>]: Table[Key] extends Policy<infer Value> ? Value : never;
};

/** A row of the table without the type of its values: what is done with every policy alike. */
type Row = Policy<unknown> & { readonly key: PolicyKey; readonly name: keyof Policies };

/** Every policy with its key (`on-failure`) and the name of its value (`onFailure`). */
export const POLICY_ROWS: readonly Row[] = Object.entries(POLICIES).map(([key, policy]) => {
  const name = key.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  return { ...(policy as Policy<unknown>), key: key as PolicyKey, name: name as keyof Policies };
});

/** What applies where a policy is not set anywhere. */
export const BUILT_IN = Object.fromEntries(
  POLICY_ROWS.map(({ name, builtIn }) => [name, builtIn]),
) as Policies;

/** The policies that are set in a map of the config; a key that is not there is left out, so that the next layer decides. */
export function policiesIn(written: { readonly [Key in PolicyKey]?: unknown }): Partial<Policies> {
  const set = POLICY_ROWS.filter(({ key }) => written[key] !== undefined);
  return Object.fromEntries(set.map(({ key, name }) => [name, written[key]]));
}

/** Merges layers of policies, the strongest first: entry, inputs, `defaults` of the config; then the built-in ones. */
export function mergePolicies(...layers: readonly Partial<Policies>[]): Policies {
  return Object.assign({}, BUILT_IN, ...layers.toReversed());
}
