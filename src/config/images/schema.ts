// The schema of an images config: it checks a file that was read, and the JSON Schema for editors is made from it.
// What a text must hold (a name, a tag, a host) is checked here too, so that every mistake is found at its own place.

import { z } from 'zod';
import { mirrorRepositoryMistake, parseMirror, parseMirrorPath } from '../../image/names/mirror-name.ts';
import { makeReadFrom } from '../../image/names/pull-name.ts';
import { parseHost } from '../../image/names/reference.ts';
import { type Follow, followMistake, type Patches } from '../../image/tags/form.ts';
import { buildSchema } from '../builds/sources.ts';
import {
  caMistake,
  checkedText,
  issueOf,
  shorthandMistake,
  sourceMistake,
  tagMistakes,
  versionMistake,
  wordList,
} from '../policies/fields.ts';
import { type POLICIES, POLICY_ROWS, type PolicyKey, patchesValue } from '../policies/policy.ts';
import { referenceSchemas } from '../references/sources.ts';
import * as patterns from '../texts/patterns.ts';

// Every name is compared with every rule.
const MAX_RULES = 100;

const tag = checkedText('invalid-tag', patterns.TAGS_PATTERN, tagMistakes);
const tagList = z.union([tag, z.array(tag).min(1)]);
const host = checkedText('invalid-host', patterns.HOST_PATTERN, parseHost);
const upstream = checkedText('invalid-host', patterns.UPSTREAM_PATTERN, (written) =>
  written === '*' ? null : parseHost(written),
);
const through = checkedText('invalid-read-from', patterns.THROUGH_PATTERN, (written) =>
  makeReadFrom('*', written),
);

type PolicyShape = { readonly [Key in PolicyKey]: z.ZodOptional<(typeof POLICIES)[Key]['schema']> };

const policies = Object.fromEntries(
  POLICY_ROWS.map(({ key, schema, about, builtInWords }) => {
    const description = `${about}. Built in: ${builtInWords}`.replaceAll('`', '');
    return [key, schema.optional().describe(description)];
  }),
) as PolicyShape;

/** `defaults`: every policy, each optional. */
export const defaults = z.strictObject(policies);

/** The settings of one host under `registries`. */
export const registry = z.strictObject({
  http: z.boolean().optional().describe('use plain http; loopback hosts need no permission for it'),
  ca: checkedText('invalid-path', patterns.FILLED_PATTERN, caMistake)
    .optional()
    .describe('path of a PEM file with certificates to trust'),
  'requests-per-second': z
    .number()
    .positive()
    .max(1000)
    .optional()
    .describe('send at most this many requests a second'),
  concurrency: z.int().min(1).max(64).optional().describe('send at most this many requests at a time'),
});

const version = checkedText('invalid-version', patterns.VERSION_PATTERN, versionMistake);

/** One rule under `follow`. */
export const follow = z
  .strictObject({
    tags: z
      .string()
      .meta({ pattern: patterns.FORM_PATTERN })
      .describe('the form of the tags, with N for one number, as in N.N-alpine'),
    from: version.optional().describe('the oldest version that is wanted; the oldest listed one if not set'),
    below: version.optional().describe('the first version that is left out'),
    max: z.int().min(1).max(1000).optional().describe('this many of the newest tags'),
    patches: patchesValue.optional().describe('patch tags of these lines too'),
    prereleases: z.boolean().optional().describe('whether prereleases are among them'),
  })
  .superRefine((rule, context) => {
    const { from, below } = rule;
    const mistake = followMistake(followOf({ ...rule, from: readable(from), below: readable(below) }, false));
    if (mistake !== null) context.addIssue({ ...issueOf('invalid-follow', mistake), path: ['tags'] });
  });

/** The bound, if it is a version: one that is not is reported at its own place already. */
function readable(bound: string | undefined): string | undefined {
  return bound === undefined || versionMistake(bound) !== null ? undefined : bound;
}

type FollowText = {
  readonly tags: string;
  readonly from?: string | undefined;
  readonly below?: string | undefined;
  readonly max?: number | undefined;
  readonly patches?: Patches | undefined;
  readonly prereleases?: boolean | undefined;
};

/** A `follow` rule with nothing left open. */
export function followOf(rule: FollowText, prereleases: boolean): Follow {
  return {
    tags: rule.tags,
    from: rule.from ?? null,
    below: rule.below ?? null,
    max: rule.max ?? null,
    patches: rule.patches ?? null,
    prereleases: rule.prereleases ?? prereleases,
  };
}

const entryKeys = z.strictObject({
  source: checkedText('invalid-source', patterns.SOURCE_PATTERN, sourceMistake).describe(
    'the upstream repository, in any spelling, without a tag',
  ),
  to: checkedText('invalid-to', patterns.REPOSITORY_PATTERN, mirrorRepositoryMistake)
    .optional()
    .describe(
      'its repository on the mirror, below the prefix, as in base/ruby; what mirror-path makes if not set',
    ),
  tags: tagList
    .optional()
    .describe('tags, and patterns over whole tags (* ? [789] [!a]); a comma list in one string works too'),
  exclude: tagList.optional().describe('patterns for tags to leave out of what patterns matched'),
  follow: z.array(follow).min(1).optional().describe('tags of a form, chosen by their numbers'),
  ignore: tagList
    .optional()
    .describe('tags and patterns that are never offered as new; nothing is deleted because of them'),
  ...policies,
});

