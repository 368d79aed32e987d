// regsync.yml of regclient: creds, defaults and a list of sync steps. Their meaning: github.com/regclient/regclient,
// docs/regsync.md and cmd/regsync, where both differ the code.

import { isMistake, show } from '../../base/errors/mistake.ts';
import { parseReference, type Reference } from '../../image/names/reference.ts';
import { compileGlob, isGlob } from '../../image/tags/glob.ts';
import type { HostTerms } from '../draft/wish.ts';
import {
  everyTag,
  inRange,
  listed,
  matching,
  platformsOf,
  type Route,
  type TagChoice,
  wishFor,
} from './choose.ts';
import { type Findings, type Meaning, type Meanings, uncheckedTls } from './findings.ts';
import type { ForeignPart } from './part.ts';

const REFERRERS: Meaning = [
  'what is attached to an image (signatures, SBOMs, attestations) is not imported',
  'see docs/migrating.md',
];
const SCHEDULE: Meaning = [
  'the workflow decides when a run begins',
  'write on: { schedule: [{ cron: "17 3 * * *" }] } into the workflow',
];

// What may stand in a step, and for all steps under defaults.
const OPTIONS: Meanings = {
  backup: [
    'a tag that moves leaves no backup tag behind',
    'write on-failure: rollback to have tags put back after a failure',
  ],
  interval: SCHEDULE,
  schedule: SCHEDULE,
  ratelimit: [
    'pull limits are read from the answers of the registry, and what they do not let through is left to the next run',
    'nothing needs to be written',
  ],
  parallel: [
    'how much happens at once is decided for each host',
    'write registries: { HOST: { concurrency: 8 } }',
  ],
  digestTags: REFERRERS,
  referrers: REFERRERS,
  referrerFilters: null,
  referrerSource: null,
  referrerTarget: null,
  referrerSlow: null,
  fastCheck: null,
  fastCopy: null,
  forceRecursive: [
    'a tag with the right digest is fresh',
    'write verify: deep to have its content checked too',
  ],
  includeExternal: ['layers that are kept elsewhere are not copied', 'nothing can be written for them'],
  mediaTypes: ['images of every media type are copied', 'nothing needs to be written'],
  hooks: ['hooks are not read; regsync never ran them', 'write steps into the workflow'],
  blobLimit: null,
  cacheCount: null,
  cacheTime: null,
  skipDockerConfig: ['logins of the docker config are used', 'log in before this step'],
  userAgent: null,
};

const CREDS: Meanings = {
  hostname: ['a registry is asked at its own name', 'write read-from: { REGISTRY: HOST } for another'],
  mirrors: [
    'a registry is asked at one place',
    'write read-from: { REGISTRY: HOST/PATH } to read it elsewhere',
  ],
  pathPrefix: ['a registry has no path of its own', 'write read-from: { REGISTRY: HOST/PATH }'],
  regcert: [
    'certificates are read from a file of the repository',
    'write registries: { HOST: { ca: FILE } }',
  ],
  clientCert: ['certificates of clients are not used', 'log in with a user or a token'],
  clientKey: null,
  scheme: null,
  priority: null,
  repoAuth: null,
  blobChunk: null,
  blobMax: null,
  apiOpts: null,
  api: null,
  credExpire: null,
};

/** Every key that is not read as it is, with what it means here. */
export const REGSYNC_KEYS: Meanings = { ...OPTIONS, ...CREDS };

const LOGIN_KEYS = ['user', 'pass', 'token', 'credHelper', 'credHost'];
const CREDS_READ = ['registry', 'tls', 'reqPerSec', 'reqConcurrent', ...LOGIN_KEYS];

/** Reads a whole file. */
export function readRegsync(file: ForeignPart, findings: Findings): void {
  findings.warnOfKeys(file, { version: null }, ['creds', 'defaults', 'sync']);
  for (const creds of file.get('creds')?.items() ?? []) readCreds(creds, findings);
  const defaults = file.get('defaults');
  if (defaults !== null) findings.warnOfKeys(defaults, OPTIONS, []);
  for (const step of file.get('sync')?.items() ?? []) readStep(step, findings);
}

