// The images config from its bytes: YAML, then the schema, then what entries mean together. Every mistake that can be
// seen is collected, each with its place, and told at once.

import type { z } from 'zod';
import { byPlace, type Diagnostic, type Place } from '../../base/errors/diagnostic.ts';
import { isMistake } from '../../base/errors/mistake.ts';
import { UserError } from '../../base/errors/user-error.ts';
import { type Platform, parsePlatform } from '../../image/manifest/platform.ts';
import { DEFAULT_MIRROR_PATH, type Mirror, parseMirror } from '../../image/names/mirror-name.ts';
import {
  canonicalName,
  makeReadFrom,
  mergeReadFrom,
  type ReadFromRule,
} from '../../image/names/pull-name.ts';
import { parseHost, parseReference, type Reference } from '../../image/names/reference.ts';
import { isGlob } from '../../image/tags/glob.ts';
import { type Path, readYaml, spotAt, type Tree } from '../yaml/tree.ts';
import {
  type Config,
  type Given,
  NOTHING_GIVEN,
  type PullRequestSettings,
  type RegistrySettings,
  type Selector,
} from './config.ts';
import { splitList } from './fields.ts';
import { type Item, joinItems } from './join.ts';
import { mergePolicies, type Policies, parseNewTags } from './policy.ts';
import { type ConfigText, configSchema, type EntryText, followOf, patchesOf } from './schema.ts';
import { diagnosticsOf } from './words.ts';

/** More than this nobody reads, and a file of a million mistakes must not flood the log. */
const MAX_TOLD = 100;

/** A config that can be used; the warnings are for the log and the annotations. */
export type ParsedConfig = { readonly config: Config; readonly warnings: readonly Diagnostic[] };

/**
 * Reads the bytes of an images config. `file` is its path in the workspace, for the places; `given` is what the
 * inputs say, which goes before what the file says. Throws UserError('config') with every mistake as a diagnostic.
 */
export function parseConfig(bytes: Uint8Array, file: string, given: Given = NOTHING_GIVEN): ParsedConfig {
  const tree = readYaml(bytes, file);
  if (!('spots' in tree)) throw wrong(file, tree);
  const checked = configSchema.safeParse(tree.value);
  const issues = checked.success ? [] : checked.error.issues;
  const diagnostics = diagnosticsOf(issues, tree);
  const sound = soundParts(tree, issues);
  const config = sound === null ? null : build(sound, tree, file, given, diagnostics);
  if (config === null || diagnostics.some((one) => one.severity === 'error')) throw wrong(file, diagnostics);
  return { config, warnings: diagnostics.toSorted(byPlace) };
}

function wrong(file: string, diagnostics: readonly Diagnostic[]): UserError {
  const count = diagnostics.filter((one) => one.severity === 'error').length;
  const message = `${file} has ${count === 1 ? 'a mistake' : `${count} mistakes`}`;
  const told = diagnostics.toSorted(byPlace).slice(0, MAX_TOLD);
  const hint = count > told.length ? `the first ${MAX_TOLD} are told` : '';
  return new UserError('config', message, { hint, diagnostics: told });
}

/** What the schema accepted: `positions` are those of the entries in the file, `broken` the keys left out. */
type Sound = {
  readonly text: ConfigText;
  readonly positions: readonly number[];
  readonly broken: ReadonlySet<PropertyKey>;
};

/** The parts without mistakes are looked at further, so that one run tells all that is wrong. */
function soundParts(tree: Tree, issues: readonly z.core.$ZodIssue[]): Sound | null {
  const broken = new Set<PropertyKey>();
  const brokenEntries = new Set<PropertyKey>();
  for (const issue of issues) {
    const [key, at] = issue.path;
    if (key === 'images' && at !== undefined) brokenEntries.add(at);
    else if (key !== undefined) broken.add(key);
    else if (issue.code !== 'unrecognized_keys') return null;
    else for (const unknown of issue.keys) broken.add(unknown);
  }
  const { images, ...settings } = tree.value as Readonly<Record<string, unknown>>;
  const written = Array.isArray(images) ? images : [];
  const positions = [...written.keys()].filter((at) => !brokenEntries.has(at));
  const kept = Object.entries(settings).filter(([key]) => !broken.has(key));
  const text = configSchema.omit({ images: true }).safeParse(Object.fromEntries(kept));
  const entries = configSchema.shape.images.safeParse(positions.map((at) => written[at]));
  if (!text.success) return null;
  return { text: { ...text.data, images: entries.success ? entries.data : [] }, positions, broken };
}

function build(sound: Sound, tree: Tree, file: string, given: Given, diagnostics: Diagnostic[]): Config {
  const { text } = sound;
  const mirror = readMirror(sound, tree, given, diagnostics);
  const readFrom = mergeReadFrom(given.readFrom, readRules(text['read-from'] ?? {}, tree, diagnostics));
  const registries = readRegistries(text.registries ?? {}, tree, diagnostics);
  const items = text.images.flatMap((entry, at) => {
    return readItem(entry, ['images', sound.positions[at] ?? at], tree, readFrom, (own) => {
      return mergePolicies(own, given.policies, policiesIn(text.defaults ?? {}));
    });
  });
  const entries = joinItems(items, mirror, readFrom, diagnostics);
  return { file, mirror, registries, readFrom, entries, pullRequest: readPullRequest(text['pull-request']) };
}

// Stands in for a mirror that has a mistake of its own: no two sources meet on it, so it adds none.
const NO_MIRROR: Mirror = { registry: 'mirror.invalid', prefix: '', path: '{registry}/{repository}' };

