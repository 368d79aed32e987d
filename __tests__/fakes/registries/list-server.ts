// A registry made of tag lists alone, every form of them that was met in the wild, and some that were only thought of.
// Every tag has the same manifest, so what was listed shows in what a run finds missing on the mirror.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { image } from '../../../demo/images.mjs';

/** The first page and what stands after it: by default a second page with the tags c and d. */
export type ListForm = {
  readonly name: string;
  /** Link header of the first page; `HOST` becomes host and port of the server. */
  readonly link?: string;
  /** Body of the first page, instead of the tags a and b. */
  readonly body?: string;
  readonly type?: string;
  /** Body of the page after it. */
  readonly last?: string;
  /** What comes with 200 in the place of the very first answer. */
  readonly before?: string;
  /** Pages without end: `link` is of each of them, with NUMBER for its number. */
  readonly endless?: boolean;
  /** What the list is in truth; null where nobody can know. */
  readonly tags: readonly string[] | null;
  /** Why it is not known; the words that have to be in the message. */
  readonly unknown: string;
};

const ALL = ['a', 'b', 'c', 'd'];
const NEXT = '/v2/lib/app/tags/list?n=2&last=b';
const MANY = Array.from({ length: 100_000 }, (_, at) => `t${at}`);
const HOSTILE = ['-rf', 'a\n::error::pwn', '##[error]x', '$(id)', '../../x', '', 'a b', '\u0000', 'é', 'ok'];

const PAGED = { link: `<${NEXT}>; rel="next"` };
const ERROR = '{"errors":[{"code":"UNKNOWN","message":"try later"}]}';

export const LIST_FORMS: readonly ListForm[] = [
  { name: 'relative, quoted', link: `<${NEXT}>; rel="next"`, tags: ALL, unknown: '' },
  { name: 'relative, unquoted', link: `<${NEXT}>; rel=next`, tags: ALL, unknown: '' },
  { name: 'absolute, same host', link: `<http://HOST${NEXT}>; rel="next"`, tags: ALL, unknown: '' },
  { name: 'relative to the path', link: '<list?n=2&last=b>; rel="next"', tags: ALL, unknown: '' },
  { name: 'query alone', link: '<?n=2&last=b>; rel="next"', tags: ALL, unknown: '' },
  { name: 'another host', link: `<http://192.0.2.1${NEXT}>; rel="next"`, tags: null, unknown: '\\w' },
  { name: 'no brackets', link: `${NEXT}; rel="next"`, tags: null, unknown: '\\w' },
  {
    name: 'prev before next',
    link: `</v2/lib/app/tags/list?n=2>; rel="prev", <${NEXT}>; rel="next"`,
    tags: ALL,
    unknown: '',
  },
  {
    name: 'next is itself',
    link: '</v2/lib/app/tags/list?n=2>; rel="next"',
    tags: null,
    unknown: 'does not end',
  },
  { name: 'blanks around the relation', link: `<${NEXT}> ; rel = "next"`, tags: ALL, unknown: '' },
  { name: 'relation in single quotes', link: `<${NEXT}>; rel='next'`, tags: ALL, unknown: '' },
  { name: 'two relations in one', link: `<${NEXT}>; rel="last next"`, tags: ALL, unknown: '' },
  { name: 'a relation in capitals', link: `<${NEXT}>; REL=NEXT`, tags: ALL, unknown: '' },
  { name: 'no relation', link: `<${NEXT}>`, tags: ALL, unknown: '' },
  { name: 'a title with a comma', link: `<${NEXT}>; title="a, b; c"; rel="next"`, tags: ALL, unknown: '' },
  { name: 'a relation of another kind', link: `<${NEXT}>; rel="help"`, tags: ['a', 'b'], unknown: '' },
  { name: 'a last page without tags: null', ...PAGED, last: '{"tags":null}', tags: ['a', 'b'], unknown: '' },
  { name: 'a last page that is an error', ...PAGED, last: ERROR, tags: null, unknown: '\\w' },
  { name: 'a last page of nothing', ...PAGED, last: '{}', tags: null, unknown: '\\w' },
  { name: 'an error with 200', body: ERROR, tags: null, unknown: '\\w' },
  { name: 'once HTML with 200', before: '<html>wait</html>', tags: ['a', 'b'], unknown: '' },
  { name: 'once truncated JSON', before: '{"tags":["a"', tags: ['a', 'b'], unknown: '' },
  { name: 'once nothing with 200', before: '', tags: ['a', 'b'], unknown: '' },
  {
    name: 'pages of one tag without end',
    endless: true,
    link: '</v2/lib/app/tags/list?n=2&last=NUMBER>; rel="next"',
    body: '{"tags":["tNUMBER"]}',
    tags: null,
    unknown: 'does not end',
  },
  { name: 'tags: null', body: '{"name":"lib/app","tags":null}', tags: null, unknown: 'lists no tag' },
  { name: 'no tags', body: '{"name":"lib/app"}', tags: null, unknown: 'lists no tag' },
  { name: 'duplicates', body: '{"tags":["b","a","b","a","a"]}', tags: ['a', 'b'], unknown: '' },
  { name: '100,000 tags in a page', body: JSON.stringify({ tags: MANY }), tags: MANY, unknown: '' },
  { name: 'names that are no tags', body: JSON.stringify({ tags: HOSTILE }), tags: ['a', 'ok'], unknown: '' },
  {
    name: 'HTML with 200',
    body: '<html><body>log in</body></html>',
    type: 'text/html',
    tags: null,
    unknown: '\\w',
  },
  { name: 'truncated JSON', body: '{"tags":["a","b"', tags: null, unknown: '\\w' },
  { name: 'numbers as tags', body: '{"tags":[1,2,3.1]}', tags: null, unknown: '\\w' },
];

export type ListServer = {
  readonly host: string;
  /** Lists answered so far. */
  listed(): number;
  stop(): Promise<void>;
};

/** Serves one form at `lib/app`. */
export async function startListServer(form: ListForm): Promise<ListServer> {
  const { link, body, type = 'application/json', last = '{"tags":["c","d"]}', before, endless } = form;
  const { index } = image('LISTED');
  const headers = { 'content-type': index.mediaType, 'docker-content-digest': index.digest };
  let listed = 0;
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', `http://${request.headers.host}`);
    if (url.pathname === '/v2/lib/app/tags/list') {
      listed += 1;
      response.setHeader('Content-Type', type);
      if (listed === 1 && before !== undefined) return void response.end(before);
      const first = endless === true || url.searchParams.get('last') === null;
      const filled = (text: string): string =>
        text.replace('HOST', request.headers.host ?? '').replace('NUMBER', String(listed));
      if (first && link !== undefined) response.setHeader('Link', filled(link));
      response.end(first ? filled(body ?? '{"name":"lib/app","tags":["a","b"]}') : last);
    } else if (url.pathname.startsWith('/v2/lib/app/manifests/')) {
      response.writeHead(200, { ...headers, 'content-length': index.bytes.length });
      response.end(request.method === 'HEAD' ? undefined : index.bytes);
    } else response.writeHead(url.pathname === '/v2/' ? 200 : 404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    listed: () => listed,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