function readCreds(creds: ForeignPart, findings: Findings): void {
  const registry = creds.get('registry')?.text() ?? '';
  findings.warnOfKeys(creds, CREDS, CREDS_READ);
  const login = creds.entries().find(([key]) => LOGIN_KEYS.includes(key));
  if (login !== undefined) findings.warnOfLogin(login[1].key, registry);
  const tls = creds.get('tls');
  if (tls?.text() === 'insecure') findings.warn(tls.key, uncheckedTls(registry));
  const isHttp = tls?.text() === 'disabled' || creds.get('scheme')?.text() === 'http';
  const pace = Number(creds.get('reqPerSec')?.text() ?? 0);
  const concurrency = Number(creds.get('reqConcurrent')?.text() ?? 0);
  const settings: HostTerms = {
    ...(isHttp ? { http: true } : {}),
    ...(pace > 0 && pace <= 1000 ? { 'requests-per-second': pace } : {}),
    ...(Number.isInteger(concurrency) && concurrency > 0 && concurrency <= 64 ? { concurrency } : {}),
  };
  if (Object.keys(settings).length > 0) findings.setHost(registry, settings);
}

const STEP_READ = ['source', 'target', 'type', 'tags', 'tagSets', 'repos', 'platform', 'platforms'];

function readStep(step: ForeignPart, findings: Findings): void {
  findings.warnOfKeys(step, OPTIONS, STEP_READ);
  const type = step.get('type')?.text() ?? '';
  if (type === 'registry') {
    findings.warn(step.place, [
      'a whole registry (type: registry) is not imported',
      'write one entry for each repository; crane catalog lists them',
    ]);
    return;
  }
  const source = referenceOf(step, 'source', findings);
  const target = referenceOf(step, 'target', findings);
  if (source === null || target === null) return;
  if (type !== 'image' && type !== 'repository') {
    findings.warn(step.place, ['a step without type: image or repository is not imported', 'add its type']);
    return;
  }
  const platforms = platformsFor(step, findings);
  const route = { source: source.name, to: target.name, exclude: [], platforms, place: step.place };
  if (type === 'image') wishFor([imageChoice(step, source, target, findings)], route, findings);
  else for (const set of setsOf(step)) readSet(set, route, findings);
}

