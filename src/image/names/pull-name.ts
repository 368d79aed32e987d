// Where an upstream is read. A rule `docker.io=registry.internal:5000/hub` sends every look-up of a Docker Hub name to
// another registry; comparisons and outputs keep the canonical name, the one on the left.

import { isMistake, type Mistake, show } from '../../base/errors/mistake.ts';
import { isDockerHub, sameHost } from './hub.ts';
import {
  asComponent,
  CREDENTIALS,
  checkName,
  type Name,
  parseHost,
  parseName,
  slashMistake,
} from './reference.ts';

/**
 * One rule. `registry` is the upstream's host, or `*` for every registry without a rule of its own. `through` is what
 * is asked instead; null means the registry itself.
 */
export type ReadFromRule = { readonly registry: string; readonly through: Through | null };

/** `prefix` is the path before the repository, or empty; `named` puts the upstream's host between the two. */
type Through = { readonly registry: string; readonly prefix: string; readonly named: boolean };

const EVERY = '*';
const NAMED = '{registry}/{repository}';

/** Reads one line of `read-from`, `upstream=host[/prefix][/template]`. */
export function parseReadFrom(line: string): ReadFromRule | Mistake {
  const sign = line.indexOf('=');
  if (sign < 0) {
    return {
      mistake: `${show(line)} has no "="`,
      hint: 'write upstream=where, as in docker.io=registry.internal:5000/hub',
    };
  }
  return makeReadFrom(line.slice(0, sign).trim(), line.slice(sign + 1).trim());
}

/** Like parseReadFrom, from the two sides: the config writes them as key and value. */
export function makeReadFrom(left: string, right: string): ReadFromRule | Mistake {
  const registry = left === EVERY ? EVERY : parseHost(left);
  if (isMistake(registry)) return registry;
  if (right === '') return { registry, through: null };
  const through = parseThrough(right);
  return isMistake(through) ? through : { registry, through };
}

/** The rules of both lists; where both have one for a registry, the one of `first` takes precedence. */
export function mergeReadFrom(
  first: readonly ReadFromRule[],
  second: readonly ReadFromRule[],
): ReadFromRule[] {
  const taken = new Set(first.map((rule) => rule.registry));
  return [...first, ...second.filter((rule) => !taken.has(rule.registry))];
}

/**
 * The name to ask for a canonical name. A name on the very registry that the `*` rule reads through is asked there
 * as it is: reading a registry through itself finds nothing.
 */
export function pullName(name: Name, rules: readonly ReadFromRule[]): Name {
  const through = ruleFor(name, rules)?.through;
  if (through === undefined || through === null) return name;
  const repository = [through.prefix, through.named ? asComponent(name.registry) : '', name.repository];
  return { registry: through.registry, repository: repository.filter((part) => part !== '').join('/') };
}

/** The rule by which a canonical name is read; null where there is none. */
export function ruleFor({ registry }: Name, rules: readonly ReadFromRule[]): ReadFromRule | null {
  const own = rules.find((rule) => rule.registry === registry);
  const every = rules.find((rule) => rule.registry === EVERY && rule.through?.registry !== registry);
  return own ?? every ?? null;
}

/**
 * A name as it is contacted, to be compared with another: `host:443` is `host`, and Docker Hub is one registry whose
 * official images lie under `library/`.
 */
export function contacted({ registry, repository }: Name): Name {
  const isShort = isDockerHub(registry) && repository !== '' && !repository.includes('/');
  return { registry: sameHost(registry), repository: isShort ? `library/${repository}` : repository };
}

/**
 * The canonical name of a name that may be written with the right side of a rule. Of several rules that fit, the one
 * with the longest path decides. Without `{registry}` a `*` rule cannot be read backwards and is left out.
 */
export function canonicalName(name: Name, rules: readonly ReadFromRule[]): Name {
  const found = rules.flatMap((rule) => traceBack(name, rule)).sort((a, b) => b.depth - a.depth)[0];
  return found?.name ?? name;
}

type Traced = { readonly name: Name; readonly depth: number };

function traceBack(name: Name, { registry, through }: ReadFromRule): Traced[] {
  if (through === null || through.registry !== name.registry) return [];
  const hosts = registry === EVERY ? hostsIn(name, through) : [registry];
  return hosts.flatMap((host) => {
    const parts = [through.prefix, through.named ? asComponent(host) : ''].filter((part) => part !== '');
    const before = parts.map((part) => `${part}/`).join('');
    if (!name.repository.startsWith(before)) return [];
    const upstream = parseName(`${host}/${name.repository.slice(before.length)}`);
    return isMistake(upstream) ? [] : [{ name: upstream, depth: before.length }];
  });
}

/** The host that a name under a `*` rule carries in its path; `_` replaces the colon of a port. */
function hostsIn(name: Name, through: Through): string[] {
  const before = through.prefix === '' ? '' : `${through.prefix}/`;
  if (!through.named || !name.repository.startsWith(before)) return [];
  const component = name.repository.slice(before.length).split('/', 1)[0] ?? '';
  const host = parseHost(component.replace(/_(?=\d+$)/, ':'));
  return isMistake(host) ? [] : [host];
}

function parseThrough(text: string): Through | Mistake {
  if (text.includes('@')) return CREDENTIALS;
  const slashes = slashMistake(text);
  if (slashes !== null) return slashes;
  const path = text.endsWith(`/${NAMED}`) ? NAMED : '{repository}';
  const target = text.endsWith(`/${path}`) ? text.slice(0, -path.length - 1) : text;
  if (/[{}]/.test(target)) {
    const hint = `end it with {repository} or ${NAMED}, with nothing in braces before that`;
    return { mistake: `${show(text)} has an unknown template`, hint };
  }
  const [host = '', ...parts] = target.split('/');
  const registry = parseHost(host);
  if (isMistake(registry)) return registry;
  const prefix = parts.join('/');
  const sample = checkName({ registry, repository: [...parts, 'x'].join('/') });
  return isMistake(sample) ? sample : { registry, prefix, named: path === NAMED };
}
