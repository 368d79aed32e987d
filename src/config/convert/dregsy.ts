// The config of dregsy: tasks, each from one registry to another, with mappings of paths and tags. Its meaning:
// github.com/xelalexv/dregsy, README and internal/pkg.

import { isMistake } from '../../base/errors/mistake.ts';
import { isDigest } from '../../image/names/digest.ts';
import { parseName, parseReference } from '../../image/names/reference.ts';
import { NO_REFERRERS } from '../draft/wish.ts';
import { type Findings, type Meanings, uncheckedTls } from '../foreign/findings.ts';
import type { ForeignPart } from '../foreign/part.ts';
import { everyTag, inRange, listed, matching, platformsOf, type TagChoice, wishFor } from './choose.ts';
import { loneDigest } from './skopeo.ts';

const TOP: Meanings = {
  relay: null,
  skopeo: null,
  docker: null,
  dockerhost: null,
  'api-version': null,
  lister: null,
  watch: ['a file that changes is read by the next run', 'nothing needs to be written'],
};
const TASK: Meanings = {
  name: null,
  verbose: null,
  interval: [
    'the workflow decides when a run begins',
    'write on: { schedule: [{ cron: "17 3 * * *" }] } into the workflow',
  ],
};
const LOCATION: Meanings = {
  'auth-refresh': ['logins are not renewed', 'log in before this step, as docs/registries.md shows for ECR'],
  lister: null,
};
/** Every key that is not read as it is, with what it means here. */
export const DREGSY_KEYS: Meanings = { ...TOP, ...TASK, ...LOCATION };

const NO_HYPHEN = 'tags of three numbers with a suffix, and prereleases';

/** Reads a whole file. */
export function readDregsy(file: ForeignPart, findings: Findings): void {
  findings.warnOfKeys(file, TOP, ['tasks']);
  for (const task of file.get('tasks')?.items() ?? []) readTask(task, findings);
}

function readTask(task: ForeignPart, findings: Findings): void {
  findings.warnOfKeys(task, TASK, ['source', 'target', 'mappings']);
  const [source, target] = [task.get('source'), task.get('target')];
  const [from, to] = [readLocation(source, findings), readLocation(target, findings)];
  for (const mapping of task.get('mappings')?.items() ?? []) readMapping(mapping, from, to, findings);
}

/** The registry of one side; what is said of the login is not looked at. */
function readLocation(location: ForeignPart | null, findings: Findings): string {
  const registry = location?.get('registry')?.text() ?? '';
  if (location === null) return registry;
  findings.warnOfKeys(location, LOCATION, ['registry', 'auth', 'skip-tls-verify']);
  const auth = location.get('auth');
  if (auth !== null && auth.text() !== 'none') findings.warnOfLogin(auth.key, registry);
  const skip = location.get('skip-tls-verify');
  if (skip?.text() === 'true') findings.warn(skip.key, uncheckedTls(registry));
  return registry;
}

function readMapping(
  mapping: ForeignPart,
  fromRegistry: string,
  toRegistry: string,
  findings: Findings,
): void {
  findings.warnOfKeys(mapping, {}, ['from', 'to', 'tags', 'platform']);
  const from = mapping.get('from')?.text() ?? '';
  const to = mapping.get('to')?.text() ?? from;
  if (from.startsWith('regex:') || to.startsWith('regex:')) {
    findings.warn(mapping.place, [
      'a mapping with regex: in from or to is not imported',
      'write one entry for each repository',
    ]);
    return;
  }
  const [source, target] = [nameOf(fromRegistry, from), nameOf(toRegistry, to)];
  const wrong = [source, target].find((name) => isMistake(name));
  if (isMistake(source) || isMistake(target)) {
    const words = isMistake(wrong) ? wrong : { mistake: '', hint: '' };
    findings.warnOfName(mapping.place, 'this mapping', [fromRegistry, from, toRegistry, to], words);
    return;
  }
  const platforms = platformsFor(mapping, findings);
  const { choices, exclude } = readTags(mapping, findings);
  const route = { source, to: target, exclude, platforms, referrers: NO_REFERRERS, place: mapping.place };
  wishFor(choices, route, findings);
}

function nameOf(registry: string, path: string) {
  return parseName(`${registry}/${path.replace(/^\/+/, '')}`);
}

function platformsFor(mapping: ForeignPart, findings: Findings): readonly string[] {
  const platform = mapping.get('platform');
  if (platform?.text() === 'all') return [];
  if (platform === null) {
    findings.warn(mapping.place, [
      'all platforms are mirrored; dregsy without platform: all copies that of its own machine',
      'write platforms: [linux/amd64] into the entry for that',
    ]);
    return [];
  }
  findings.warn(platform.key, [
    'platform mirrors an index with this one image; dregsy makes a plain manifest of it',
    'remove platforms to mirror all',
  ]);
  return platformsOf(platform, findings);
}

