// Where a repository keeps its references: the items of `references:` in the images config, and the keys of the config
// that judge what is found there.

import { z } from 'zod';
import type { Place } from '../../base/errors/diagnostic.ts';
import { isMistake, type Mistake, show } from '../../base/errors/mistake.ts';
import { type MirrorPrefix, parseMirror } from '../../image/names/mirror-name.ts';
import { CREDENTIALS } from '../../image/names/reference.ts';
import type { SchemaChecks } from '../texts/checks.ts';
import { MAX_PATH, pathMistake, plainPath } from '../texts/paths.ts';
import { MIRROR_PATTERN, PATH_PATTERN } from '../texts/patterns.ts';
import { LINT_LEVELS, type LintLevel, type LintRule, RULE_ROWS } from './lint-rules.ts';

/** How the files of a source are read. */
export type Reader =
  | { readonly kind: 'key'; readonly key: string; readonly approvedKey: string | null }
  | { readonly kind: 'field'; readonly field: string; readonly approvedKey: string | null }
  | { readonly kind: 'dockerfile' }
  | { readonly kind: 'list' };

/**
 * An item of `references:`. `include` is the path of one file where `isPattern` is false, else patterns over paths from
 * the root of the workspace; files that `exclude` matches are left out.
 */
export type ReferenceSource = {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly isPattern: boolean;
  readonly reader: Reader;
  /** False where somebody else moves the pins of these files. */
  readonly bump: boolean;
  /** Null where the policy of that name decides. */
  readonly bumpTags: BumpTags | null;
  readonly place: Place;
};

const BUMP_TAGS = ['none', 'patch', 'minor'] as const;

/** How far the tag of a pin moves on. */
export type BumpTags = (typeof BUMP_TAGS)[number];

const LOCATIONS = ['file', 'files', 'dockerfiles', 'list'] as const;

/** The maps with fixed keys among the keys of the config that are about references. */
export function referenceSchemas({ checkedText, issueOf }: SchemaChecks) {
  const path = checkedText('invalid-path', PATH_PATTERN, pathMistake);
  const paths = z.union([path, z.array(path).min(1)]);
  const key = z.string().min(1).max(MAX_PATH);
  const source = z
    .strictObject({
      file: path.optional().describe('one file, YAML or JSON'),
      files: paths
        .optional()
        .describe('YAML or JSON files, as patterns over paths: * ? [abc] and ** for any folders'),
      dockerfiles: paths
        .optional()
        .describe('Dockerfiles, as patterns: FROM, COPY --from and RUN --mount=from='),
      list: paths.optional().describe('files with one reference per line, as patterns'),
      exclude: paths.optional().describe('patterns for files to leave out'),
      key: key
        .optional()
        .describe('the key that holds a map or a list of references, with dots between its parts'),
      field: key.optional().describe('the key whose values are references wherever it is, as in image'),
      'approved-key': key.optional().describe('the key of the same files that lists approved registries'),
      bump: z
        .boolean()
        .optional()
        .describe('false where something else moves the pins of these files, such as Renovate or Dependabot'),
      'bump-tags': z
        .enum(BUMP_TAGS)
        .optional()
        .describe('whether pins of these files move to newer tags of their series, too'),
    })
    .superRefine((written, context) => {
      const mistake = sourceMistake(written);
      if (mistake !== null) context.addIssue(issueOf('conflicting-keys', mistake));
    })
    .meta({ oneOf: LOCATIONS.map((location) => ({ required: [location] })) });
  const level = z.enum(LINT_LEVELS).optional();
  const levels = RULE_ROWS.map(({ id, title, level: usual }) => {
    return [id, level.describe(`${title}. Built in: ${usual}`)] as const;
  });
  const rules = z.strictObject(Object.fromEntries(levels) as Record<LintRule, typeof level>);
  return {
    reference: source,
    lint: z.strictObject({
      rules: rules.optional().describe('the level of a rule: error, warning, note or off'),
    }),
    rules,
    approved: z.array(checkedText('invalid-approved', MIRROR_PATTERN, parseApproved)),
  };
}

