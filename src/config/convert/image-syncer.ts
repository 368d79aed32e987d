// The files of image-syncer: sources with their destinations, in `images:` beside `auth:` or in a file of their own, YAML
// or JSON. Their meaning: github.com/AliyunContainerService/image-syncer, README and pkg/utils/url.go.

import { isMistake } from '../../base/errors/mistake.ts';
import { formatMirror, type MirrorPrefix } from '../../image/names/mirror-name.ts';
import { parseReference, type Reference } from '../../image/names/reference.ts';
import { NO_REFERRERS } from '../draft/wish.ts';
import { type Findings, uncheckedTls } from '../foreign/findings.ts';
import type { ForeignPart } from '../foreign/part.ts';
import { everyTag, listed, matching, type TagChoice, wishFor } from './choose.ts';
import { loneDigest } from './skopeo.ts';

/** A source without its tags, and what it asks for. */
type Asked =
  | { readonly kind: 'all' }
  | { readonly kind: 'tags'; readonly tags: readonly string[] }
  | { readonly kind: 'digest'; readonly digest: NonNullable<Reference['digest']> }
  | { readonly kind: 'regex'; readonly regex: string };

/** Reads a whole file; `mirror` is where sources without a destination go, which once stood on the command line. */
export function readImageSyncer(file: ForeignPart, mirror: MirrorPrefix | null, findings: Findings): void {
  const images = file.get('images');
  const isMap = images !== null && images.entries().length > 0;
  if (isMap) findings.warnOfKeys(file, {}, ['auth', 'images']);
  for (const [registry, login] of file.get('auth')?.entries() ?? []) {
    findings.warnOfLogin(login.key, registry);
    if (login.get('insecure')?.text() === 'true') findings.warn(login.key, uncheckedTls(registry));
  }
  for (const [source, part] of (isMap ? images : file).entries()) {
    const targets = part.items().map((target) => target.text() ?? '');
    const written = targets.filter((target) => target !== '');
    if (written.length < Math.max(targets.length, 1)) readAlone(source, part, mirror, findings);
    for (const target of written) readPair(source, target, part, findings);
  }
}

/** A source without a destination: older versions had it on the command line. */
function readAlone(source: string, part: ForeignPart, mirror: MirrorPrefix | null, findings: Findings): void {
  const last = splitSource(source).name.split('/').at(-1);
  if (mirror !== null) readPair(source, `${formatMirror(mirror)}/${last}`, part, findings);
  else {
    findings.warn(part.key, [
      'a source without a destination is not imported',
      'add --mirror with registry and prefix, as in ghcr.io/acme/mirror: what stood on the command line',
    ]);
  }
}

function readPair(source: string, target: string, part: ForeignPart, findings: Findings): void {
  const from = splitSource(source);
  const to = splitTags(target);
  const [name, mirror] = [parseReference(from.name), parseReference(to.name)];
  const wrong = [name, mirror].find((found) => isMistake(found));
  if (isMistake(wrong) || isMistake(name) || isMistake(mirror)) {
    const words = isMistake(wrong) ? wrong : { mistake: '', hint: '' };
    findings.warnOfName(part.key, 'this image', [source, target], words);
    return;
  }
  const route = { source: name.name, to: mirror.name, exclude: [], platforms: [], referrers: NO_REFERRERS };
  wishFor(choicesOf(from.asked, to.tags, part, findings), { ...route, place: part.key }, findings);
}

/** A reference with a digest, then one with tags, then a regular expression between slashes, else every tag. */
function splitSource(text: string): { readonly name: string; readonly asked: Asked } {
  const whole = parseReference(text);
  if (!isMistake(whole) && whole.digest !== null) {
    return { name: text.slice(0, text.indexOf('@')), asked: { kind: 'digest', digest: whole.digest } };
  }
  const regex = /^(.+?):\/(.*)\/$/.exec(text);
  if (regex !== null) return { name: regex[1] ?? '', asked: { kind: 'regex', regex: regex[2] ?? '' } };
  const { name, tags } = splitTags(text);
  return { name, asked: tags.length === 0 ? { kind: 'all' } : { kind: 'tags', tags } };
}

/** `name:a,b,c`: a colon behind the last slash of what stands before the first comma. */
function splitTags(text: string): { readonly name: string; readonly tags: readonly string[] } {
  const [first = '', ...others] = text.split(',');
  const colon = first.lastIndexOf(':');
  if (colon <= first.lastIndexOf('/')) return { name: text, tags: [] };
  return { name: first.slice(0, colon), tags: [first.slice(colon + 1), ...others] };
}

function choicesOf(
  asked: Asked,
  renamed: readonly string[],
  part: ForeignPart,
  findings: Findings,
): readonly TagChoice[] {
  const [tag] = renamed;
  switch (asked.kind) {
    case 'digest':
      if (tag === undefined) return [loneDigest(part, asked.digest, findings)];
      return [{ chosen: { kind: 'pinned', tag, digest: asked.digest }, doubt: null }];
    case 'tags':
      return asked.tags.map((from, at) => renaming(from, renamed[at] ?? from, part, findings));
    case 'regex':
      return matching(part.withText(asked.regex), asked.regex, findings);
    case 'all':
      return everyTag(part, findings);
  }
}

function renaming(from: string, to: string, part: ForeignPart, findings: Findings): TagChoice {
  if (from === to) return listed([from]);
  const message = `a tag keeps its name on the mirror: ${from} does not become ${to}`;
  findings.warn(part.key, [message, 'use the tag of upstream, or keep this one where it is made now']);
  return listed([from], message);
}