type Tags = { readonly choices: readonly TagChoice[]; readonly exclude: readonly string[] };

/** Items are added up; `keep` then takes away from what patterns chose, never from what is written out. */
function readTags(mapping: ForeignPart, findings: Findings): Tags {
  const items = mapping.get('tags')?.items() ?? [];
  const [keeps, wanted] = [items.filter(isKeep), items.filter((item) => !isKeep(item))];
  const [first] = wanted;
  // A single item that is turned round is every tag but those.
  const isRest = wanted.length === 1 && first !== undefined && /^\s*regex:\s*!/.test(first.text() ?? '');
  const removed = [...(isRest ? wanted : []), ...keeps].map((item) => readRemoval(item, findings));
  const doubtOf = (text: string) =>
    removed.find((removal) => removal.doubt !== null && reaches(removal, text))?.doubt;
  const choices = (isRest ? [] : wanted).flatMap((item) => {
    const doubt = doubtOf(item.text() ?? '') ?? null;
    return readTag(item, findings).map((choice) => ({ ...choice, doubt: choice.doubt ?? doubt }));
  });
  const every = wanted.length === 0 || isRest ? everyTag(mapping.get('tags') ?? mapping, findings) : [];
  return {
    choices: [...every.map((choice) => ({ ...choice, doubt: doubtOf('*') ?? null })), ...choices],
    exclude: removed.flatMap(({ exclude }) => exclude),
  };
}

/** Whether `keep` may take away what an item chose: of what is written out only versions, and by their number alone. */
function reaches({ isCount }: Removal, text: string): boolean {
  return /^\s*(?:\*|regex:|semver:)/.test(text) || (isCount && /^\s*v?\d/.test(text));
}

function isKeep(item: ForeignPart): boolean {
  return /^\s*keep:/.test(item.text() ?? '');
}

function readTag(part: ForeignPart, findings: Findings): readonly TagChoice[] {
  const text = (part.text() ?? '').trim();
  const range = /^semver:(.*)$/s.exec(text)?.[1];
  if (range !== undefined) {
    return [inRange(part, range.trim(), { missed: NO_HYPHEN }, findings)];
  }
  const regex = /^regex:(.*)$/s.exec(text)?.[1]?.trim();
  if (regex === undefined) return [verbatim(part, text, findings)];
  if (!regex.startsWith('!')) return matching(part.withText(regex), lineOf(regex), findings);
  const message = 'a regular expression that is turned round (!) cannot be said beside other tags';
  findings.warn(part.place, [message, 'write tags: ["*"] and exclude: in an entry of its own']);
  return [listed(['*'], message)];
}

/** What dregsy hands to its library: anchored where it is not. */
function lineOf(regex: string): string {
  return `${regex.startsWith('^') ? '' : '^'}${regex}${regex.endsWith('$') ? '' : '$'}`;
}

/** `keep: !X` leaves out X, which `exclude` says too; what is kept alone, and how many, cannot be said. */
type Removal = {
  readonly exclude: readonly string[];
  readonly doubt: string | null;
  readonly isCount: boolean;
};

function readRemoval(part: ForeignPart, findings: Findings): Removal {
  const regex = (part.text() ?? '').replace(/^\s*(?:keep|regex):\s*/, '').trim();
  if (regex.startsWith('!')) {
    const choices = matching(part.withText(regex.slice(1)), lineOf(regex.slice(1)), findings);
    const exclude = choices.flatMap(({ chosen }) => (chosen.kind === 'tags' ? chosen.tags : []));
    if (choices.every(({ chosen, doubt }) => chosen.kind === 'tags' && doubt === null)) {
      return { exclude, doubt: null, isCount: false };
    }
  }
  const isCount = /^latest\s+\d+$/.test(regex);
  const doubt = isCount
    ? 'how many of the newest tags are kept is said by follow alone'
    : 'keep beside other tags cannot be said here';
  findings.warn(part.place, [
    doubt,
    isCount
      ? `write follow: [{ tags: N.N.N, max: ${regex.slice(7).trim()} }]`
      : 'write globs that match both, or exclude what is not to be kept',
  ]);
  return { exclude: [], doubt, isCount };
}

/** `tag`, `tag@digest` or a digest. */
function verbatim(part: ForeignPart, text: string, findings: Findings): TagChoice {
  if (isDigest(text)) return loneDigest(part, text, findings);
  const pinned = text.includes('@') ? parseReference(`x.invalid/x:${text}`) : null;
  if (pinned === null) return listed([text]);
  if (isMistake(pinned) || pinned.tag === null || pinned.digest === null) {
    const message = isMistake(pinned) ? pinned.mistake : 'this tag is not imported';
    findings.warn(part.place, [message, 'write tag@sha256:… with 64 hex digits']);
    return listed([], message);
  }
  return { chosen: { kind: 'pinned', tag: pinned.tag, digest: pinned.digest }, doubt: null };
}
