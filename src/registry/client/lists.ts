// Lists of tags and of referrers, page by page. A list is whole or a Failure: never a part of it, never an empty one for
// one that could not be read. OCI distribution-spec, "Listing tags" and "Listing Referrers".

import { Failure } from '../../base/errors/failure.ts';
import { parseObject } from '../../base/text/json.ts';
import { OCI_INDEX } from '../../image/manifest/manifest.ts';
import {
  MOST_ATTACHED,
  type ReferrerEntry,
  readReferrers,
  tooManyAttached,
} from '../../image/manifest/referrers.ts';
import type { Digest } from '../../image/names/digest.ts';
import { formatName, type Name } from '../../image/names/reference.ts';
import { isTag } from '../../image/tags/tag.ts';
import { type Answer, wrongAnswer } from '../http/answer.ts';
import { endpointOf } from '../http/endpoint.ts';
import type { Call } from '../session/session.ts';
import type { Client } from './settings.ts';

/** One page: its JSON as it came, and the query of the next one (`?n=…&last=…`), null for the last. */
export type Page = { readonly body: Buffer; readonly next: string | null };
/** How much of a list was read: pages, and bytes of them. */
export type ListProgress = { pages: number; bytes: number };
/** The same with all that came, for what has to be said of it. */
type WholePage = Page & { readonly answer: Answer };

const MOST_PAGE_BYTES = 64 * 1024 * 1024;
const MOST_TAGS = 1_000_000;
/** Names seen before, or pages without any, in a row: a registry whose pages lead back to themselves, or nowhere. */
const MOST_REPEATED = 1_000;
/** After so many pages, this many bytes at least in each: a list of fewer takes hours to its end. */
const MANY_PAGES = 1_000;
const LITTLE = 256;
/** As many names as most registries give at once; those that give fewer say so. */
const PAGE_SIZE = 1_000;

/** Every tag in the registry's order, each once; null where the registry has no such repository. @throws Failure */
export async function listTags(client: Client, name: Name): Promise<readonly string[] | null> {
  const tags = new Set<string>();
  const progress = { pages: 0, bytes: 0 };
  let repeated = 0;
  for (let query: string | null = `?n=${PAGE_SIZE}`; query !== null; ) {
    const page: WholePage | null = await askPage(client, name, query);
    if (page === null && progress.pages === 0) return null;
    if (page === null)
      throw explained(client, name, wrongAnswer('nonsense', `${whatOf(name)}: a page is missing`));
    const names = namesIn(client, page, name);
    if (names.length === 0) repeated += 1;
    for (const tag of names) {
      repeated = tags.has(tag) ? repeated + 1 : 0;
      tags.add(tag);
    }
    const still = names.length === 0 && page.next === query;
    if (repeated >= MOST_REPEATED || tags.size > MOST_TAGS || still) throw endlessList(client, name);
    if (isDripping(progress, page)) throw endlessList(client, name);
    query = page.next;
  }
  return [...tags];
}

/** Counts a page; true where page after page holds next to nothing. */
function isDripping(progress: ListProgress, { body, next }: Page): boolean {
  progress.pages += 1;
  progress.bytes += body.length;
  return next !== null && progress.pages >= MANY_PAGES && progress.bytes < progress.pages * LITTLE;
}

function endlessList(client: Client, name: Name): Failure {
  return explained(client, name, wrongAnswer('endless-list', `${whatOf(name)}: the list does not end`));
}

function namesIn(client: Client, { body, answer }: WholePage, name: Name): string[] {
  const fields = parseObject(body.toString('utf8'));
  const names = fields?.tags ?? [];
  if (fields !== null && Array.isArray(names)) {
    return names.filter((tag) => typeof tag === 'string' && isTag(tag));
  }
  throw explained(
    client,
    name,
    wrongAnswer('nonsense', `${whatOf(name)}: the answer is not a tag list`, answer),
  );
}

/**
 * One page; `progress` counts all of its list. @throws Failure, `not-found` where there is no such repository
 */
export async function readPage(
  client: Client,
  name: Name,
  query: string,
  progress: ListProgress = { pages: 0, bytes: 0 },
): Promise<Page> {
  const page = await askPage(client, name, query);
  if (page !== null && isDripping(progress, page)) throw endlessList(client, name);
  if (page !== null) return page;
  throw explained(client, name, wrongAnswer('no-repository', `${whatOf(name)}: there is no such repository`));
}

async function askPage(client: Client, name: Name, query: string): Promise<WholePage | null> {
  const { session } = client;
  const what = whatOf(name);
  const call = listCall(client, name, query);
  const answer = await session.call(what, call);
  if (answer.status === 404) return null;
  if (answer.status !== 200 || lacksTags(answer.body, query)) throw session.refusal(what, call, answer);
  return pageOf(client, what, listCall(client, name, ''), answer);
}

/**
 * True for an error with a good status, and for a later page that says nothing of tags: neither is the end of a list. A
 * repository without tags may be a page without them.
 */
function lacksTags(body: Buffer, query: string): boolean {
  if (body.length > MOST_WORDS) return false;
  const fields = parseObject(body.toString('utf8'));
  if (fields === null || fields.tags !== undefined) return false;
  return fields.errors !== undefined || /[?&](?!n=)[^=&]+=/.test(query);
}