/** An item of `images` that is not a reference alone. */
export const entry = entryKeys
  .superRefine((written, context) => {
    if (written.tags !== undefined || written.follow !== undefined) return;
    const hint = 'write tags: with the tags that are wanted';
    context.addIssue(issueOf('missing-key', { mistake: 'this entry has no tags', hint }));
  })
  .meta({ anyOf: [{ required: ['tags'] }, { required: ['follow'] }] });

/** How pull requests and issues look. */
export const pullRequest = z.strictObject({
  base: z
    .string()
    .min(1)
    .max(255)
    .optional()
    .describe('the branch to merge into; the default branch if not set'),
  'title-prefix': z
    .string()
    .min(1)
    .max(50)
    .optional()
    .describe('what the title begins with, as in chore(deps):'),
  labels: wordList(z.string().min(1).max(50), patterns.wordsPattern(50, 20), 20)
    .optional()
    .describe('labels for it, and for an issue'),
  reviewers: wordList(z.string().min(1).max(100), patterns.wordsPattern(100, 15), 15)
    .optional()
    .describe('user names, or team/NAME for a team'),
});

const shorthand = checkedText('invalid-reference', patterns.REFERENCE_PATTERN, shorthandMistake);

export const { reference, lint, rules, approved } = referenceSchemas({ checkedText, issueOf });
/** An item of `builds`. */
export const build = buildSchema({ checkedText, issueOf });

/** The schema of a whole images config. */
export const configSchema = z.strictObject({
  mirror: checkedText('invalid-mirror', patterns.MIRROR_PATTERN, parseMirror)
    .optional()
    .describe('registry and prefix that copies go to, as in ghcr.io/acme/mirror'),
  'mirror-path': checkedText('invalid-mirror-path', patterns.MIRROR_PATH_PATTERN, parseMirrorPath)
    .optional()
    .describe(
      'path below the prefix: {repository} (built in), {registry}/{repository} or {name}, its last part',
    ),
  'read-from': z
    .record(upstream, through.nullable())
    .refine((rules) => Object.keys(rules).length <= MAX_RULES, `there are more than ${MAX_RULES} rules`)
    .meta({ maxProperties: MAX_RULES })
    .optional()
    .describe(
      'upstream registry (or "*") to the place it is read from; an empty value means the registry itself',
    ),
  registries: z.record(host, registry).optional().describe('settings for hosts that are contacted'),
  defaults: defaults.optional().describe('policies for every entry that does not set its own'),
  'pull-request': pullRequest.optional().describe('the pull request that proposes new tags'),
  images: z
    .array(z.union([shorthand.describe('one reference, as in debian:12-slim; a digest pins it'), entry]))
    .min(1)
    .optional()
    .describe('the upstream repositories and which of their tags are wanted'),
  references: z
    .array(reference)
    .min(1)
    .optional()
    .describe('files of the repository whose references are checked'),
  builds: z
    .array(build)
    .min(1)
    .optional()
    .describe('what was built on which base: stale where the base that the mirror serves has moved'),
  approved: approved.optional().describe('registries, or registries with a path, that need no mirror'),
  lint: lint.optional().describe('the rules for references'),
});

/** A config as it is written. */
export type ConfigText = z.infer<typeof configSchema>;
/** An entry as it is written, where it is more than one reference. */
export type EntryText = z.infer<typeof entry>;

/** Where editors find the schema: beside the release that everybody pins, which moves on to each v1.x.y. */
export const SCHEMA_ADDRESS =
  'https://raw.githubusercontent.com/fresh-mirror/fresh-mirror/v1/schema/images.schema.json';

const EXAMPLES = [
  { mirror: 'ghcr.io/acme/mirror', images: [{ source: 'ruby', tags: ['3.4-slim', '4.0-slim'] }] },
  {
    mirror: 'ghcr.io/acme/mirror',
    images: [{ source: 'golang', follow: [{ tags: 'N.N-alpine', from: '1.25', max: 3 }] }, 'debian:12-slim'],
    references: [{ files: 'deploy/**/*.yaml', field: 'image' }],
  },
];

/**
 * Gives back schema/images.schema.json, as JSON Schema draft-07, which every editor reads (SchemaStore asks for it). An
 * editor knows no inputs, so there the file must have the mirror; a config for references or builds alone needs none.
 */
export function renderSchema(): string {
  const { $schema, ...schema } = z.toJSONSchema(configSchema, { io: 'input', target: 'draft-07' });
  const anyOf = ['images', 'references', 'builds'].map((key) => ({ required: [key] }));
  const dependencies = { images: ['mirror'] };
  const head = {
    $schema,
    $id: SCHEMA_ADDRESS,
    title: 'Fresh Mirror images config',
    description: 'Which container images are mirrored where, for the GitHub Action Fresh Mirror',
  };
  return `${JSON.stringify({ ...head, ...schema, anyOf, dependencies, examples: EXAMPLES }, null, 2)}\n`;
}
