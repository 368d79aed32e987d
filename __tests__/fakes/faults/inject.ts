// What each fault does to an answer. `reset` and `hang` need no answer of the registry; the `-mid` ones, `short`
// and the altering ones take the real answer and spoil it.

import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { digestOf } from '../../../src/image/names/digest.ts';
import type { Answer, Effect, Wanted } from './fault.ts';

const BYTES_A_SECOND = 2000;
const BYTES_A_TURN = 200;

/** Answers without asking the registry. False when the effect needs the registry's own answer first. */
export async function answerAlone(
  effect: Effect,
  request: IncomingMessage,
  response: ServerResponse,
  wanted: Wanted | null,
): Promise<boolean> {
  if (effect.kind === 'status') refuse(effect, request, response);
  else if (effect.kind === 'reset') request.socket.resetAndDestroy();
  else if (effect.kind === 'hang') request.resume();
  else if (effect.kind === 'raw') request.socket.end(Buffer.from(effect.text, 'latin1'));
  else if (effect.kind === 'accept-and-drop') await pretend(request, response);
  else if (effect.kind === 'claim-present') claim(wanted, request, response);
  else if (effect.kind === 'claim-mounted') claimMount(request, response);
  else return false;
  return true;
}

/** Sends the registry's answer spoiled. Content-Length tells the truth but where the connection breaks. */
export async function answerSpoiled(effect: Effect, answer: Answer, response: ServerResponse): Promise<void> {
  const { headers, body } = answer;
  const half = body.subarray(0, body.length >> 1);
  if (effect.kind === 'header') return send(response, { ...answer, headers: changed(headers, effect) });
  if (effect.kind === 'alter') return send(response, effect.change(answer));
  if (effect.kind === 'short') return send(response, sized(answer, half));
  if (effect.kind === 'flip-byte') return send(response, sized(answer, flipped(body)));
  if (effect.kind === 'append-newline') {
    return send(response, sized(answer, Buffer.concat([body, Buffer.from('\n')])));
  }
  response.writeHead(answer.status, headers);
  if (effect.kind === 'trickle') return trickle(response, body);
  await new Promise((resolve) => response.write(half, resolve));
  if (effect.kind === 'hang-mid') return;
  // A reset throws away what the other side has not read yet: let the first half arrive.
  await sleep(20);
  response.socket?.resetAndDestroy();
}

export function send(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, headers).end(body);
}

function refuse(
  effect: Effect & { kind: 'status' },
  request: IncomingMessage,
  response: ServerResponse,
): void {
  request.resume();
  const date =
    effect.retryDate === undefined
      ? {}
      : { 'Retry-After': new Date(Date.now() + effect.retryDate * 1000).toUTCString() };
  const error = effect.error ?? { code: codeFor(effect.status), message: 'injected' };
  const body = effect.html
    ? `<html><body><h1>${effect.status}</h1></body></html>`
    : JSON.stringify({ errors: [{ ...error, detail: null }] });
  response.writeHead(effect.status, {
    'Content-Type': effect.html ? 'text/html' : 'application/json',
    'Content-Length': Buffer.byteLength(body),
    ...date,
    ...effect.headers,
  });
  response.end(request.method === 'HEAD' ? '' : body);
}

// The codes that registries send; a client may take an unlisted code for a reason not to try again.
function codeFor(status: number): string {
  if (status === 429) return 'TOOMANYREQUESTS';
  return status === 503 ? 'UNAVAILABLE' : 'UNKNOWN';
}

async function pretend(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const digest = digestOf(await readAll(request));
  const headers = { Location: request.url ?? '/', 'Docker-Content-Digest': digest, 'Content-Length': 0 };
  response.writeHead(201, headers).end();
}

function claim(wanted: Wanted | null, request: IncomingMessage, response: ServerResponse): void {
  if (wanted === null) throw new Error('claim-present: the proxy was not told what is wanted');
  request.resume();
  const { digest, mediaType, size } = wanted;
  const headers = { 'Docker-Content-Digest': digest, 'Content-Type': mediaType, 'Content-Length': size };
  response.writeHead(200, headers).end();
}

function claimMount(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  const url = new URL(request.url ?? '/', 'http://x');
  const digest = url.searchParams.get('mount') ?? '';
  const Location = `${url.pathname.replace(/uploads\/?$/, '')}${digest}`;
  response.writeHead(201, { Location, 'Docker-Content-Digest': digest, 'Content-Length': 0 }).end();
}

async function trickle(response: ServerResponse, body: Buffer): Promise<void> {
  for (let at = 0; at < body.length && !response.destroyed; at += BYTES_A_TURN) {
    response.write(body.subarray(at, at + BYTES_A_TURN));
    await sleep((1000 * BYTES_A_TURN) / BYTES_A_SECOND);
  }
  response.end();
}

function sized(answer: Answer, body: Buffer): Answer {
  return { ...answer, headers: { ...answer.headers, 'content-length': body.length }, body };
}

function flipped(body: Buffer): Buffer {
  const copy = Buffer.from(body);
  const middle = copy.length >> 1;
  copy[middle] = (copy[middle] ?? 0) ^ 1;
  return copy;
}

function changed(headers: OutgoingHttpHeaders, { name, value }: Effect & { kind: 'header' }) {
  const others = Object.entries(headers).filter(([key]) => key.toLowerCase() !== name.toLowerCase());
  return { ...Object.fromEntries(others), ...(value === null ? {} : { [name]: value }) };
}

export async function readAll(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}
