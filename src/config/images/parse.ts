// The images config from its bytes: YAML, then the schema, then what entries mean together. Every mistake that can be
// seen is collected, each with its place, and reported at once.

import type { z } from 'zod';
import { byPlace, type Diagnostic, type Place, type Words } from '../../base/errors/diagnostic.ts';
import { isMistake } from '../../base/errors/mistake.ts';
import { UserError } from '../../base/errors/user-error.ts';
import { DEFAULT_MIRROR_PATH, type Mirror, NO_MIRROR, parseMirror } from '../../image/names/mirror-name.ts';
import { makeReadFrom, mergeReadFrom, type ReadFromRule } from '../../image/names/pull-name.ts';
import { parseHost } from '../../image/names/reference.ts';
import { buildSourceOf } from '../builds/sources.ts';
import { mergePolicies, policiesIn } from '../policies/policy.ts';
import { sourceOf } from '../references/sources.ts';
import { otherToolWords } from '../texts/other-tools.ts';
import { Reading } from '../yaml/reading.ts';
import { type Path, readYaml, type Tree } from '../yaml/tree.ts';
import { noteIdleDefaults } from './agree.ts';
import {
  type Config,
  type Given,
  NOTHING_GIVEN,
  type PullRequestSettings,
  type RegistrySettings,
} from './config.ts';
import { type ItemContext, readItem } from './items.ts';
import { joinItems } from './join-entries.ts';
import { type ConfigText, configSchema } from './schema.ts';
import { meantKey, NO_IMAGES, noteIssues } from './suggestions.ts';

/** Nobody reads more than this, and a file with a million mistakes must not flood the log. */
const MAX_REPORTED = 100;

/** A config that can be used; the warnings are for the log and the annotations. */
export type ParsedConfig = { readonly config: Config; readonly warnings: readonly Diagnostic[] };

/**
 * Reads the bytes of an images config. `file` is its path in the workspace, for the places; what the inputs say
 * (`given`) takes precedence over the file. Throws UserError('config') with every mistake as a diagnostic.
 */
export function parseConfig(bytes: Uint8Array, file: string, given: Given = NOTHING_GIVEN): ParsedConfig {
  const yaml = readYaml(bytes, file);
  if (yaml.kind === 'unreadable') throw configError(file, yaml.diagnostics);
  const other = otherToolWords(yaml.tree.value, file);
  if (other !== null) throw configError(file, [{ severity: 'error', place: placeOfRoot(file), ...other }]);
  const reading = new Reading(yaml.tree, yaml.mistakes);
  const checked = configSchema.safeParse(yaml.tree.value);
  const issues = checked.success ? [] : checked.error.issues;
  noteIssues(issues, reading);
  const accepted = acceptedParts(yaml.tree, issues);
  const config = accepted === null ? null : build(accepted, file, given, reading);
  const { diagnostics } = reading;
  if (config === null || diagnostics.some(isError)) throw configError(file, diagnostics);
  return { config, warnings: diagnostics.toSorted(byPlace) };
}

function placeOfRoot(file: string): Place {
  return { file, line: 1, column: 1 };
}

function isError({ severity }: Diagnostic): boolean {
  return severity === 'error';
}

function configError(file: string, diagnostics: readonly Diagnostic[]): UserError {
  const count = diagnostics.filter(isError).length;
  const message = `${file} has ${count === 1 ? 'a mistake' : `${count} mistakes`}`;
  const reported = diagnostics.toSorted(byPlace).slice(0, MAX_REPORTED);
  const hint = count > reported.length ? `only the first ${MAX_REPORTED} are shown` : '';
  return new UserError('config', message, { hint, diagnostics: reported });
}

/** What the schema accepted: `positions` are those of the entries in the file, `broken` the keys left out. */
type Accepted = {
  readonly text: ConfigText;
  readonly positions: readonly number[];
  readonly broken: ReadonlySet<PropertyKey>;
};

/** The parts without mistakes are read further, so that one run finds all that is wrong; null if there are none. */
function acceptedParts(tree: Tree, issues: readonly z.core.$ZodIssue[]): Accepted | null {
  const broken = new Set<PropertyKey>();
  const brokenEntries = new Set<PropertyKey>();
  for (const issue of issues) {
    const [key, at] = issue.path;
    if (key === 'images' && at !== undefined) brokenEntries.add(at);
    else if (key !== undefined) broken.add(key);
    else if (issue.code !== 'unrecognized_keys') return null;
    else for (const unknown of issue.keys) broken.add(unknown).add(meantKey(unknown, 'config') ?? unknown);
  }
  const { images, ...settings } = tree.value as Readonly<Record<string, unknown>>;
  const written = Array.isArray(images) ? images : [];
  const positions = [...written.keys()].filter((at) => !brokenEntries.has(at));
  const usable = Object.entries(settings).filter(([key]) => !broken.has(key));
  const text = configSchema.omit({ images: true }).safeParse(Object.fromEntries(usable));
  const entries = configSchema.shape.images.safeParse(positions.map((at) => written[at]));
  if (!text.success) return null;
  return { text: { ...text.data, images: entries.success ? entries.data : [] }, positions, broken };
}

