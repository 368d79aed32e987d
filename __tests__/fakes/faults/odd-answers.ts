// Answers that no registry should give, beside the cases of faults.ts: odd statuses, headers and bodies. Each
// has to end in the right image, or in the tag named with one of the reasons given.

import { gzipSync } from 'node:zlib';
import type { Reason } from '../../../src/base/errors/failure.ts';
import type { Trouble } from '../trials/trial.ts';
import type { Answer, Effect, Fault, Place } from './fault.ts';

/** Without reasons the right image has to land. */
export type OddCase = Trouble & { readonly reasons: readonly Reason[] };

type Row = readonly [name: string, reasons: readonly Reason[], fault: Fault];

const READS = ['GET', 'HEAD'];

function fault(
  methods: Fault['methods'],
  place: Place,
  effect: Effect,
  times: Fault['times'] = 'always',
): Fault {
  return { methods, place, times, effect };
}

function manifest(effect: Effect, times: Fault['times'] = 'always'): Fault {
  return fault(READS, 'manifest', effect, times);
}

function status(code: number, headers: Record<string, string> = {}): Effect {
  return { kind: 'status', status: code, headers };
}

function header(name: string, value: string | null): Effect {
  return { kind: 'header', name, value };
}

/** The registry's answer with another body; its headers stay but for the length. */
function withBody(change: (body: Buffer) => Buffer, headers: Answer['headers'] = {}): Effect {
  return {
    kind: 'alter',
    change: (answer) => {
      const body = answer.body.length === 0 ? answer.body : change(answer.body);
      const length = body.length === 0 ? {} : { 'content-length': body.length };
      return { status: answer.status, body, headers: { ...answer.headers, ...length, ...headers } };
    },
  };
}

function instead(code: number, text: string, headers: Record<string, string> = {}): Effect {
  const body = Buffer.from(text);
  const all = { 'content-type': 'application/json', ...headers, 'content-length': body.length };
  return { kind: 'alter', change: () => ({ status: code, body, headers: all }) };
}

/** What the registry did is done; only its answer is another one. */
function answered(code: number): Effect {
  return { kind: 'alter', change: (answer) => ({ ...answer, status: code }) };
}

function raw(...lines: readonly string[]): Effect {
  return { kind: 'raw', text: lines.join('\r\n') };
}

const GZIP = { 'content-encoding': 'gzip' };
const HTML = '<html><body>Please log in to the network</body></html>';
const PORTAL = instead(200, HTML, { 'content-type': 'text/html' });
const LONG = 'x'.repeat(5 * 1024 * 1024);
const challenge = (value: string): Effect => status(401, { 'WWW-Authenticate': value });

const MANIFESTS: readonly Row[] = [
  ["418 I'm a teapot", ['unsupported'], manifest(status(418))],
  ['451', ['unsupported'], manifest(status(451))],
  ['599', ['server-error'], manifest(status(599))],
  ['204', ['unsupported'], manifest(status(204))],
  ['206 with half of it', ['unsupported', 'corrupt'], fault(['GET'], 'manifest', answered(206))],
  ['300 without a location', ['unsupported'], manifest(status(300))],
  ['302 to itself', ['network'], manifest(status(302, { Location: '?again' }))],
  ['302 to no address', ['network'], manifest(status(302, { Location: 'http://[' }))],
  ['302 to a file', ['denied'], manifest(status(302, { Location: 'file:///etc/passwd' }))],
  ['a page to log in, with 200', ['unsupported'], manifest(PORTAL)],
  ['a page to log in, only to GET', ['corrupt'], fault(['GET'], 'manifest', PORTAL)],
  ['JSON null', ['unsupported'], manifest(instead(200, 'null'))],
  ['a JSON list', ['unsupported'], manifest(instead(200, '[]'))],
  ['half a JSON', ['unsupported'], manifest(instead(200, '{"schemaVersion":2,'))],
  ['no body', ['unsupported', 'corrupt'], fault(['GET'], 'manifest', instead(200, ''))],
  ['longer than any manifest', ['unsupported'], manifest(instead(200, LONG))],
  ['gzip that nobody asked for', [], fault(['GET'], 'manifest', withBody(gzipSync, GZIP))],
  [
    'bytes that are no UTF-8',
    ['corrupt'],
    fault(
      ['GET'],
      'manifest',
      withBody(() => Buffer.alloc(99, 255)),
    ),
  ],
  ['the wrong kind, by Content-Type: the bytes tell', [], manifest(header('Content-Type', 'text/plain'))],
  [
    'another kind that exists, by Content-Type: the bytes tell',
    [],
    manifest(header('Content-Type', 'application/vnd.docker.distribution.manifest.v2+json')),
  ],
  ['520, twice', [], manifest(status(520), 2)],
  ['530, twice', [], manifest(status(530), 2)],
  ['425, once', [], manifest(status(425), 1)],
  ['no Content-Type: the bytes tell', [], manifest(header('Content-Type', null))],
  [
    'chunks that are none',
    ['network'],
    manifest(raw('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', '', 'zz', 'garbage')),
  ],
  ['no HTTP', ['network'], manifest(raw('220 smtp.example ESMTP', ''))],
  [
    'two lengths',
    ['network'],
    manifest(raw('HTTP/1.1 200 OK', 'Content-Length: 1', 'Content-Length: 2', '', 'x')),
  ],
  ['a length below zero', ['network'], manifest(raw('HTTP/1.1 200 OK', 'Content-Length: -1', '', 'x'))],
  ['less than its length', ['network'], manifest(raw('HTTP/1.1 200 OK', 'Content-Length: 99', '', '{}'))],
  [
    'a header of 100 kB',
    ['network'],
    manifest(raw('HTTP/1.1 200 OK', `X: ${LONG.slice(0, 100_000)}`, '', '')),
  ],
  [
    'hints, then a teapot',
    ['unsupported'],
    manifest(raw('HTTP/1.1 103 Hints', '', "HTTP/1.1 418 I'm", '', '')),
  ],
  [
    'a page of 5 MiB with 503, twice',
    [],
    fault(['GET'], 'manifest', instead(503, LONG, { 'content-type': 'text/html' }), 2),
  ],
  ['Retry-After in words, twice', [], manifest(status(429, { 'Retry-After': 'a while' }), 2)],
  ['Retry-After below zero, twice', [], manifest(status(429, { 'Retry-After': '-5' }), 2)],
  ['Retry-After for ever', [], manifest(status(429, { 'Retry-After': '9'.repeat(40) }), 1)],
  ['two digests in one header', [], manifest(header('Docker-Content-Digest', `sha256:${'0'.repeat(64)}, x`))],
  ['a digest in capitals', [], manifest(header('Docker-Content-Digest', `SHA256:${'A'.repeat(64)}`))],
  ['401 with a challenge that is none', ['denied'], manifest(challenge(',,="; Bearer'))],
  ['401 with a realm that is no address', ['unsupported'], manifest(challenge('Bearer realm="here"'))],
  ['401 with a realm over ftp', ['denied'], manifest(challenge('Bearer realm="ftp://127.0.0.1/token"'))],
  ['418 to everything', ['unsupported'], fault('any', 'anything', status(418))],
];