/** Longer than anything that a registry says in the place of a list. */
const MOST_WORDS = 65_536;

/** An answer with where the next page is. @throws Failure where that is not the same list */
function pageOf(client: Client, what: string, call: Call, answer: Answer): WholePage {
  const { body, headers } = answer;
  const next = nextOf(headers.link, new URL(call.path, call.endpoint.origin));
  if (next === null || 'query' in next) return { body, next: next?.query ?? null, answer };
  const wrong = wrongAnswer('stray-list', `${what}: its next page is said to be at ${next.stray}`);
  throw client.session.explain(call, wrong);
}

const MOST_REFERRER_PAGES = 100;
const MOST_REFERRERS_BYTES = 4 * 1024 * 1024;
// What registries without the API answer where distribution-spec asks for 404. ghcr.io sends to another host.
const NO_REFERRERS_API = new Set([301, 302, 303, 307, 308, 400, 404, 405, 406, 410, 501]);

/**
 * What the referrers API of a registry lists for a digest, each once; null where it has no such API. @throws Failure,
 * `unsupported` for a list that is longer than anybody reads or that leaves something out
 */
export async function listReferrers(
  client: Client,
  name: Name,
  digest: Digest,
): Promise<readonly ReferrerEntry[] | null> {
  const { session } = client;
  const what = `referrers of ${formatName(name)}@${digest}`;
  const found = new Map<Digest, ReferrerEntry>();
  let pages = 0;
  for (let query: string | null = ''; query !== null; pages += 1) {
    const call = referrersCall(client, name, digest, query);
    const answer = await session.call(what, call);
    if (pages === 0 && NO_REFERRERS_API.has(answer.status)) return null;
    if (answer.status !== 200) throw session.refusal(what, call, answer);
    const entries = readReferrers(answer.body);
    if (entries === null && pages === 0) return null;
    if (entries === null)
      throw session.explain(call, wrongAnswer('nonsense', `${what}: the answer is not a list`, answer));
    if (answer.headers['oci-filters-applied'] !== undefined) throw filtered(name, digest);
    for (const entry of entries) found.set(entry.digest, entry);
    if (found.size > MOST_ATTACHED || pages >= MOST_REFERRER_PAGES)
      throw tooManyAttached(`${formatName(name)}@${digest}`);
    query = pageOf(client, what, referrersCall(client, name, digest, ''), answer).next;
  }
  return [...found.values()];
}

function referrersCall({ settings }: Client, name: Name, digest: Digest, query: string): Call {
  const { registry, repository } = name;
  const path = `/v2/${repository}/referrers/${digest}${query}`;
  const base = { endpoint: endpointOf(registry, settings), repository, access: 'pull', path } as const;
  const headers = { accept: OCI_INDEX };
  return { ...base, method: 'GET', headers, kind: 'referrers', maxBytes: MOST_REFERRERS_BYTES };
}

function filtered(name: Name, digest: Digest): Failure {
  const message = `${name.registry} left something out of the list of what is attached to ${formatName(name)}@${digest}, which nobody asked for`;
  return new Failure('unsupported', message, {
    hint: 'ask whoever runs the registry: it answers with OCI-Filters-Applied to a request without a filter',
  });
}

function listCall({ settings }: Client, { registry, repository }: Name, query: string): Call {
  const path = `/v2/${repository}/tags/list${query}`;
  const base = { endpoint: endpointOf(registry, settings), repository, access: 'pull', path } as const;
  const headers = { accept: 'application/json' };
  return { ...base, method: 'GET', headers, kind: 'list', maxBytes: MOST_PAGE_BYTES };
}

function whatOf(name: Name): string {
  return `list ${formatName(name)}`;
}

function explained(client: Client, name: Name, failure: Failure): Failure {
  return client.session.explain(listCall(client, name, ''), failure);
}

type Next = { readonly query: string } | { readonly stray: string };

// A link and its parameters; quoted values may hold commas and semicolons. RFC 8288, section 3.
const LINK = /<([^>]*)>((?:\s*;(?:[^",;]|"(?:[^"\\]|\\.)*")*)*)/g;
const REL = /;\s*rel\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s;,]+))/i;

/**
 * Where `Link: <…>; rel="next"` leads, or the only link that says no relation at all; null for the last page. To anywhere
 * but this list nobody goes.
 */
export function nextOf(link: string | string[] | undefined, list: URL): Next | null {
  const text = [link].flat().join(',');
  const links = [...text.matchAll(LINK)].map(([, target = '', parameters = '']) => {
    const [, ...values] = REL.exec(parameters) ?? [];
    return {
      target,
      relations: values
        .find((value) => value !== undefined)
        ?.toLowerCase()
        .split(/\s+/),
    };
  });
  const next =
    links.find(({ relations }) => relations?.includes('next')) ??
    (links.length === 1 ? links.find(({ relations }) => relations === undefined) : undefined);
  if (next === undefined) return /\brel\s*=\s*["']?next\b/i.test(text) ? { stray: text } : null;
  const { target } = next;
  const url = URL.canParse(target, list.href) ? new URL(target, list.href) : null;
  if (url !== null && url.host === list.host && url.pathname === list.pathname) return { query: url.search };
  return { stray: target };
}
