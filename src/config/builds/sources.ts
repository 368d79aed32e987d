// Where a repository records what it has built: the items of `builds:` in the images config, one row for each format.

import { z } from 'zod';
import type { Place } from '../../base/errors/diagnostic.ts';
import { isMistake, type Mistake, show } from '../../base/errors/mistake.ts';
import { type Digest, isDigest } from '../../image/names/digest.ts';
import { formatReference, parseReference, type Reference, tagOrLatest } from '../../image/names/reference.ts';
import type { SchemaChecks } from '../texts/checks.ts';
import { pathMistake, plainPath } from '../texts/paths.ts';
import { DIGEST_PATTERN, LOOSE_REFERENCE_PATTERN, PATH_PATTERN } from '../texts/patterns.ts';

/** An item of `builds:`. */
export type BuildSource = { readonly place: Place } & (
  | { readonly kind: 'image-info'; readonly path: string }
  | { readonly kind: 'image'; readonly reference: Reference }
  | {
      readonly kind: 'listed';
      readonly name: string;
      readonly base: Reference;
      readonly digest: Digest | null;
    }
);

type Key = 'image-info' | 'image' | 'name' | 'base' | 'digest';
type BuildText = { readonly [K in Key]?: string | undefined };

/** One format: the key that it is known by, the keys that it needs and may have besides, and how it is read. */
type Format = {
  readonly key: Key;
  readonly needs: readonly Key[];
  readonly may: readonly Key[];
  read(written: string, rest: BuildText, place: Place): BuildSource | null;
};

const FORMATS: readonly Format[] = [
  {
    key: 'image-info',
    needs: [],
    may: [],
    read: (written, _rest, place) => ({ kind: 'image-info', path: plainPath(written), place }),
  },
  {
    key: 'image',
    needs: [],
    may: [],
    read: (written, _rest, place) => {
      const reference = parseReference(written);
      return isMistake(reference) ? null : { kind: 'image', reference, place };
    },
  },
  {
    key: 'name',
    needs: ['base'],
    may: ['digest'],
    read: (name, { base: text = '', digest }, place) => {
      const base = parseReference(text);
      if (isMistake(base)) return null;
      return {
        kind: 'listed',
        name,
        base,
        digest: digest !== undefined && isDigest(digest) ? digest : null,
        place,
      };
    },
  },
];

/** An item of `builds:` as the schema of the config has it. */
export function buildSchema({ checkedText, issueOf }: SchemaChecks) {
  return z
    .strictObject({
      'image-info': checkedText('invalid-path', PATH_PATTERN, pathMistake)
        .optional()
        .describe('a JSON file that records which base each Dockerfile was built on (baseImageDigest)'),
      image: checkedText('invalid-reference', LOOSE_REFERENCE_PATTERN, parseReference)
        .optional()
        .describe(
          'a published image that records its base in annotations, labels, or the provenance of BuildKit',
        ),
      name: z.string().min(1).max(256).optional().describe('what is built, in any words'),
      base: checkedText('invalid-reference', LOOSE_REFERENCE_PATTERN, parseReference)
        .optional()
        .describe('the image that it is built on, as in almalinux:8'),
      digest: checkedText('invalid-reference', DIGEST_PATTERN, digestMistake)
        .optional()
        .describe('the digest of the base that it was built on; a build without one is stale'),
    })
    .superRefine((written, context) => {
      const mistake = formatMistake(written);
      if (mistake !== null) context.addIssue(issueOf('conflicting-keys', mistake));
    })
    .meta({ oneOf: FORMATS.map(({ key, needs }) => ({ required: [key, ...needs] })) });
}

/** An item that the schema has accepted, with its place; null for a text that is a mistake of its own. */
export function buildSourceOf(written: BuildText, place: Place): BuildSource | null {
  const format = FORMATS.find(({ key }) => written[key] !== undefined);
  return format?.read(written[format.key] ?? '', written, place) ?? null;
}

function digestMistake(written: string): Mistake | null {
  if (isDigest(written)) return null;
  return {
    mistake: `${show(written)} is not a valid digest`,
    hint: 'write sha256: and 64 digits, without a name',
  };
}

function formatMistake(written: BuildText): Mistake | null {
  const formats = FORMATS.filter(({ key }) => written[key] !== undefined);
  const [format] = formats;
  if (format === undefined) {
    const hint = 'write image-info:, image:, or name: with base: and digest:';
    return { mistake: 'this does not say what was built', hint };
  }
  if (formats.length > 1) {
    const keys = formats.map(({ key }) => key).join(' and ');
    return { mistake: `${keys} describe two builds`, hint: 'write an item for each of them' };
  }
  const { key, needs, may } = format;
  const lacking = needs.find((need) => written[need] === undefined);
  if (lacking !== undefined)
    return { mistake: `${key} is here without ${lacking}`, hint: `add ${lacking}:, as in base: almalinux:8` };
  const stray = (Object.keys(written) as Key[]).find(
    (other) => other !== key && ![...needs, ...may].includes(other),
  );
  return stray === undefined
    ? null
    : {
        mistake: `${stray} cannot be used with ${key}`,
        hint: `remove ${stray}, or move it to an item of its own`,
      };
}

/** The tag by which a published image is asked for; null where its digest alone is written. */
export function publishedTag({ tag, digest }: Reference): string | null {
  return digest === null ? tagOrLatest({ tag }) : tag;
}

/** The reference of a published image with the tag that is asked for. */
export function publishedId(reference: Reference): string {
  return formatReference({ ...reference, tag: publishedTag(reference) });
}
