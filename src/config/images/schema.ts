// The form of an images config, once: it checks a file that was read, and the JSON Schema for editors is made from it.
// What a text must hold (a name, a tag, a host) is checked here too, so that every mistake is found at its own place.

import { z } from 'zod';
import type { Mistake } from '../../base/errors/mistake.ts';
import { parsePlatform } from '../../image/manifest/platform.ts';
import { platformTagsMistake } from '../../image/manifest/platform-tags.ts';
import { parseMirror, parseMirrorPath } from '../../image/names/mirror-name.ts';
import { makeReadFrom } from '../../image/names/pull-name.ts';
import { parseHost } from '../../image/names/reference.ts';
import {
  ALL_LINES_NEWEST_THREE,
  type Follow,
  followMistake,
  type Patches,
  readBound,
} from '../../image/tags/form.ts';
import {
  caMistakes,
  newTagsMistakes,
  noVersion,
  onlyMistakes,
  shorthandMistake,
  sourceMistake,
  tagMistakes,
} from './fields.ts';
import { GRANULARITIES } from './policy.ts';

const MAX_IN_ONE_TEXT = 100;

/** A text that `mistakesIn` finds nothing wrong with. */
function text(mistakesIn: (value: string) => readonly Mistake[]) {
  return z.string().superRefine((value, context) => {
    for (const { mistake, hint } of mistakesIn(value).slice(0, MAX_IN_ONE_TEXT)) {
      context.addIssue({ code: 'custom', message: mistake, params: { hint } });
    }
  });
}

// Every name is held against every rule.
const MAX_RULES = 100;

const tag = text(tagMistakes);
const tagList = z.union([tag, z.array(tag).min(1)]);
const host = text((value) => onlyMistakes(parseHost(value)));
const upstream = text((value) => (value === '*' ? [] : onlyMistakes(parseHost(value))));
const through = text((value) => onlyMistakes(makeReadFrom('*', value)));

const patches = z.strictObject({
  lines: z
    .int()
    .min(1)
    .max(1000)
    .optional()
    .describe('of the newest so many lines; all when nothing is said'),
  max: z
    .int()
    .min(1)
    .max(1000)
    .optional()
    .describe('the newest so many of each line; 3 when nothing is said'),
});
const platformList = z.array(text((value) => onlyMistakes(parsePlatform(value))));

const policies = {
  'new-tags': text(newTagsMistakes)
    .optional()
    .describe('ignore, or a comma list of report (built in), issue, pull-request, mirror'),
  granularity: z
    .enum(GRANULARITIES)
    .optional()
    .describe('listed (built in): the listed tags alone; patch: the patch tags of every listed line too'),
  patches: patches.optional().describe('which patch tags granularity: patch selects'),
  prereleases: z
    .boolean()
    .optional()
    .describe('whether prereleases count as new; false when nothing is said'),
  recheck: z
    .int()
    .min(1)
    .max(1000)
    .optional()
    .describe('superseded patch tags are asked again every so many runs; 7 when nothing is said'),
  'on-failure': z
    .enum(['keep', 'rollback'])
    .optional()
    .describe(
      'keep: what worked stays when another tag fails (best effort); rollback: all or nothing for each mirror repository',
    ),
  verify: z
    .enum(['tags', 'deep'])
    .optional()
    .describe(
      'tags: a fresh tag is believed; deep: its manifests and blobs are looked for on the mirror, too',
    ),
  'lost-platforms': z
    .enum(['refuse', 'hybrid', 'accept'])
    .optional()
    .describe(
      'a tag that would lose a platform: refuse to move it, keep the lost images beside the new, or accept',
    ),
  'expected-platforms': platformList
    .optional()
    .describe(
      'platforms that must be there ([os/]architecture[/variant]); the loss of any other is only said',
    ),
  platforms: platformList.optional().describe('only these are mirrored, in an index made anew; empty: all'),
  'platform-tags': text((value) => onlyMistakes(platformTagsMistake(value)))
    .optional()
    .describe('a tag for each platform beside the tag, as in {tag}-{arch}; also {machine} and {os}'),
};

