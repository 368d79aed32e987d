// Names of images: from what a person writes (`ruby:3.4`) to registry, repository, tag and digest, and back.
// The grammar is that of the distribution project (distribution/reference, reference.go and normalize.go), read
// strictly: what a registry would refuse later is refused here, with a hint.

import { isMistake, type Mistake, show } from '../../base/errors/mistake.ts';
import { isTag } from '../tags/tag.ts';
import { type Digest, isDigest } from './digest.ts';
import { DOCKER_HUB, isDockerHub } from './hub.ts';

/** A repository on a registry. `registry` is host[:port] (`docker.io`, `registry.internal:5000`). */
export type Name = { readonly registry: string; readonly repository: string };

/** A name with the tag, the digest, both or none that were written after it. */
export type Reference = { readonly name: Name; readonly tag: string | null; readonly digest: Digest | null };

// Some clients reject longer names: OCI distribution-spec, "Pulling manifests", warns of 255 for host and name.
const MAX_NAME = 255;
const COMPONENT = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/;
const HOST =
  /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*|\[[a-f0-9:]+\])(?::(\d+))?$/;
const IMAGE_ID = /^[a-f0-9]{64}$/;

/** Said without the text: what is written before an @ may be a password. */
export const CREDENTIALS: Mistake = {
  mistake: 'the reference holds credentials',
  hint: 'log in before this step, and write only the name',
};

/**
 * Reads `[registry/]repository[:tag][@digest]`. Docker Hub's short forms are written out (`ruby` is
 * docker.io/library/ruby, index.docker.io and registry-1.docker.io are docker.io) and upper-case hosts are lower-cased. Never throws.
 */
export function parseReference(text: string): Reference | Mistake {
  const paste = pasteMistake(text);
  if (paste !== null) return paste;
  const at = text.indexOf('@');
  const digest = at < 0 ? null : text.slice(at + 1);
  const before = at < 0 ? text : text.slice(0, at);
  const colon = before.lastIndexOf(':');
  const hasTag = colon > before.lastIndexOf('/');
  const tag = hasTag ? before.slice(colon + 1) : null;
  const name = readName(hasTag ? before.slice(0, colon) : before);
  if (isMistake(name)) return name;
  if (tag !== null && !isTag(tag)) return tagMistake(tag);
  if (digest !== null && !isDigest(digest)) return digestMistake(digest);
  return { name, tag, digest };
}

/** Like parseReference, where neither a tag nor a digest belongs. */
export function parseName(text: string): Name | Mistake {
  const reference = parseReference(text);
  if (isMistake(reference)) return reference;
  if (reference.tag === null && reference.digest === null) return reference.name;
  const what = reference.digest === null ? 'tag' : 'digest';
  return { mistake: `${show(text)} has a ${what}`, hint: `write only ${familiarName(reference.name)}` };
}

/** Reads host[:port], lower-cased; every name of Docker Hub becomes docker.io. */
export function parseHost(text: string): string | Mistake {
  if (text.includes('@')) return CREDENTIALS;
  const host = text.toLowerCase();
  const match = HOST.exec(host);
  if (match === null) {
    return {
      mistake: `${show(text)} is not a valid registry host`,
      hint: 'write host or host:port, as in ghcr.io',
    };
  }
  const port = match[1];
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65535)) {
    return { mistake: `${show(text)} has port ${port.slice(0, 12)}`, hint: 'ports are from 1 to 65535' };
  }
  return isDockerHub(host) ? DOCKER_HUB : host;
}

/** `docker.io/library/ruby`: registry and repository written in full, the key by which names are compared. */
export function formatName(name: Name): string {
  return `${name.registry}/${name.repository}`;
}

/** What a reference without a tag means. Docker's rule. */
const LATEST = 'latest';

/** The tag that a reference asks for, written or not. */
export function tagOrLatest({ tag }: Pick<Reference, 'tag'>): string {
  return tag ?? LATEST;
}

/** `docker.io/library/ruby:3.4`: a tag in full. */
export function formatTag(name: Name, tag: string): string {
  return `${formatName(name)}:${tag}`;
}

/** `docker.io/library/ruby:3.4@sha256:…`, in full. */
export function formatReference({ name, tag, digest }: Reference): string {
  return formatName(name) + (tag === null ? '' : `:${tag}`) + (digest === null ? '' : `@${digest}`);
}

/** The short Docker form (`ruby`, `acme/app`); the full name where the short one would be read differently. */
export function familiarName(name: Name): string {
  if (name.registry !== DOCKER_HUB) return formatName(name);
  const short = name.repository.replace(/^library\/(?=[^/]+$)/, '');
  const reread = parseReference(short);
  const isSame = !isMistake(reread) && reread.tag === null && formatName(reread.name) === formatName(name);
  return isSame ? short : formatName(name);
}

/** `ruby:3.4`: a tag with the short Docker form of its name. */
export function familiarTag(name: Name, tag: string): string {
  return `${familiarName(name)}:${tag}`;
}

/** The short Docker form of a canonical name given as text; text that is not a name stays as it is. */
export function familiarText(text: string): string {
  const name = parseName(text);
  return isMistake(name) ? text : familiarName(name);
}

