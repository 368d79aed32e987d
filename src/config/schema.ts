// The form of an images config, once: it checks a file that was read, and the JSON Schema for editors is made from it.
// What a text must hold (a name, a tag, a host) is checked here too, so that every mistake is found at its own place.

import { z } from 'zod';
import { globMistake, isGlob } from '../image/glob.ts';
import { parseMirror, parseMirrorPath } from '../image/mirror-name.ts';
import { makeReadFrom } from '../image/pull-name.ts';
import {
  familiarName,
  formatReference,
  isMistake,
  isTag,
  type Mistake,
  parseHost,
  parseReference,
  show,
} from '../image/reference.ts';

const MAX_IN_ONE_TEXT = 100;

/** A text that `mistakesIn` finds nothing wrong with. */
function text(mistakesIn: (value: string) => readonly Mistake[]) {
  return z.string().superRefine((value, context) => {
    for (const { mistake, hint } of mistakesIn(value).slice(0, MAX_IN_ONE_TEXT)) {
      context.addIssue({ code: 'custom', message: mistake, params: { hint } });
    }
  });
}

function onlyMistakes(...values: readonly (object | string | null)[]): Mistake[] {
  return values.filter((value) => value !== null && isMistake(value));
}

/** Cuts a comma list (`latest,3.[789].?`) into its tags and patterns. */
export function splitList(list: string): string[] {
  return list.split(',').map((one) => one.trim());
}

function tagMistakes(list: string): Mistake[] {
  return splitList(list).flatMap((one) => onlyMistakes(tagMistake(one)));
}

function tagMistake(one: string): Mistake | null {
  if (one === '')
    return { mistake: 'here is a tag without text', hint: 'write a tag, with one comma between two' };
  if (isGlob(one)) return globMistake(one);
  if (isTag(one)) return null;
  if (one.includes('@')) {
    return {
      mistake: 'here is a digest behind a tag',
      hint: 'write a pinned image as an entry of its own, - name:tag@sha256:…',
    };
  }
  if (/[:/]/.test(one))
    return { mistake: `${show(one)} is a reference`, hint: 'write the tag alone; source has the name' };
  const hint = 'a tag is up to 128 letters, digits, "_", "." and "-", and begins with neither "." nor "-"';
  return { mistake: `${show(one)} is no tag`, hint };
}

function sourceMistake(source: string): Mistake | null {
  const reference = parseReference(source);
  if (isMistake(reference)) return reference;
  const { name, tag, digest } = reference;
  const bare = familiarName(name);
  if (digest !== null)
    return {
      mistake: `the source ${show(source)} has a digest`,
      hint: `write - ${source} as the whole entry`,
    };
  if (tag === null) return null;
  return {
    mistake: `the source ${show(source)} has a tag`,
    hint: `write source: ${bare} and tags: ["${tag}"]`,
  };
}

function shorthandMistake(written: string): Mistake | null {
  const colon = written.lastIndexOf(':');
  const [name, tag] = [written.slice(0, colon), written.slice(colon + 1)];
  if (colon > 0 && isGlob(tag)) {
    return { mistake: `${show(written)} has a pattern`, hint: `write source: ${name} and tags: ["${tag}"]` };
  }
  const reference = parseReference(written);
  if (isMistake(reference) || reference.tag !== null) return onlyMistakes(reference)[0] ?? null;
  if (reference.digest === null)
    return { mistake: `${show(written)} has no tag`, hint: `write ${written}:latest, or source and tags` };
  const tagged = formatReference({ ...reference, tag: 'TAG' }).replace(reference.digest, 'sha256:…');
  return { mistake: `${show(written)} has no tag for the mirror`, hint: `write ${tagged}` };
}

function caMistakes(path: string): Mistake[] {
  return path.trim() === ''
    ? [{ mistake: 'the path of the certificates is empty', hint: 'write a file of PEM certificates' }]
    : [];
}

// Every name is held against every rule.
const MAX_RULES = 100;

const tag = text(tagMistakes);
const tagList = z.union([tag, z.array(tag).min(1)]);
const host = text((value) => onlyMistakes(parseHost(value)));
const upstream = text((value) => (value === '*' ? [] : onlyMistakes(parseHost(value))));
const through = text((value) => onlyMistakes(makeReadFrom('*', value)));

const policies = {
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
};

const defaults = z.strictObject(policies);

const registry = z.strictObject({
  http: z.boolean().optional().describe('plain http; loopback hosts need no permission for it'),
  ca: text(caMistakes).optional().describe('a file with certificates to trust, in PEM'),
  'requests-per-second': z.number().positive().max(1000).optional().describe('never ask this host faster'),
  concurrency: z.int().min(1).max(64).optional().describe('requests at one time'),
});

const entry = z.strictObject({
  source: text((value) => onlyMistakes(sourceMistake(value))).describe(
    'the upstream repository, in any spelling; no tag',
  ),
  tags: tagList.describe(
    'tags, and patterns over whole tags (* ? [789] [!a]); a comma list in one string works too',
  ),
  exclude: tagList.optional().describe('patterns that take tags away from what patterns matched'),
  ...policies,
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
  images: z
    .array(
      z.union([shorthand.describe('one reference, as in debian:12-slim; with a digest it is pinned'), entry]),
    )
    .min(1)
    .describe('the upstream repositories and the tags that are wanted of them'),
});

export type ConfigText = z.infer<typeof configSchema>;
export type EntryText = z.infer<typeof entry>;

/** The maps of a config whose keys are fixed, by the name that PLANNED uses too. */
export const KEYS = {
  config: Object.keys(configSchema.shape),
  defaults: Object.keys(defaults.shape),
  entry: Object.keys(entry.shape),
  registry: Object.keys(registry.shape),
} as const;

export type Level = keyof typeof KEYS;

const PLANNED_POLICIES = [
  'new-tags',
  'granularity',
  'lost-platforms',
  'pins',
  'prereleases',
  'expected-platforms',
  'platforms',
  'platform-tags',
  'keep-pins',
  'patches',
  'recheck',
  'tags-limit',
];

/** Keys that are named already and do nothing yet. A key moves from here into the schema when it works. */
export const PLANNED: Readonly<Record<Level, readonly string[]>> = {
  config: ['approved', 'references', 'builds', 'pull-request', 'lint'],
  defaults: PLANNED_POLICIES,
  entry: [...PLANNED_POLICIES, 'follow', 'ignore'],
  registry: [],
};

/** Values of keys that work, of which the same is true. */
export const PLANNED_VALUES: Readonly<Record<string, readonly string[]>> = {};

/** Gives back schema/images.schema.json, as JSON Schema draft 2020-12. */
export function renderSchema(): string {
  const schema = z.toJSONSchema(configSchema, { io: 'input' });
  return `${JSON.stringify({ ...schema, title: 'Fresh Mirror images config' }, null, 2)}\n`;
}