const defaults = z.strictObject(policies);

const registry = z.strictObject({
  http: z.boolean().optional().describe('plain http; loopback hosts need no permission for it'),
  ca: text(caMistakes).optional().describe('a file with certificates to trust, in PEM'),
  'requests-per-second': z.number().positive().max(1000).optional().describe('never ask this host faster'),
  concurrency: z.int().min(1).max(64).optional().describe('requests at one time'),
});

const version = text((value) => (readBound(value) === null ? [noVersion(value)] : []));

const follow = z
  .strictObject({
    tags: z.string().describe('the form of the tags, with N for one number, as in N.N-alpine'),
    from: version
      .optional()
      .describe('the oldest version that is wanted; the oldest listed one when nothing is said'),
    below: version.optional().describe('the first version that is left out'),
    max: z.int().min(1).max(1000).optional().describe('the newest so many'),
    patches: patches.optional().describe('patch tags of these lines too'),
    prereleases: z.boolean().optional(),
  })
  .superRefine((rule, context) => {
    const { from, below } = rule;
    const wrong = followMistake(followOf({ ...rule, from: readable(from), below: readable(below) }, false));
    if (wrong === null) return;
    context.addIssue({
      code: 'custom',
      path: ['tags'],
      message: wrong.mistake,
      params: { hint: wrong.hint },
    });
  });

/** A bound that is no version has its own mistake at its own place already. */
function readable(bound: string | undefined): string | undefined {
  return bound === undefined || readBound(bound) === null ? undefined : bound;
}

type FollowText = {
  readonly tags: string;
  readonly from?: string | undefined;
  readonly below?: string | undefined;
  readonly max?: number | undefined;
  readonly patches?: PatchesText | undefined;
  readonly prereleases?: boolean | undefined;
};
type PatchesText = { readonly lines?: number | undefined; readonly max?: number | undefined };

/** A `follow` rule with nothing left open. */
export function followOf(rule: FollowText, prereleases: boolean): Follow {
  return {
    tags: rule.tags,
    from: rule.from ?? null,
    below: rule.below ?? null,
    max: rule.max ?? null,
    patches: rule.patches === undefined ? null : patchesOf(rule.patches),
    prereleases: rule.prereleases ?? prereleases,
  };
}

export function patchesOf({ lines, max }: PatchesText): Patches {
  return { lines: lines ?? ALL_LINES_NEWEST_THREE.lines, max: max ?? ALL_LINES_NEWEST_THREE.max };
}

const entryKeys = z.strictObject({
  source: text((value) => onlyMistakes(sourceMistake(value))).describe(
    'the upstream repository, in any spelling; no tag',
  ),
  tags: tagList
    .optional()
    .describe('tags, and patterns over whole tags (* ? [789] [!a]); a comma list in one string works too'),
  exclude: tagList.optional().describe('patterns that take tags away from what patterns matched'),
  follow: z.array(follow).min(1).optional().describe('tags by their form, in the order of their numbers'),
  ignore: tagList
    .optional()
    .describe('tags and patterns that are never offered as new; nothing is deleted for them'),
  ...policies,
});

const entry = entryKeys.superRefine((one, context) => {
  if (one.tags !== undefined || one.follow !== undefined) return;
  const hint = 'write tags: with the tags that are wanted';
  context.addIssue({ code: 'custom', message: 'this entry has no tags', params: { hint } });
});

const pullRequest = z.strictObject({
  base: z.string().min(1).max(255).optional().describe('the branch to merge into; the default branch else'),
  labels: z.array(z.string().min(1).max(50)).max(20).optional(),
  reviewers: z.array(z.string().min(1).max(100)).max(15).optional().describe('names; team/NAME for a team'),
});

const shorthand = text((value) => onlyMistakes(shorthandMistake(value)));