const CONTENT: readonly Row[] = [
  ['blob: 418', ['server-error', 'unsupported'], fault(['GET'], 'blob', status(418))],
  ['blob: a page to log in', ['corrupt', 'network'], fault(['GET'], 'blob', PORTAL)],
  ['blob: no body', ['corrupt', 'network'], fault(['GET'], 'blob', instead(200, ''))],
  [
    'blob: 302 to a file',
    ['denied'],
    fault(['GET'], 'blob', status(302, { Location: 'file:///etc/passwd' })),
  ],
  ['blob: packed for the way', [], fault(['GET'], 'blob', withBody(gzipSync, GZIP))],
  [
    'blob: a Content-Encoding that speaks of the layer itself',
    [],
    fault(['GET'], 'blob', header('Content-Encoding', 'gzip')),
  ],
  ['blob: no HTTP', ['network', 'server-error'], fault(['GET'], 'blob', raw('hello', ''))],
  ['child: a page to log in', ['corrupt', 'unsupported'], fault(['GET'], 'child-manifest', PORTAL)],
  [
    'a Warning without quotes on every answer: crane never meets it',
    [],
    fault('any', 'anything', header('Warning', '299 - oops')),
  ],
];

const MIRROR: readonly Row[] = [
  ['PUT of the tag: 418', ['unsupported'], fault(['PUT'], 'tag-manifest', status(418))],
  [
    'PUT of the tag: 307',
    ['unsupported'],
    fault(['PUT'], 'tag-manifest', status(307, { Location: 'http://127.0.0.1:9/' })),
  ],
  ['PUT of the tag: done, and answered 202', [], fault(['PUT'], 'tag-manifest', answered(202))],
  ['PUT of the tag: done, and answered 500', [], fault(['PUT'], 'tag-manifest', answered(500))],
  ['PUT of the tag: done, and answered 404', [], fault(['PUT'], 'tag-manifest', answered(404))],
  ['PUT of the tag: done, and no HTTP', [], fault(['PUT'], 'tag-manifest', { kind: 'reset-mid' })],
  ['HEAD of blobs: all there', ['not-found'], fault(['HEAD'], 'blob', status(200))],
  ['uploads: 418', ['server-error', 'unsupported'], fault(['POST'], 'anything', status(418))],
  [
    'uploads: 202 without a place',
    ['server-error', 'unsupported', 'not-found', 'network'],
    fault(['POST'], 'anything', status(202)),
  ],
  ['uploads: begun with 201', ['corrupt'], fault(['POST'], 'upload', status(201))],
  ['PUT of a blob: done, and answered 202', [], fault(['PUT'], 'upload', answered(202))],
  ['PUT of a blob: 202, and not done', ['corrupt'], fault(['PUT'], 'upload', status(202))],
  ['418 to everything', ['unsupported'], fault('any', 'anything', status(418))],
  ['a page to log in to everything', ['unsupported', 'corrupt'], fault('any', 'anything', PORTAL)],
];

export const ODD_CASES: readonly OddCase[] = [
  ...[...MANIFESTS, ...CONTENT].map((row) => ({ row, side: 'source' as const })),
  ...MIRROR.map((row) => ({ row, side: 'mirror' as const })),
].map(({ row: [name, reasons, one], side }) => ({
  name: `${side}: ${name}`,
  expect: reasons.length === 0 ? 'survives' : 'truthful',
  side,
  fault: one,
  bearer: null,
  reasons,
}));