function build(accepted: Accepted, file: string, given: Given, reading: Reading): Config {
  const { text, positions } = accepted;
  const mirror = readMirror(accepted, given, reading);
  const readFrom = mergeReadFrom(given.readFrom, readRules(text['read-from'] ?? {}, reading));
  const registries = readRegistries(text.registries ?? {}, reading);
  const defaults = policiesIn(text.defaults ?? {});
  const context: ItemContext = {
    reading,
    readFrom,
    policiesFor: (own) => mergePolicies(own, given.policies, defaults),
  };
  noteIdleDefaults(text, given.policies, reading);
  const items = (text.images ?? [])
    .map((entry, at) => readItem(entry, ['images', positions[at] ?? at], context))
    .filter((item) => item !== null);
  const { entries, ownMirrors } = joinItems(items, { mirror, readFrom, writes: given.writes }, reading);
  noteNothingToDo(accepted, reading);
  const pullRequest = readPullRequest(text['pull-request']);
  const elsewhere = readReferences(text, reading);
  const sources = { entries, ownMirrors, defaults: context.policiesFor({}) };
  return { file, mirror, registries, readFrom, ...sources, pullRequest, ...elsewhere };
}

/** Keys for which a config may be there without images. */
const WITHOUT_IMAGES = ['references', 'builds'];

function readMirror({ text, broken }: Accepted, given: Given, reading: Reading): Mirror {
  const path = text['mirror-path'] ?? DEFAULT_MIRROR_PATH;
  if (broken.has('mirror-path') || (broken.has('mirror') && given.mirror === null)) return NO_MIRROR;
  const prefix = given.mirror ?? (text.mirror === undefined ? null : parseMirror(text.mirror));
  if (prefix !== null && !isMistake(prefix)) return { ...prefix, path };
  // References alone are linted without a mirror, and builds alone are judged without one.
  if (!isWritten('images', reading) && WITHOUT_IMAGES.some((key) => isWritten(key, reading)))
    return NO_MIRROR;
  const message = 'neither this file nor the input mirror says where copies go';
  const hint = 'write mirror: with registry and prefix, as in ghcr.io/acme/mirror';
  reading.error([], { rule: 'missing-mirror', message, hint });
  return NO_MIRROR;
}

function readRules(map: NonNullable<ConfigText['read-from']>, reading: Reading): ReadFromRule[] {
  const rules = new Map<string, ReadFromRule>();
  for (const [left, right] of Object.entries(map)) {
    const rule = makeReadFrom(left, right ?? '');
    if (isMistake(rule)) continue;
    if (rules.has(rule.registry)) reading.errorAtKey(['read-from', left], duplicateHost(rule.registry));
    rules.set(rule.registry, rule);
  }
  return [...rules.values()];
}

function readRegistries(map: NonNullable<ConfigText['registries']>, reading: Reading) {
  const registries = new Map<string, RegistrySettings>();
  for (const [written, settings] of Object.entries(map)) {
    const host = parseHost(written);
    if (isMistake(host)) continue;
    if (registries.has(host)) reading.errorAtKey(['registries', written], duplicateHost(host));
    registries.set(host, {
      http: settings.http ?? false,
      ca: settings.ca === undefined ? null : placedPath(settings.ca, ['registries', written, 'ca'], reading),
      requestsPerSecond: settings['requests-per-second'] ?? null,
      concurrency: settings.concurrency ?? null,
    });
  }
  return registries;
}

function placedPath(path: string, at: Path, reading: Reading): NonNullable<RegistrySettings['ca']> {
  return { path, place: reading.placeOf(at) };
}

/** Two spellings of one host (`docker.io`, `index.docker.io`) are two keys for YAML. */
function duplicateHost(host: string): Words {
  const message = `this is another spelling of ${host}, which is already set above`;
  return { rule: 'duplicate-host', message, hint: 'merge the two into one' };
}

function isWritten(key: string, { tree }: Reading): boolean {
  return key in (tree.value as Readonly<Record<string, unknown>>);
}

/** A config may be there for its references or builds alone. A misspelt key is reported as such. */
function noteNothingToDo({ broken }: Accepted, reading: Reading): void {
  if (['images', ...WITHOUT_IMAGES].some((key) => isWritten(key, reading) || broken.has(key))) return;
  reading.error([], NO_IMAGES);
}

function readReferences({ references, builds, approved, lint }: ConfigText, reading: Reading) {
  return {
    builds: (builds ?? [])
      .map((written, at) => buildSourceOf(written, reading.placeOf(['builds', at])))
      .filter((source) => source !== null),
    references: (references ?? []).map((source, at) => sourceOf(source, reading.placeOf(['references', at]))),
    approved: (approved ?? []).map((written, at) => ({ written, ...reading.placeOf(['approved', at]) })),
    lintLevels: lint?.rules ?? {},
  };
}

function readPullRequest(text: ConfigText['pull-request']): PullRequestSettings {
  return {
    base: text?.base ?? null,
    titlePrefix: text?.['title-prefix'] ?? '',
    labels: text?.labels ?? [],
    reviewers: text?.reviewers ?? [],
  };
}
