// What a text of the config must hold (a name, a tag, a host, a version), and what is wrong with it if it does not.

import { isMistake, type Mistake, show } from '../../base/errors/mistake.ts';
import { familiarName, formatReference, parseReference } from '../../image/names/reference.ts';
import { globMistake, isGlob } from '../../image/tags/glob.ts';
import { isTag } from '../../image/tags/tag.ts';
import { NEW_TAGS_ACTIONS, parseNewTags } from './policy.ts';

export function onlyMistakes(...values: readonly (object | string | null)[]): Mistake[] {
  return values.filter((value) => value !== null && isMistake(value));
}

/** Cuts a comma list (`latest,3.[789].?`) into its tags and patterns. */
export function splitList(list: string): string[] {
  return list.split(',').map((one) => one.trim());
}

export function tagMistakes(list: string): Mistake[] {
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

export function sourceMistake(source: string): Mistake | null {
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

export function shorthandMistake(written: string): Mistake | null {
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

export function caMistakes(path: string): Mistake[] {
  return path.trim() === ''
    ? [{ mistake: 'the path of the certificates is empty', hint: 'write a file of PEM certificates' }]
    : [];
}

export function newTagsMistakes(value: string): Mistake[] {
  if (parseNewTags(value) !== null) return [];
  const hint = `write ignore, or a comma list of ${NEW_TAGS_ACTIONS.join(', ')}`;
  return [{ mistake: `${show(value)} is nothing that new tags can lead to`, hint }];
}

export function noVersion(value: string): Mistake {
  return { mistake: `${show(value)} is no version`, hint: 'write numbers with dots, as in "1.25"' };
}
