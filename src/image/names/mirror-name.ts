// Where copies go: the mirror's registry and prefix, and the path that an upstream's repository gets below it.

import { isMistake, type Mistake, show } from '../../base/errors/mistake.ts';
import {
  asComponent,
  checkName,
  formatName,
  looksLikeHost,
  type Name,
  parseHost,
  parseName,
  slashMistake,
} from './reference.ts';

/** `registry` is a host; `prefix` a repository path without slashes at its ends, or empty. */
export type MirrorPrefix = { readonly registry: string; readonly prefix: string };

/** A complete mirror: `path` is the template for the path below the prefix. */
export type Mirror = MirrorPrefix & { readonly path: string };

/**
 * Stands for a mirror where a config has none, or one with a mistake of its own: no two sources meet on it, so it adds
 * none. Nothing lies under it.
 */
export const NO_MIRROR: Mirror = { registry: 'mirror.invalid', prefix: '', path: '{registry}/{repository}' };

/** The `mirror-path` where none is set. */
export const DEFAULT_MIRROR_PATH = '{repository}';

const PLACEHOLDER = /\{([^{}]*)\}/g;

/**
 * Reads `registry[/prefix]` (`ghcr.io/acme/mirror`, `localhost:5000`). The registry is never guessed, because copies are
 * published there.
 */
export function parseMirror(text: string): MirrorPrefix | Mistake {
  if (/[@\s]/.test(text))
    return { mistake: 'the mirror is not a registry with a prefix', hint: 'write ghcr.io/acme/mirror' };
  const scheme = /^[A-Za-z]+:\/\//.exec(text)?.[0];
  if (scheme !== undefined) return { mistake: `${show(text)} has a scheme`, hint: `leave out ${scheme}` };
  const slashes = slashMistake(text);
  if (slashes !== null) return slashes;
  const [host = '', ...parts] = text.split('/');
  if (!looksLikeHost(host)) {
    return {
      mistake: `the mirror ${show(text)} does not name a registry`,
      hint: 'write it in full, as in ghcr.io/acme/mirror',
    };
  }
  const registry = parseHost(host);
  if (isMistake(registry)) return registry;
  const sample = checkName({ registry, repository: [...parts, 'x'].join('/') });
  return isMistake(sample) ? sample : { registry, prefix: parts.join('/') };
}

/** Reads a `mirror-path`: `{repository}`, `{registry}`, `{name}` (the last part of the repository) and literal text. */
export function parseMirrorPath(text: string): string | Mistake {
  const unknown = [...text.matchAll(PLACEHOLDER)].find((match) => expand(match[0], SAMPLE) === match[0]);
  if (unknown !== undefined) {
    return {
      mistake: `the mirror path has ${show(unknown[0])}`,
      hint: 'known placeholders are {repository}, {registry} and {name}',
    };
  }
  if (!/\{(?:repository|name)\}/.test(text)) {
    const mistake = `the mirror path ${show(text)} sends every upstream to one repository`;
    return { mistake, hint: 'put {repository} or {name} into it' };
  }
  const sample = checkName({ registry: SAMPLE.registry, repository: expand(text, SAMPLE) });
  if (!isMistake(sample)) return text;
  return {
    mistake: `the mirror path ${show(text)} does not make a valid repository: ${sample.mistake}`,
    hint: sample.hint,
  };
}

/** What is wrong with a repository below the mirror's prefix that is written out, as `to:` does; null for a good one. */
export function mirrorRepositoryMistake(text: string): Mistake | null {
  if (/[{}]/.test(text)) {
    const hint = 'write the repository itself, as in base/ruby; placeholders belong in mirror-path';
    return { mistake: `${show(text)} has a placeholder`, hint };
  }
  if (/[:@]/.test(text)) {
    const hint = 'write only the repository below the prefix of mirror, as in base/ruby';
    return { mistake: `${show(text)} is more than a repository`, hint };
  }
  const slashes = slashMistake(text);
  if (slashes !== null) return slashes;
  const sample = checkName({ registry: SAMPLE.registry, repository: text });
  return isMistake(sample) ? sample : null;
}

/**
 * The mirror's repository for an upstream's canonical name: `to` where it is written out (else null), or what the path
 * makes. A mistake when there is none: too long, or the upstream's registry is an IPv6 address, which no part of a
 * repository can hold.
 */
export function mirrorName(source: Name, mirror: Mirror, to: string | null = null): Name | Mistake {
  const path = to ?? expand(mirror.path, source);
  const repository = mirror.prefix === '' ? path : `${mirror.prefix}/${path}`;
  const name = checkName({ registry: mirror.registry, repository });
  if (!isMistake(name)) return name;
  const mistake = `${formatName(source)} has no valid name on the mirror: ${name.mistake}`;
  return { mistake, hint: name.hint };
}

/** True when a name lies under the mirror's prefix; a mirror that is a whole registry holds all of it. */
export function isUnder(name: Name, { registry, prefix }: MirrorPrefix): boolean {
  return name.registry === registry && `${name.repository}/`.startsWith(prefix === '' ? '' : `${prefix}/`);
}

/** A name on the mirror that leads back to nothing; `known` is the name that was meant, where that is certain. */
type Untraced = Mistake & { readonly known: Name | null };

/**
 * The upstream that a name under the mirror's prefix stands for, read backwards out of a path that begins with
 * `{registry}`. It counts only when this upstream's name on the mirror is the very same.
 */
export function tracedName(name: Name, mirror: Mirror): Name | Untraced {
  const mistake = `${formatName(name)} cannot be traced back to an upstream`;
  const hint = 'add the upstream to images, or use a mirror-path that begins with {registry}';
  const untraced = { mistake, hint, known: null };
  if (!mirror.path.startsWith('{registry}')) return untraced;
  const rest = mirror.prefix === '' ? name.repository : name.repository.slice(mirror.prefix.length + 1);
  const groups = readBackwards(mirror.path).exec(rest)?.groups;
  const host = groups?.registry?.replace(/_(?=\d+$)/, ':') ?? '';
  if (!looksLikeHost(host)) return untraced;
  const source = parseName(`${host}/${groups?.repository ?? ''}`);
  const known = isMistake(source) ? source : mirrorName(source, mirror);
  if (isMistake(source) || isMistake(known)) return untraced;
  return formatName(known) === formatName(name) ? source : { ...untraced, known };
}

/** A pattern with a group for each placeholder; the last part of a repository alone does not say what came before it. */
function readBackwards(path: string): RegExp {
  const seen = new Set<string>();
  const source = path.split(PLACEHOLDER).map((part, at) => {
    if (at % 2 === 0) return RegExp.escape(part);
    if (seen.has(part)) return `\\k<${part}>`;
    seen.add(part);
    return `(?<${part}>${part === 'repository' ? '.+' : '[^/]+'})`;
  });
  return new RegExp(`^${source.join('')}$`);
}

const SAMPLE: Name = { registry: 'docker.io', repository: 'library/ruby' };

function expand(path: string, { registry, repository }: Name): string {
  return path.replace(PLACEHOLDER, (written) => {
    switch (written) {
      case '{repository}':
        return repository;
      case '{registry}':
        return asComponent(registry);
      case '{name}':
        return repository.slice(repository.lastIndexOf('/') + 1);
      default:
        return written;
    }
  });
}

/** `ghcr.io/acme/mirror`, the way people write it; empty where there is none. */
export function formatMirror(mirror: MirrorPrefix): string {
  const { registry, prefix } = mirror;
  if (mirror === NO_MIRROR) return '';
  return prefix === '' ? registry : `${registry}/${prefix}`;
}
