// A registry of one repository that lists digests as the documents of five registries say, each in its own form and with
// its own logins. What it lists may differ from what it serves.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { body } from '../../plan/steps/builders.ts';

/** Whose answers it gives. */
export type ListingForm = 'google' | 'quay' | 'harbor' | 'acr' | 'gitlab';

type Row = readonly [tag: string, digest: string];
/** What a list is answered with in place of the documented answer; null for that one. */
type Odd = (url: URL, rows: readonly Row[]) => ListAnswer | null;
/** An answer to a list. */
export type ListAnswer = {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
};

export type ListingServer = {
  readonly host: string;
  /** The name of the content behind each tag: what is served. */
  readonly served: Map<string, string>;
  /** The same for what is listed, where that differs. */
  readonly listed: Map<string, string>;
  /** Every request, method and path; those for tokens with their scope. */
  readonly seen: string[];
  /** The Authorization header of each, empty for none. */
  readonly authorizations: string[];
  /** Scopes for which no token is given. */
  refuses: RegExp;
  count(pattern: RegExp): number;
  stop(): Promise<void>;
};

/** How one is started: `odd` answers lists; `isProxy` says of Harbor's project that it is a cache. */
export type ListingServerOptions = {
  readonly form: ListingForm;
  readonly repository?: string;
  readonly odd?: Odd;
  readonly isProxy?: boolean;
  /** The name that it goes by in its own challenge; its address if left out. */
  readonly name?: string;
};

const CHALLENGES: Readonly<Record<ListingForm, (host: string) => string>> = {
  google: (host) => `Bearer realm="http://${host}/v2/token",service="${host}"`,
  quay: (host) => `Bearer realm="http://${host}/v2/auth",service="${host}"`,
  harbor: (host) => `Bearer realm="http://${host}/service/token",service="harbor-registry"`,
  acr: (host) => `Bearer realm="http://${host}/oauth2/token",service="${host}"`,
  gitlab: (host) => `Bearer realm="http://${host}/jwt/auth",service="container_registry"`,
};

/** Where each lists its digests. */
export const LIST_PATHS: Readonly<Record<ListingForm, RegExp>> = {
  google: /^\/v2\/.*\/tags\/list$/,
  quay: /^\/api\/v1\/repository\/.*\/tag\/$/,
  harbor: /^\/api\/v2\.0\/projects\/.*\/artifacts$/,
  acr: /^\/acr\/v1\/.*\/_tags$/,
  gitlab: /^\/gitlab\/v1\/repositories\/.*\/tags\/list\/$/,
};

/** Starts one. */
export async function startListingServer(options: ListingServerOptions): Promise<ListingServer> {
  const { form, repository = 'team/app' } = options;
  const served = new Map<string, string>();
  const listed = new Map<string, string>();
  const seen: string[] = [];
  const authorizations: string[] = [];
  const state = { refuses: /^never$/ };
  const rows = (): Row[] =>
    [...served].map(([tag, name]) => [tag, body(listed.get(tag) ?? name).digest] as const);
  const answerList = (url: URL, response: ServerResponse): void => {
    const {
      status = 200,
      headers = {},
      body: content,
    } = options.odd?.(url, rows()) ?? listOf(form, url, rows());
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof content === 'string' ? content : JSON.stringify(content ?? null));
  };
  const server = createServer((request, response) => {
    const host = options.name ?? request.headers.host ?? '';
    const url = new URL(request.url ?? '/', `http://${host}`);
    seen.push(`${request.method} ${request.url}`);
    authorizations.push(request.headers.authorization ?? '');
    if (/\/(?:token|auth)$/.test(url.pathname)) return giveToken(url, response, state.refuses);
    if (LIST_PATHS[form].test(url.pathname) && mayList(form, request)) return answerList(url, response);
    if (form === 'harbor' && url.pathname === '/api/v2.0/projects/team') {
      const project = { project_id: 4, name: 'team', ...(options.isProxy ? { registry_id: 2 } : {}) };
      return void response.writeHead(200).end(JSON.stringify(project));
    }
    const scope = (request.headers.authorization ?? '').replace(/^Bearer /, '');
    if (!scope.includes(':pull')) {
      return void response.writeHead(401, { 'www-authenticate': CHALLENGES[form](host) }).end();
    }
    serve(url, request, response, { repository, served });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(state, {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    served,
    listed,
    seen,
    authorizations,
    count: (pattern: RegExp) => seen.filter((line) => pattern.test(line)).length,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}

/** A token is its own scope, so that what is asked with it shows what it is good for. */
function giveToken(url: URL, response: ServerResponse, refused: RegExp): void {
  const token = url.searchParams.getAll('scope').join(';') || 'login';
  if (refused.test(token)) return void response.writeHead(401).end();
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ token }));
}