export const configSchema = z.strictObject({
  mirror: text((value) => onlyMistakes(parseMirror(value)))
    .optional()
    .describe('registry and prefix where copies go, as in ghcr.io/acme/mirror'),
  'mirror-path': text((value) => onlyMistakes(parseMirrorPath(value)))
    .optional()
    .describe(
      'path below the prefix: {repository} (built in), {registry}/{repository} or {name}, its last part',
    ),
  'read-from': z
    .record(upstream, through.nullable())
    .refine((rules) => Object.keys(rules).length <= MAX_RULES, `here are more than ${MAX_RULES} rules`)
    .optional()
    .describe('upstream registry (or "*") to where it is read instead; nothing behind it means directly'),
  registries: z.record(host, registry).optional().describe('settings of hosts that are contacted'),
  defaults: defaults.optional().describe('policies of every entry that does not say otherwise'),
  'pull-request': pullRequest.optional().describe('the pull request that proposes new tags'),
  images: z
    .array(
      z.union([shorthand.describe('one reference, as in debian:12-slim; with a digest it is pinned'), entry]),
    )
    .min(1)
    .describe('the upstream repositories and the tags that are wanted of them'),
});

export type ConfigText = z.infer<typeof configSchema>;
export type EntryText = z.infer<typeof entry>;

// The maps of a config whose keys are fixed.
const LEVELS = {
  config: configSchema,
  defaults,
  entry,
  registry,
  follow,
  patches,
  'pull-request': pullRequest,
} as const;

export type Level = keyof typeof LEVELS;

const LEVEL_NAMES = Object.keys(LEVELS) as Level[];

/** The keys that each level knows. */
export const KEYS: Readonly<Record<Level, readonly string[]>> = {
  config: keysOf('config'),
  defaults: keysOf('defaults'),
  entry: keysOf('entry'),
  registry: keysOf('registry'),
  follow: keysOf('follow'),
  patches: keysOf('patches'),
  'pull-request': keysOf('pull-request'),
};

function keysOf(level: Level): readonly string[] {
  return Object.keys(LEVELS[level].shape);
}

/** The level of the map at a path, found by walking the schema: a word of the path may be a key or a host's name. */
export function levelAt(path: readonly PropertyKey[]): Level {
  let schema: z.core.$ZodType = configSchema;
  for (const part of path) schema = stepInto(mapOrList(schema), part);
  const map = mapOrList(schema);
  const level = LEVEL_NAMES.find((name) => LEVELS[name] === map);
  if (level === undefined) throw new Error(`the schema has no map with fixed keys at ${path.join('.')}`);
  return level;
}

function stepInto(schema: z.core.$ZodType, part: PropertyKey): z.core.$ZodType {
  if (schema instanceof z.ZodObject) return schema.shape[String(part)];
  if (schema instanceof z.ZodRecord) return schema.valueType;
  return schema instanceof z.ZodArray ? schema.element : schema;
}

/** Without what is wrapped around it: what may be left out, what is turned into a value, the text beside a map. */
function mapOrList(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodOptional) return mapOrList(schema.unwrap());
  if (schema instanceof z.ZodPipe) return mapOrList(schema.in);
  if (!(schema instanceof z.ZodUnion)) return schema;
  return schema.options.find((option) => option instanceof z.ZodObject) ?? schema;
}

const PLANNED_POLICIES = ['pins', 'keep-pins', 'tags-limit'];

/** Keys that are named already and do nothing yet. A key moves from here into the schema when it works. */
export const PLANNED: Readonly<Record<Level, readonly string[]>> = {
  config: ['approved', 'references', 'builds', 'lint'],
  defaults: PLANNED_POLICIES,
  entry: PLANNED_POLICIES,
  registry: [],
  follow: [],
  patches: [],
  'pull-request': [],
};

/** Gives back schema/images.schema.json, as JSON Schema draft 2020-12. */
export function renderSchema(): string {
  const schema = z.toJSONSchema(configSchema, { io: 'input' });
  return `${JSON.stringify({ ...schema, title: 'Fresh Mirror images config' }, null, 2)}\n`;
}
