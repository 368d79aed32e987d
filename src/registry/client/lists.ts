// Tag lists, page by page. A list is whole or a Failure: never a part of it, never an empty one for one that could not
// be read. OCI distribution-spec, "Listing tags".

import { Failure } from '../../base/errors/failure.ts';
import { parseObject } from '../../base/text/json.ts';
import { formatName, type Name } from '../../image/names/reference.ts';
import { isTag } from '../../image/tags/tag.ts';
import { failureOf } from '../http/answer.ts';
import { endpointOf } from '../http/endpoint.ts';
import type { Call } from '../session/session.ts';
import type { Client } from './settings.ts';

/** One page: its JSON as it came, and the query of the next one (`?n=…&last=…`), null for the last. */
export type Page = { readonly body: Buffer; readonly next: string | null };

const MOST_PAGE_BYTES = 64 * 1024 * 1024;
const MOST_TAGS = 1_000_000;
/** Names seen before, or pages without any, in a row: a registry whose pages lead back to themselves, or nowhere. */
const MOST_REPEATED = 1_000;
/** As many names as most registries give at once; those that give fewer tell so. */
const PAGE_SIZE = 1_000;

/** Every tag in the registry's order, each once; null where the registry has no such repository. @throws Failure */
export async function listTags(client: Client, name: Name): Promise<readonly string[] | null> {
  const tags = new Set<string>();
  let repeated = 0;
  for (let query: string | null = `?n=${PAGE_SIZE}`; query !== null; ) {
    const page: Page | null = await askPage(client, name, query);
    if (page === null) return null;
    const names = namesIn(page, name);
    if (names.length === 0) repeated += 1;
    for (const tag of names) {
      repeated = tags.has(tag) ? repeated + 1 : 0;
      tags.add(tag);
    }
    const endless =
      repeated >= MOST_REPEATED || tags.size > MOST_TAGS || (names.length === 0 && page.next === query);
    if (endless) throw new Failure('server-error', `list ${formatName(name)}: the list does not end`);
    query = page.next;
  }
  return [...tags];
}

function namesIn({ body }: Page, name: Name): string[] {
  const fields = parseObject(body.toString('utf8'));
  const names = fields?.tags ?? [];
  if (fields === null || !Array.isArray(names)) {
    throw new Failure('unsupported', `list ${formatName(name)}: the answer is not a tag list`);
  }
  return names.filter((tag) => typeof tag === 'string' && isTag(tag));
}

/** One page. @throws Failure, `not-found` where there is no such repository */
export async function readPage(client: Client, name: Name, query: string): Promise<Page> {
  const page = await askPage(client, name, query);
  if (page !== null) return page;
  throw new Failure('not-found', `list ${formatName(name)}: there is no such repository`);
}

async function askPage({ session, settings }: Client, name: Name, query: string): Promise<Page | null> {
  const what = `list ${formatName(name)}`;
  const endpoint = endpointOf(name.registry, settings);
  const path = `/v2/${name.repository}/tags/list`;
  const call: Call = {
    endpoint,
    repository: name.repository,
    access: 'pull',
    method: 'GET',
    path: `${path}${query}`,
    headers: { accept: 'application/json' },
    kind: 'list',
    maxBytes: MOST_PAGE_BYTES,
  };
  const answer = await session.call(what, call);
  if (answer.status === 404) return null;
  if (answer.status !== 200) throw failureOf(what, answer);
  return { body: answer.body, next: nextOf(answer.headers.link, new URL(path, endpoint.origin), what) };
}

/** Where `Link: <…>; rel="next"` leads (RFC 8288). To anywhere but this list of this registry nobody goes. */
function nextOf(link: string | string[] | undefined, list: URL, what: string): string | null {
  const text = [link].flat().join(',');
  const target = /<([^>]*)>\s*;[^,]*\brel="?next"?/i.exec(text)?.[1];
  if (target === undefined) {
    if (!/\brel="?next"?/i.test(text)) return null;
    throw new Failure('unsupported', `${what}: where its next page is cannot be read: ${text}`);
  }
  const url = URL.canParse(target, list.href) ? new URL(target, list.href) : null;
  if (url !== null && url.host === list.host && url.pathname === list.pathname) return url.search;
  throw new Failure(
    'unsupported',
    `${what}: its next page is said to be at ${target}, which is not the same list`,
  );
}
