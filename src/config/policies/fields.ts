// What a text of the config must hold (a name, a tag, a host, a version), and what is wrong with it if it does not.

import { z } from 'zod';
import type { Rule } from '../../base/errors/diagnostic.ts';
import { isMistake, type Mistake, show } from '../../base/errors/mistake.ts';
import { familiarName, formatReference, parseReference } from '../../image/names/reference.ts';
import { isNumberPattern, readBound } from '../../image/tags/form.ts';
import { globMistake, isGlob } from '../../image/tags/glob.ts';
import { isTag } from '../../image/tags/tag.ts';

const MAX_IN_ONE_TEXT = 100;

/**
 * A text in which `check` finds no mistake; whatever else `check` gives back does not matter. `pattern` is for editors, as
 * near to `check` as a regular expression comes.
 */
export function checkedText(rule: Rule, pattern: string, check: (written: string) => unknown) {
  const checked = z.string().superRefine((written, context) => {
    const found = [check(written)].flat().filter(isMistake).slice(0, MAX_IN_ONE_TEXT);
    for (const mistake of found) context.addIssue(issueOf(rule, mistake));
  });
  return checked.meta({ pattern });
}

/** A text that `parse` turns into a value. */
export function parsedText<T>(rule: Rule, pattern: string, parse: (written: string) => T | Mistake) {
  const text = z.string().meta({ pattern });
  return text.transform((written, context) => {
    const value = parse(written);
    if (!isMistake(value)) return value;
    // The checks of the map around it still run, so that one run finds what is wrong there too.
    context.addIssue({ ...issueOf(rule, value), continue: true });
    return z.NEVER;
  });
}

/** A mistake as zod carries it; `ruleOf` in suggestions.ts reads it back. */
export function issueOf(rule: Rule, { mistake, hint }: Mistake) {
  return { code: 'custom' as const, message: mistake, params: { rule, hint } };
}

/** A list of words: a list of YAML, or one text with commas between them, which `pattern` describes to editors. */
export function wordList<Item extends z.ZodType<unknown, string>>(item: Item, pattern: string, most = 100) {
  const list = z.array(item).max(most);
  return z.union([z.string().meta({ pattern }).transform(splitList).pipe(list), list]);
}

/** Cuts a comma list (`latest,3.[789].?`) into its tags and patterns. */
export function splitList(list: string): string[] {
  return list.split(',').map((item) => item.trim());
}

/** What is wrong with each tag and pattern of a comma list; null for a good one. */
export function tagMistakes(list: string): readonly (Mistake | null)[] {
  return splitList(list).map(tagMistake);
}

function tagMistake(written: string): Mistake | null {
  if (written === '') {
    return { mistake: 'a tag is empty', hint: 'write a tag, and one comma between two tags' };
  }
  if (isGlob(written)) return globMistake(written);
  if (isTag(written)) return formMistake(written);
  if (written.includes('@')) {
    const hint = 'write a pinned image as an entry of its own, - name:tag@sha256:…';
    return { mistake: 'a tag cannot be followed by a digest here', hint };
  }
  if (/[:/]/.test(written)) {
    return {
      mistake: `${show(written)} is a whole reference`,
      hint: 'write only the tag; the name goes to source',
    };
  }
  if (/^[<>=~^!]/.test(written)) {
    const hint = 'write a glob, as in "3.*", or follow: with from: and below:';
    return { mistake: `${show(written)} is a version range, which is not read`, hint };
  }
  const hint = 'a tag has at most 128 letters, digits, "_", "." and "-", and does not begin with "." or "-"';
  return { mistake: `${show(written)} is not a valid tag`, hint };
}

/** A form such as N.N-slim is not a tag: upstream has none of that name. */
function formMistake(tag: string): Mistake | null {
  if (!isNumberPattern(tag)) return null;
  const hint = `write it under follow, as in follow: [{ tags: ${tag}, max: 3 }]`;
  return { mistake: `${show(tag)} is a form with N for a number, not a tag`, hint };
}

/** What is wrong with the `source` of an entry: a repository in any spelling, without tag and digest. */
export function sourceMistake(source: string): Mistake | null {
  const reference = parseReference(source);
  if (isMistake(reference)) return reference;
  const { name, tag, digest } = reference;
  if (digest !== null) {
    return {
      mistake: `the source ${show(source)} has a digest`,
      hint: `write - ${source} as the whole entry`,
    };
  }
  if (tag === null) return null;
  const hint = `write source: ${familiarName(name)} and tags: ["${tag}"]`;
  return { mistake: `the source ${show(source)} has a tag`, hint };
}

/** What is wrong with an entry that is one reference, as in `debian:12-slim`. */
export function shorthandMistake(written: string): Mistake | null {
  const colon = written.lastIndexOf(':');
  const [name, tag] = [written.slice(0, colon), written.slice(colon + 1)];
  if (colon > 0 && isGlob(tag)) {
    return { mistake: `${show(written)} has a pattern`, hint: `write source: ${name} and tags: ["${tag}"]` };
  }
  const reference = parseReference(written);
  if (isMistake(reference)) return reference;
  if (reference.tag !== null) return formMistake(reference.tag);
  if (reference.digest === null) {
    const hint = `write ${written}:latest, or source: and tags:`;
    return { mistake: `${show(written)} has no tag`, hint };
  }
  const tagged = formatReference({ ...reference, tag: 'TAG' }).replace(reference.digest, 'sha256:…');
  return { mistake: `${show(written)} has no tag for the mirror`, hint: `write ${tagged}` };
}

/** What is wrong with the path of a file of certificates. */
export function caMistake(path: string): Mistake | null {
  if (path.trim() !== '') return null;
  return {
    mistake: 'the path of the certificates is empty',
    hint: 'write the path of a PEM file with certificates',
  };
}

/** What is wrong with a bound of `follow`. */
export function versionMistake(written: string): Mistake | null {
  if (readBound(written) !== null) return null;
  return {
    mistake: `${show(written)} is not a valid version`,
    hint: 'write numbers with dots, as in "1.25"',
  };
}