function readMirror({ text, broken }: Sound, tree: Tree, given: Given, diagnostics: Diagnostic[]): Mirror {
  const path = text['mirror-path'] ?? DEFAULT_MIRROR_PATH;
  if (broken.has('mirror-path') || (broken.has('mirror') && given.mirror === null)) return NO_MIRROR;
  const prefix = given.mirror ?? (text.mirror === undefined ? null : parseMirror(text.mirror));
  if (prefix !== null && !isMistake(prefix)) return { ...prefix, path };
  const message = 'neither this file nor the input mirror says where copies go';
  const hint = 'write mirror: with registry and prefix, as in ghcr.io/acme/mirror';
  diagnostics.push({ severity: 'error', place: spotAt(tree, []).place, message, hint });
  return NO_MIRROR;
}

function readRules(
  map: NonNullable<ConfigText['read-from']>,
  tree: Tree,
  diagnostics: Diagnostic[],
): ReadFromRule[] {
  const rules = new Map<string, ReadFromRule>();
  for (const [left, right] of Object.entries(map)) {
    const rule = makeReadFrom(left, right ?? '');
    if (isMistake(rule)) continue;
    if (rules.has(rule.registry)) diagnostics.push(twice(tree, ['read-from', left], rule.registry));
    rules.set(rule.registry, rule);
  }
  return [...rules.values()];
}

function readRegistries(map: NonNullable<ConfigText['registries']>, tree: Tree, diagnostics: Diagnostic[]) {
  const registries = new Map<string, RegistrySettings>();
  for (const [written, settings] of Object.entries(map)) {
    const host = parseHost(written);
    if (isMistake(host)) continue;
    if (registries.has(host)) diagnostics.push(twice(tree, ['registries', written], host));
    registries.set(host, {
      http: settings.http ?? false,
      ca: settings.ca ?? null,
      requestsPerSecond: settings['requests-per-second'] ?? null,
      concurrency: settings.concurrency ?? null,
    });
  }
  return registries;
}

/** Two spellings of one host (`docker.io`, `index.docker.io`) are two keys for YAML. */
function twice(tree: Tree, path: Path, host: string): Diagnostic {
  const message = `here is another spelling of ${host}, which stands above`;
  return { severity: 'error', place: spotAt(tree, path).key, message, hint: 'put both into one' };
}

function readItem(
  entry: string | EntryText,
  path: Path,
  tree: Tree,
  readFrom: readonly ReadFromRule[],
  policiesFor: (own: Partial<Policies>) => Policies,
): Item[] {
  const isText = typeof entry === 'string';
  const { place } = spotAt(tree, isText ? path : [...path, 'source']);
  const reference = parseReference(isText ? entry : entry.source);
  if (isMistake(reference)) return [];
  const source = canonicalName(reference.name, readFrom);
  if (isText) {
    return [
      {
        source,
        selectors: selectorOf(reference, place),
        exclude: [],
        follow: [],
        ignore: [],
        policies: policiesFor({}),
        place,
      },
    ];
  }
  const selectors = spread(entry.tags ?? [], [...path, 'tags'], tree).map(([one, at]) =>
    selectorFor(one, at),
  );
  const exclude = spread(entry.exclude ?? [], [...path, 'exclude'], tree).map(([pattern]) => pattern);
  const ignore = spread(entry.ignore ?? [], [...path, 'ignore'], tree).map(([pattern]) => pattern);
  const policies = policiesFor(policiesIn(entry));
  const follow = (entry.follow ?? []).map((rule, at) => ({
    ...followOf(rule, policies.prereleases),
    policies,
    place: spotAt(tree, [...path, 'follow', at, 'tags']).place,
  }));
  return [{ source, selectors, exclude, follow, ignore, policies, place }];
}

function selectorOf({ tag, digest }: Reference, place: Place): Selector[] {
  if (tag === null) return [];
  return [digest === null ? { kind: 'literal', tag, place } : { kind: 'pinned', tag, digest, place }];
}

function selectorFor(one: string, place: Place): Selector {
  return isGlob(one) ? { kind: 'glob', pattern: one, place } : { kind: 'literal', tag: one, place };
}

/** The tags and patterns of a list or of a comma list, each with the place of the text it stands in. */
function spread(list: string | readonly string[], path: Path, tree: Tree): (readonly [string, Place])[] {
  if (typeof list === 'string') return splitList(list).map((one) => [one, spotAt(tree, path).place]);
  return list.flatMap((text, at) => spread(text, [...path, at], tree));
}

/** What one layer says; a key that it does not have is left out, so that the next layer is asked. */
function policiesIn(text: NonNullable<ConfigText['defaults']>): Partial<Policies> {
  const newTags = text['new-tags'] === undefined ? null : parseNewTags(text['new-tags']);
  const said = {
    onFailure: text['on-failure'],
    verify: text.verify,
    newTags: newTags ?? undefined,
    granularity: text.granularity,
    patches: text.patches === undefined ? undefined : patchesOf(text.patches),
    prereleases: text.prereleases,
    recheck: text.recheck,
    lostPlatforms: text['lost-platforms'],
    expectedPlatforms: platformsIn(text['expected-platforms']),
    platforms: platformsIn(text.platforms),
    platformTags: text['platform-tags'],
  };
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
}

function readPullRequest(text: ConfigText['pull-request']): PullRequestSettings {
  return { base: text?.base ?? null, labels: text?.labels ?? [], reviewers: text?.reviewers ?? [] };
}

function platformsIn(texts: readonly string[] | undefined): readonly Platform[] | undefined {
  return texts?.flatMap((one) => {
    const platform = parsePlatform(one);
    return isMistake(platform) ? [] : [platform];
  });
}
