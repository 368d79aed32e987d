// The YAML of `skopeo sync --src yaml`: registries, each with repositories and what is wanted of them. The destination
// stands on its command line. Its meaning: github.com/containers/skopeo, docs/skopeo-sync.1.md and cmd/skopeo/sync.go.

import { isMistake } from '../../base/errors/mistake.ts';
import { isDigest } from '../../image/names/digest.ts';
import type { MirrorPrefix } from '../../image/names/mirror-name.ts';
import { asComponent, type Name, parseName } from '../../image/names/reference.ts';
import { NO_REFERRERS } from '../draft/wish.ts';
import { type Findings, type Meanings, uncheckedTls } from '../foreign/findings.ts';
import type { ForeignPart } from '../foreign/part.ts';
import { everyTag, inRange, listed, matching, type Route, type TagChoice, wishFor } from './choose.ts';

/** What stands on skopeo's command line: the destination, and `--scoped`. */
type SkopeoTerms = { readonly mirror: MirrorPrefix; readonly isScoped: boolean };

/** Every key that is not read as it is, with what it means here. */
export const SKOPEO_KEYS: Meanings = {
  'cert-dir': ['certificates are read from one file', 'write registries: { HOST: { ca: FILE } }'],
};
const READ = ['images', 'images-by-tag-regex', 'images-by-semver', 'credentials', 'tls-verify'];

/** Reads a whole file. */
export function readSkopeo(file: ForeignPart, terms: SkopeoTerms, findings: Findings): void {
  findings.warn(file.place, [
    'all platforms of an image are mirrored; skopeo sync without --all copies one',
    'write platforms: [linux/amd64] into an entry for that',
  ]);
  for (const [registry, block] of file.entries()) readRegistry(registry, block, terms, findings);
}

function readRegistry(registry: string, block: ForeignPart, terms: SkopeoTerms, findings: Findings): void {
  findings.warnOfKeys(block, SKOPEO_KEYS, READ);
  const credentials = block.get('credentials');
  if (credentials !== null) findings.warnOfLogin(credentials.key, registry);
  const verify = block.get('tls-verify');
  if (verify?.text() === 'false') findings.warn(verify.key, uncheckedTls(registry));
  const read = (key: string, choose: (part: ForeignPart) => readonly TagChoice[]) => {
    for (const [repository, part] of block.get(key)?.entries() ?? []) {
      const route = routeOf(`${registry}/${repository}`, part, terms, findings);
      if (route !== null) wishFor(choose(part), route, findings);
    }
  };
  read('images', (part) => tagsOf(part, findings));
  // One text, says its code; a list of them, said its manual once.
  read('images-by-tag-regex', (part) =>
    part.items().flatMap((item) => matching(item, item.text() ?? '', findings)),
  );
  read('images-by-semver', (part) =>
    part.items().map((item) => inRange(item, item.text() ?? '', { missed: null }, findings)),
  );
}

function routeOf(written: string, part: ForeignPart, terms: SkopeoTerms, findings: Findings): Route | null {
  const source = parseName(written);
  if (!isMistake(source)) {
    const to = targetOf(source, terms);
    return { source, to, exclude: [], platforms: [], referrers: NO_REFERRERS, place: part.key };
  }
  findings.warnOfName(part.key, 'this repository', [written], source);
  return null;
}

/** The last part of the repository, or with `--scoped` registry and repository. */
function targetOf({ registry, repository }: Name, { mirror, isScoped }: SkopeoTerms): Name {
  const path = isScoped ? `${asComponent(registry)}/${repository}` : repository.split('/').at(-1);
  return {
    registry: mirror.registry,
    repository: mirror.prefix === '' ? `${path}` : `${mirror.prefix}/${path}`,
  };
}

/** Tags and digests; an empty list is every tag. */
function tagsOf(part: ForeignPart, findings: Findings): readonly TagChoice[] {
  const items = part.items().map((item) => ({ item, text: item.text() ?? '' }));
  if (items.length === 0) return everyTag(part, findings);
  const tags = items.filter(({ text }) => !isDigest(text)).map(({ text }) => text);
  const pins = items
    .filter(({ text }) => isDigest(text))
    .map(({ item, text }) => loneDigest(item, text, findings));
  return tags.length === 0 ? pins : [listed(tags), ...pins];
}

/** A digest without a tag: the mirror keeps what a tag leads to. */
export function loneDigest(part: ForeignPart, digest: string, findings: Findings): TagChoice {
  const message = 'a digest needs a tag on the mirror';
  findings.warn(part.place, [message, 'write name:TAG@DIGEST with a tag of your choice in place of TAG']);
  const pin = isDigest(digest) ? digest : null;
  if (pin === null) return listed([], message);
  return { chosen: { kind: 'pinned', tag: 'TAG', digest: pin }, doubt: message };
}
