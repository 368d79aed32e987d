// Reads lists of digests, page by page, through the session of the run: its pace, hosts, proxies and logins. One attempt
// a page: whatever goes wrong, the tags are asked one by one, so nothing is repeated, waited for or said.

import { createLimit, type Limit, onceEach } from '../../base/flow/limit.ts';
import { type Digest, isDigest } from '../../image/names/digest.ts';
import { formatName, type Name } from '../../image/names/reference.ts';
import { isTag } from '../../image/tags/tag.ts';
import { nextOf } from '../client/lists.ts';
import type { ListingNeed, Listings } from '../doors/listings.ts';
import type { Answer } from '../http/answer.ts';
import { type Endpoint, type EndpointSettings, endpointOf } from '../http/endpoint.ts';
import type { Call, Session } from '../session/session.ts';
import { type Credentials, loginHeader } from '../session/tokens.ts';
import type { ListingMember, ListingPage } from './member.ts';
import { memberFor } from './table.ts';

type ListingDeps = {
  readonly settings: EndpointSettings;
  readonly session: Pick<Session, 'once' | 'introduction'>;
  readonly credentials: (registry: string) => Promise<Credentials | null>;
  readonly log: { debug(line: string): void };
};

const MOST_PAGE_BYTES = 64 * 1024 * 1024;
/** Lists at once of one host, as soon as one was read. */
const AT_ONCE = 4;
/** Lists of a host that could not be had before one could: then it has none for us. */
const MOST_MISSES = 2;

/** What is known of a host: whether it gave a list yet, and how often it did not. */
type Host = {
  works: boolean;
  misses: number;
  readonly turns: Limit;
  /** By the path that shows whether what is listed is what is served. */
  readonly origins: Map<string, Promise<boolean>>;
};

/** The Listings door. */
export function createListings(deps: ListingDeps): Listings {
  const hosts = new Map<string, Host>();
  const find = ({ registry }: Name) => {
    const endpoint = endpointOf(registry, deps.settings);
    return { endpoint, member: memberFor(registry, deps.session.introduction(endpoint)) };
  };
  return {
    pageSize(name) {
      const member = quietly(() => find(name).member);
      return member === null || member === 'unknown' ? member : member.pageSize;
    },
    async read(name, need) {
      const found = quietly(() => find(name));
      if (found === null || found.member === null || found.member === 'unknown') return null;
      const host = hostOf(found.endpoint.host, hosts);
      const reader = createReader(name, { ...found, member: found.member }, host, deps);
      return host.turns.run(async () => {
        if (host.misses >= MOST_MISSES) return null;
        const listed = await readAll(reader, need).catch((thrown: unknown) => {
          host.misses = MOST_MISSES;
          deps.log.debug(`the digests of ${formatName(name)} are not listed: ${String(thrown)}`);
          return null;
        });
        host.works ||= listed !== null;
        if (listed === null && !host.works) host.misses += 1;
        return listed;
      });
    },
  };
}

function hostOf(name: string, hosts: Map<string, Host>): Host {
  const known = hosts.get(name);
  if (known !== undefined) return known;
  // The first is asked alone: a host that gives no list is not asked for hundreds.
  const turns = createLimit(() => (host.works ? AT_ONCE : 1));
  const host: Host = { works: false, misses: 0, turns, origins: new Map() };
  hosts.set(name, host);
  return host;
}

/** Null for a host that may not be asked, or that is none: whoever asks it for a tag hears why. */
function quietly<T>(work: () => T): T | null {
  try {
    return work();
  } catch {
    return null;
  }
}

type Reader = {
  readonly member: ListingMember;
  readonly repository: string;
  readonly host: Host;
  /** The answer to a path, null for one that is not a success of this very host. */
  ask(path: string): Promise<Answer | null>;
};