/** Google and GitLab want a token for pulls, Azure one for metadata, Quay's and Harbor's public lists nothing at all. */
function mayList(form: ListingForm, { headers: { authorization = '' } }: IncomingMessage): boolean {
  if (form === 'acr') return authorization.endsWith(':metadata_read');
  if (form === 'google' || form === 'gitlab') return authorization.includes(':pull');
  return !authorization.startsWith('Bearer repository:');
}

function serve(
  url: URL,
  { method }: IncomingMessage,
  response: ServerResponse,
  { repository, served }: { readonly repository: string; readonly served: ReadonlyMap<string, string> },
): void {
  if (url.pathname === '/v2/') return void response.end('{}');
  if (url.pathname === `/v2/${repository}/tags/list`) {
    return void response.end(JSON.stringify({ name: repository, tags: [...served.keys()] }));
  }
  const reference = /\/manifests\/([^/]+)$/.exec(url.pathname)?.[1] ?? '';
  const names = [...new Set(served.values())];
  const name = served.get(reference) ?? names.find((known) => body(known).digest === reference);
  if (name === undefined || !url.pathname.startsWith(`/v2/${repository}/`))
    return void response.writeHead(404).end();
  const { bytes, mediaType, digest } = body(name);
  response.writeHead(200, {
    'content-type': mediaType,
    'docker-content-digest': digest,
    'content-length': bytes.length,
  });
  response.end(method === 'HEAD' ? undefined : bytes);
}

const OTHER = `sha256:${'c'.repeat(64)}`;

/** The documented answer, page by page. */
function listOf(form: ListingForm, url: URL, rows: readonly Row[]): ListAnswer {
  const size = Number(
    url.searchParams.get('n') ?? url.searchParams.get('limit') ?? url.searchParams.get('page_size') ?? 0,
  );
  const page = Number(url.searchParams.get('page') ?? 1);
  const last = url.searchParams.get('last');
  const start = last === null ? (page - 1) * size : rows.findIndex(([tag]) => tag === last) + 1;
  const part = rows.slice(start, start + size);
  const hasMore = start + size < rows.length;
  const link: Record<string, string> = hasMore
    ? { link: `<${url.pathname}?n=${size}&last=${encodeURIComponent(part.at(-1)?.[0] ?? '')}>; rel="next"` }
    : {};
  switch (form) {
    case 'google':
      return { body: googleBody(rows) };
    case 'quay':
      return {
        body: {
          tags: part.map(([name, digest]) => ({
            name,
            manifest_digest: digest,
            is_manifest_list: true,
            start_ts: 1,
          })),
          page,
          has_additional: hasMore,
        },
      };
    case 'harbor':
      return {
        body: part.map(([name, digest]) => ({
          digest,
          tags: [{ name, immutable: false }],
          references: [{ child_digest: OTHER }],
        })),
      };
    case 'acr':
      return {
        headers: link,
        body: {
          registry: 'x',
          imageName: 'team/app',
          tags: part.map(([name, digest]) => ({ name, digest })),
        },
      };
    case 'gitlab':
      return {
        headers: link,
        body: part.map(([name, digest]) => ({
          name,
          digest,
          config_digest: OTHER,
          media_type: 'x',
          size_bytes: 1,
        })),
      };
  }
}

function googleBody(rows: readonly Row[]): object {
  const groups = Map.groupBy(rows, ([, digest]) => digest);
  const manifest = Object.fromEntries(
    [...groups].map(([digest, tags]) => [digest, { imageSizeBytes: '1', tag: tags.map(([tag]) => tag) }]),
  );
  return {
    child: [],
    manifest: { ...manifest, [OTHER]: { tag: [] } },
    name: 'x',
    tags: rows.map(([tag]) => tag),
  };
}