/** An item of `references:` as it is written. */
type SourceText = {
  readonly [Key in (typeof LOCATIONS)[number] | 'exclude']?: string | readonly string[] | undefined;
} & { readonly [Key in 'key' | 'field' | 'approved-key']?: string | undefined } & {
  readonly bump?: boolean | undefined;
  readonly 'bump-tags'?: BumpTags | undefined;
};

/** An item that the schema has accepted, with its place. */
export function sourceOf(written: SourceText, place: Place): ReferenceSource {
  const location = LOCATIONS.find((name) => written[name] !== undefined) ?? 'file';
  return {
    include: [written[location] ?? []].flat().map(plainPath),
    exclude: [written.exclude ?? []].flat().map(plainPath),
    isPattern: location !== 'file',
    reader: readerOf(written, location),
    bump: written.bump ?? true,
    bumpTags: written['bump-tags'] ?? null,
    place,
  };
}

function readerOf(written: SourceText, location: (typeof LOCATIONS)[number]): Reader {
  if (location === 'dockerfiles') return { kind: 'dockerfile' };
  if (location === 'list') return { kind: 'list' };
  const approvedKey = written['approved-key'] ?? null;
  if (written.field !== undefined) return { kind: 'field', field: written.field, approvedKey };
  return { kind: 'key', key: written.key ?? '', approvedKey };
}

/** What each level is set to; a rule that is not set has the level that lint gives it. */
export type LintLevels = { readonly [Rule in LintRule]?: LintLevel | undefined };

/**
 * Reads `registry[/path]`, as in `quay.io/acme`. What is approved lies under it: the same registry with its port, and
 * whole parts of the path (`isUnder` of mirror-name.ts).
 */
export function parseApproved(text: string): MirrorPrefix | Mistake {
  if (text.includes('@')) return CREDENTIALS;
  const found = parseMirror(text.replace(/\/$/, ''));
  if (!isMistake(found)) return found;
  const hint = 'write it in full, as in docker.io/library or quay.io/acme';
  return { mistake: `${show(text)} is not a registry, or a registry with a path`, hint };
}

/** What is wrong with an item whose keys are known, each with a value of its kind. */
function sourceMistake(written: SourceText): Mistake | null {
  const locations = LOCATIONS.filter((name) => written[name] !== undefined);
  const [location] = locations;
  if (location === undefined) {
    const hint = 'write file:, files:, dockerfiles: or list:';
    return { mistake: 'this does not say which files hold the references', hint };
  }
  if (locations.length > 1) {
    return { mistake: `${locations.join(' and ')} name two sources`, hint: 'write an item for each of them' };
  }
  if (location === 'file' && written.exclude !== undefined) {
    return {
      mistake: 'exclude cannot be used with file',
      hint: 'write files: with a pattern, or remove exclude',
    };
  }
  return location === 'file' || location === 'files' ? keysMistake(written) : strayMistake(written, location);
}

function keysMistake({ key, field }: SourceText): Mistake | null {
  if (key !== undefined && field !== undefined) {
    return {
      mistake: 'both key and field are set',
      hint: 'remove one: key is one place, field is every place',
    };
  }
  if (key !== undefined || field !== undefined) return null;
  const hint = 'write key: IMAGES for one map or list, or field: image for every place';
  return { mistake: 'this does not say where the references are in the file', hint };
}

function strayMistake(written: SourceText, location: string): Mistake | null {
  const stray = (['key', 'field', 'approved-key'] as const).find((name) => written[name] !== undefined);
  if (stray === undefined) return null;
  return {
    mistake: `${stray} cannot be used with ${location}`,
    hint: `remove ${stray}, or write files: for YAML and JSON`,
  };
}