function createReader(
  { registry, repository }: Name,
  { endpoint, member }: { readonly endpoint: Endpoint; readonly member: ListingMember },
  host: Host,
  { session, credentials }: ListingDeps,
): Reader {
  return {
    member,
    repository,
    host,
    async ask(path) {
      const authorization = await authorizationFor(member, registry, credentials);
      const access = member.asks === 'metadata-read' ? member.asks : 'pull';
      const call: Call = {
        ...{ endpoint, repository, access, path, method: 'GET', kind: 'list', maxBytes: MOST_PAGE_BYTES },
        headers: { accept: 'application/json' },
        ...(authorization === undefined ? {} : { authorization }),
      };
      const answer = await session.once(`digests of ${registry}/${repository}`, call);
      // Whoever asks for less, or has trouble of its own, is left alone for the rest of the run.
      if (answer.status === 429 || answer.status >= 500) host.misses = MOST_MISSES;
      return answer.status === 200 && answer.url.origin === endpoint.origin ? answer : null;
    },
  };
}

/** The Authorization header where it is not the session's own; undefined where it is. */
async function authorizationFor(
  { asks }: ListingMember,
  registry: string,
  credentials: ListingDeps['credentials'],
): Promise<string | null | undefined> {
  if (asks === 'pull' || asks === 'metadata-read') return undefined;
  const login = await credentials(registry);
  if (login === null) return null;
  // A robot's password is for pulls; that of `$oauthtoken` is a token of the API (docs.quay.io, "OAuth 2 access tokens").
  if (asks === 'api-token') return login.username === '$oauthtoken' ? `Bearer ${login.secret}` : null;
  return login.username === '' || login.username === '<token>' ? null : loginHeader(login);
}

/** The digests of the wanted tags; null where the first page is not what it should be. Never more than `mostPages`. */
async function readAll(
  reader: Reader,
  { tags: wanted, mostPages }: ListingNeed,
): Promise<ReadonlyMap<string, Digest> | null> {
  const { member, repository } = reader;
  let path = member.first(repository);
  if (path === null || mostPages < 1 || !(await isOwn(reader))) return null;
  const found = createFinder(wanted);
  const asked = new Set<string>();
  for (let pages = 1; path !== null && pages <= mostPages && !asked.has(path); pages += 1) {
    asked.add(path);
    const page = pageOf(await reader.ask(path), repository, path);
    const read = page === null ? null : member.read(page);
    if (read === null) return null;
    found.take(read.tags);
    // It leads back to itself, or lists others than those that are wanted: asked one by one they cost less.
    if (read.tags.length === 0 || found.isWhole() || found.size() < LEAST_A_PAGE * pages) break;
    path = read.next;
  }
  return found.digests();
}

/** Wanted tags that a page must have on average to cost less than asking for each of them. */
const LEAST_A_PAGE = 2;

/** Whether what this repository lists is what it serves, asked once for each place that shows it. */
function isOwn({ member, repository, host: { origins }, ask }: Reader): Promise<boolean> {
  const { origin } = member;
  if (origin === undefined) return Promise.resolve(true);
  const path = origin.path(repository);
  return onceEach(origins, path, async () => {
    const answer = await ask(path);
    return answer !== null && origin.isOwn(jsonOf(answer));
  });
}

/** Null for no answer, for what is not JSON, and where the next page is said to be elsewhere. */
function pageOf(answer: Answer | null, repository: string, path: string): ListingPage | null {
  if (answer === null) return null;
  const body = jsonOf(answer);
  const list = new URL(path, answer.url.origin);
  const next = nextOf(answer.headers.link, list);
  if (body === undefined || (next !== null && 'stray' in next)) return null;
  return { repository, path, body, link: next === null ? null : `${list.pathname}${next.query}` };
}

/** Undefined for what is not JSON. */
function jsonOf({ body }: Answer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** Collects what pages say about the wanted tags. A tag that is listed twice, and differently, is as good as not listed. */
function createFinder(wanted: ReadonlySet<string>) {
  const digests = new Map<string, Digest>();
  const odd = new Set<string>();
  return {
    take(tags: readonly (readonly [string, string])[]): void {
      for (const [tag, digest] of tags) {
        if (!wanted.has(tag) || !isTag(tag)) continue;
        const before = digests.get(tag);
        if (isPlainDigest(digest) && (before ?? digest) === digest) digests.set(tag, digest);
        else odd.add(tag);
      }
    },
    size: (): number => digests.size,
    isWhole: (): boolean => digests.size === wanted.size,
    digests(): ReadonlyMap<string, Digest> {
      for (const tag of odd) digests.delete(tag);
      return digests;
    },
  };
}

function isPlainDigest(digest: string): digest is Digest {
  return digest.startsWith('sha256:') && isDigest(digest);
}