/** `ruby:3.4` for a row of a report, whose source is a canonical name given as text. */
export function familiarRow({ source, tag, of, mirror }: Row): string {
  return typeof mirror === 'string' && of !== undefined ? mirror : `${familiarText(source)}:${tag}`;
}

/** A tag with the canonical name of its source; `of` another tag where upstream has no such tag, only the `mirror`. */
type Row = {
  readonly source: string;
  readonly tag: string;
  readonly of?: string;
  readonly mirror?: string | null;
};

/** Gives back the name if registries accept its repository and its length, else the mistake. */
export function checkName(name: Name): Name | Mistake {
  const { repository } = name;
  for (const component of repository.split('/')) {
    if (!COMPONENT.test(component)) return componentMistake(repository, component);
  }
  if (formatName(name).length > MAX_NAME) {
    const mistake = `${show(formatName(name))} is ${formatName(name).length} characters long`;
    return { mistake, hint: `registry and repository have at most ${MAX_NAME} together` };
  }
  return name;
}

/** A slash at an end of a path, which people leave behind when they shorten it; null where there is none. */
export function slashMistake(text: string): Mistake | null {
  const bare = text.replace(/^\/+|\/+$/g, '');
  if (bare === text || bare === '') return null;
  const where = text.endsWith('/') ? 'ends' : 'begins';
  return { mistake: `${show(text)} ${where} with a slash`, hint: `write ${bare}` };
}

/** True when the part before the first slash is a registry: Docker's rule, a dot, a colon or `localhost`. */
export function looksLikeHost(part: string): boolean {
  return /[.:]/.test(part) || part.toLowerCase() === 'localhost';
}

/** A registry's host as one part of a repository: the colon of a port becomes `_`. */
export function asComponent(registry: string): string {
  return registry.replace(':', '_');
}

function readName(text: string): Name | Mistake {
  const slash = text.indexOf('/');
  const first = text.slice(0, Math.max(slash, 0));
  if (!looksLikeHost(first)) return checkName(onDockerHub(text));
  const registry = parseHost(first);
  if (isMistake(registry)) return registry;
  const repository = text.slice(slash + 1);
  return checkName(registry === DOCKER_HUB ? onDockerHub(repository) : { registry, repository });
}

function onDockerHub(repository: string): Name {
  return {
    registry: DOCKER_HUB,
    repository: repository.includes('/') ? repository : `library/${repository}`,
  };
}

/** What people paste by mistake: a link, credentials, a template; null for what may be a reference. */
function pasteMistake(text: string): Mistake | null {
  if (text === '') return { mistake: 'the reference is empty', hint: 'write one, as in ruby:3.4' };
  // With a tag or a digest after it, it is a name: ParseNormalizedNamed of distribution/reference.
  if (IMAGE_ID.test(text)) {
    return { mistake: `${show(text)} is an image ID`, hint: 'write a name, or name@sha256:…' };
  }
  if (/@.*\//s.test(text)) return CREDENTIALS;
  const scheme = /^[A-Za-z][A-Za-z0-9+.-]*:\/\//.exec(text)?.[0];
  if (scheme !== undefined) return { mistake: `${show(text)} has a scheme`, hint: `leave out ${scheme}` };
  if (/\s/.test(text)) return { mistake: `${show(text)} has a space`, hint: 'remove the space' };
  if (/[{}$]/.test(text)) {
    return { mistake: `${show(text)} has a placeholder`, hint: 'write the reference in full' };
  }
  return null;
}

function componentMistake(repository: string, component: string): Mistake {
  if (component === '') {
    return {
      mistake: `${show(repository)} has an empty part`,
      hint: 'put one slash between two parts, none at the ends',
    };
  }
  if (/[A-Z]/.test(component) && COMPONENT.test(component.toLowerCase())) {
    return { mistake: `${show(component)} has upper-case letters`, hint: `write ${component.toLowerCase()}` };
  }
  const hint = 'parts of a repository are a-z and 0-9, with ".", "_", "__" or "-" between them';
  return { mistake: `${show(component)} is not a valid part of a repository`, hint };
}

function tagMistake(tag: string): Mistake {
  if (tag.length > 128) {
    return {
      mistake: `the tag ${show(tag)} is ${tag.length} characters long`,
      hint: 'a tag has at most 128',
    };
  }
  const hint = 'a tag has letters, digits, "_", "." and "-", and does not begin with "." or "-"';
  return { mistake: `${show(tag)} is not a valid tag`, hint };
}

const DIGITS: ReadonlyMap<string, number> = new Map([
  ['sha256', 64],
  ['sha512', 128],
]);

function digestMistake(digest: string): Mistake {
  const [algorithm = '', encoded = ''] = digest.split(':', 2);
  const length = DIGITS.get(algorithm);
  if (length === undefined) {
    return {
      mistake: `${show(digest)} is not a valid digest`,
      hint: 'write sha256: and 64 hex digits after the @',
    };
  }
  if (encoded.length !== length) {
    const mistake = `the digest ${show(digest)} has ${encoded.length} digits`;
    return { mistake, hint: `${algorithm} has ${length} hex digits` };
  }
  return { mistake: `the digest ${show(digest)} is not lower-case hex`, hint: 'write 0-9 and a-f' };
}
