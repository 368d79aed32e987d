// A registry of any number of repositories and tags, in a process of its own: it holds nothing and makes every answer
// from the name that is asked for. Prints its port. Arguments: repositories, tags of each.

import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const [repositories = 1, tags = 1] = process.argv.slice(2).map(Number);
const MEDIA_TYPE = 'application/vnd.oci.image.index.v1+json';
const counts = { head: 0, get: 0, list: 0, other: 0 };

const server = createServer((request, response) => {
  const url = request.url ?? '/';
  const [, name = '', rest = ''] = /^\/v2\/(?:m\/)?(r\d+)\/(.*)$/.exec(url) ?? [];
  if (url === '/counts') return void response.end(JSON.stringify(counts));
  if (rest.startsWith('tags/list') && Number(name.slice(1)) < repositories) {
    counts.list += 1;
    return list(url, name, response);
  }
  if (rest.startsWith('manifests/')) {
    counts[request.method === 'HEAD' ? 'head' : 'get'] += 1;
    return manifest(`${name}:${rest}`, response);
  }
  counts.other += 1;
  response.writeHead(url === '/v2/' ? 200 : 404).end();
});

function list(url: string, name: string, response: import('node:http').ServerResponse): void {
  const query = new URL(url, 'http://x').searchParams;
  const size = Number(query.get('n') ?? 1_000) || 1_000;
  const start = query.has('last') ? Number(query.get('last')?.slice(2)) + 1 : 0;
  const end = Math.min(start + size, tags);
  const names = Array.from({ length: end - start }, (_, at) => `1.${start + at}`);
  const path = url.slice(0, url.indexOf('?') + 1 || url.length + 1).replace(/\?$/, '');
  if (end < tags) response.setHeader('Link', `<${path}?n=${size}&last=${names.at(-1)}>; rel="next"`);
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify({ name, tags: names }));
}

/** The same on both sides: what is asked for decides the digest. */
function manifest(key: string, response: import('node:http').ServerResponse): void {
  const digest = `sha256:${createHash('sha256').update(key).digest('hex')}`;
  response.writeHead(200, {
    'content-type': MEDIA_TYPE,
    'docker-content-digest': digest,
    'content-length': 1_000,
  });
  response.end();
}

server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