/** The one template that needs no values from elsewhere is filled in. */
function referenceOf(step: ForeignPart, key: 'source' | 'target', findings: Findings): Reference | null {
  const part = step.get(key);
  const source = step.get('source')?.text() ?? '';
  const text = (part?.text() ?? '').replace(/\{\{-?\s*\.Sync\.Source\s*-?\}\}/g, () => source);
  const place = part?.place ?? step.place;
  if (/\{\{/.test(text)) {
    findings.warn(place, [
      'templates are not filled in: this step is not imported',
      'write the name in full',
    ]);
    return null;
  }
  const reference = parseReference(text);
  if (!isMistake(reference)) return reference;
  findings.warn(place, [`this step is not imported: ${reference.mistake}`, reference.hint]);
  return null;
}

function platformsFor(step: ForeignPart, findings: Findings): readonly string[] {
  const [single, several] = [step.get('platform'), step.get('platforms')];
  const part = single ?? several;
  const platforms = platformsOf(part, findings);
  if (part === null || platforms.length === 0) return [];
  findings.warn(
    part.key,
    single === null
      ? [
          'platforms makes a new index of these images; regsync keeps the old index with images missing',
          'the digest differs from upstream: remove platforms to mirror all',
        ]
      : [
          'platform mirrors an index with this one image; regsync makes a plain manifest of it',
          'remove platforms to mirror all',
        ],
  );
  return platforms;
}

function imageChoice(step: ForeignPart, source: Reference, target: Reference, findings: Findings): TagChoice {
  const tag = target.tag ?? (target.digest === null ? 'latest' : null);
  const from = source.tag ?? 'latest';
  if (tag === null) {
    const message = 'a target that is a digest has no tag on the mirror';
    findings.warn(step.place, [message, 'write a tag in front of its digest']);
    return listed([from], message);
  }
  if (source.digest !== null) return { chosen: { kind: 'pinned', tag, digest: source.digest }, doubt: null };
  if (tag === from) return listed([tag]);
  const message = `a tag keeps its name on the mirror: ${from} does not become ${tag}`;
  findings.warn(step.place, [message, 'use the tag of upstream, or keep this one where it is made now']);
  return listed([from], message);
}

/** `tags` and each of `tagSets` select for themselves; without any of them every tag is wanted. */
function setsOf(step: ForeignPart): readonly ForeignPart[] {
  const sets = [...(step.get('tagSets')?.items() ?? []), ...(step.get('tags')?.items() ?? [])];
  return sets.length === 0 ? [step] : sets;
}

const NO_SUFFIX = 'tags with a suffix, and prereleases';

function readSet(set: ForeignPart, route: Omit<Route, 'exclude'>, findings: Findings): void {
  const itemsOf = (key: string) => set.get(key)?.items() ?? [];
  const [allow, ranges] = [itemsOf('allow'), itemsOf('semverRange')];
  const match = (part: ForeignPart) => matching(part, `^${patternOf(part, findings)}$`, findings);
  const denied = itemsOf('deny').flatMap(match);
  const unsure = denied.find(({ doubt, chosen }) => doubt !== null || chosen.kind !== 'tags');
  const exclude = denied.flatMap(({ chosen }) => (chosen.kind === 'tags' ? chosen.tags : []));
  const choices = [
    ...allow.flatMap(match),
    ...ranges.map((part) => inRange(part, part.text() ?? '', { missed: NO_SUFFIX }, findings)),
  ];
  const isFiltered = allow.length + ranges.length > 0;
  const wanted = isFiltered ? choices : everyTag(set, findings);
  const both = allow.length > 0 && ranges.length > 0 ? 'a range and allow hold together in regsync' : null;
  const doubt = unsure === undefined ? both : 'what deny leaves out cannot be said here';
  if (doubt !== null) findings.warn(set.place, [doubt, 'this set is written as a comment']);
  const allowed = wanted
    .map((choice) => withoutDenied({ ...choice, doubt: choice.doubt ?? doubt }, exclude))
    .filter(({ chosen }) => chosen.kind !== 'tags' || chosen.tags.length > 0);
  wishFor(allowed, { ...route, exclude }, findings);
}

/** A tag that is written out is never excluded here, so it is not written where regsync would deny it. */
function withoutDenied(choice: TagChoice, exclude: readonly string[]): TagChoice {
  if (choice.chosen.kind !== 'tags') return choice;
  const isDenied = (tag: string) => !isGlob(tag) && exclude.some((glob) => compileGlob(glob)(tag));
  const tags = choice.chosen.tags.filter((tag) => !isDenied(tag));
  return { ...choice, chosen: { kind: 'tags', tags } };
}

/** The text is taken as regsync takes it: `a|b` between ^ and $ is what begins with a, or ends with b. */
function patternOf(part: ForeignPart, findings: Findings): string {
  const text = part.text() ?? '';
  if (typeof part.value === 'number' && String(part.value) !== text) {
    findings.warn(part.place, [
      `the number ${text} is taken as the text that is written; regsync drops zeros at its end`,
      `write "${text}" in quotes where regsync still reads the file`,
    ]);
  }
  const bare = text.replace(/\\.|\[[^\]]*\]/g, '').replace(/\([^()]*\)/g, '');
  if (bare.includes('|')) {
    findings.warn(part.place, [
      `${show(text)} is read as regsync reads it: ^ belongs to the first part alone, and $ to the last`,
      `write (${text}) where each part is a whole tag`,
    ]);
  }
  return text;
}
