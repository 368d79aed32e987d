// regsync.yml of regclient: creds, defaults and a list of sync steps. Their meaning: github.com/regclient/regclient,
// docs/regsync.md and cmd/regsync, where both differ the code.

import { isMistake, type Mistake } from '../../base/errors/mistake.ts';
import { parseReference, type Reference } from '../../image/names/reference.ts';
import type { HostTerms } from '../draft/wish.ts';
import { type Findings, type Meaning, type Meanings, uncheckedTls } from '../foreign/findings.ts';
import type { ForeignPart } from '../foreign/part.ts';
import { referrersOf } from './attached.ts';
import { listed, platformsOf, type TagChoice, wishFor } from './choose.ts';
import { readSet, setsOf } from './regsync-tags.ts';

const ELSEWHERE: Meaning = [
  'what is attached to an image is read and kept beside it alone: with this key it is not imported',
  'write referrers: all for what upstream attaches to the image itself',
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
  digestTags: null,
  referrers: null,
  referrerFilters: null,
  referrerSource: ELSEWHERE,
  referrerTarget: ELSEWHERE,
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
  for (const step of file.get('sync')?.items() ?? []) readStep(step, defaults, findings);
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

function readStep(step: ForeignPart, defaults: ForeignPart | null, findings: Findings): void {
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
  const route = {
    source: source.name,
    to: target.name,
    exclude: [],
    platforms: platformsFor(step, findings),
    referrers: referrersOf(step, defaults, findings),
    place: step.place,
  };
  if (type === 'image') wishFor([imageChoice(step, source, target, findings)], route, findings);
  else for (const set of setsOf(step)) readSet(set, route, findings);
}

const TEMPLATE: Mistake = {
  mistake: 'templates other than .Sync.Source and env are not filled in',
  hint: 'write the name in full',
};

/** The one template that needs no values from elsewhere is filled in; variables are filled in already. */
function referenceOf(step: ForeignPart, key: 'source' | 'target', findings: Findings): Reference | null {
  const part = step.get(key);
  const source = step.get('source')?.text() ?? '';
  const text = (part?.text() ?? '').replace(/\{\{-?\s*\.Sync\.Source\s*-?\}\}/g, () => source);
  const reference = /\{\{/.test(text) ? TEMPLATE : parseReference(text);
  if (!isMistake(reference)) return reference;
  findings.warnOfName(part?.place ?? step.place, 'this step', [text], reference);
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
