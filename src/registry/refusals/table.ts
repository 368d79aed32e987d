// The one table of what registries say when they will not do something, and of what goes wrong on the way to them: the
// first row that matches gives the reason, what happened in one sentence, and what to do. `npm run docs` writes
// docs/troubleshooting.md from it.

import { ACCESS } from './access.ts';
import { hostKindOf } from './host-kind.ts';
import { LIMITS } from './limits.ts';
import { OUTAGES } from './outages.ts';
import { POLICIES } from './policies.ts';
import { holds, type Inquiry, type Refusal, type Reply } from './refusal.ts';

/** What is left when no row before knew better. The very last one holds for every reply. */
const REST: readonly Refusal[] = [
  {
    id: 'redirects',
    when: { status: [0], words: /redirect/i },
    reason: 'network',
    happened: '{party} redirects in a way that leads nowhere',
    advice: 'check the host in {key}, and the redirects of {host} or of a proxy before it',
    source: 'https://www.rfc-editor.org/rfc/rfc9110#section-15.4',
  },
  {
    id: 'silent',
    when: { status: [0], words: /no answer|trickles|stall|nothing came|no progress/i },
    reason: 'timeout',
    happened: '{party} accepts connections, but does not answer in time',
    advice: 'run again later; {health}',
    source: 'https://nodejs.org/api/errors.html#common-system-errors',
  },
  {
    id: 'not-http',
    when: { status: [0], words: /HPE_|parse error/i },
    reason: 'network',
    happened: '{party} does not answer as a web server does',
    advice: 'check the port in {key}, and `http:` for {host} under `registries:`',
    source: 'https://nodejs.org/api/errors.html',
  },
  {
    id: 'endless-list',
    when: { sign: 'endless-list' },
    reason: 'server-error',
    happened: '{repository} has a list of tags that does not end',
    advice: 'ask whoever runs {host}: its pages lead back to themselves',
    source: 'https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-tags',
  },
  {
    id: 'stray-list',
    when: { sign: 'stray-list' },
    reason: 'unsupported',
    happened: '{repository} has a list of tags that goes on at another address, which is not followed',
    advice:
      'list the tags one by one, without patterns; or ask whoever runs {host} why its list leads elsewhere',
    source: 'https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-tags',
  },
  {
    id: 'no-token',
    when: { sign: 'no-token' },
    reason: 'server-error',
    happened: '{party} asks for a token, and its token service gives none',
    advice: 'run again later; {health}',
    source: 'https://distribution.github.io/distribution/spec/auth/token/',
  },
  {
    id: 'broken-off',
    when: { status: [0] },
    reason: 'network',
    happened: 'the connection to {party} was lost',
    advice: 'run again; if that does not help, check firewalls and proxies on the way; {health}',
    source: 'https://nodejs.org/api/errors.html#common-system-errors',
  },
  {
    id: 'request-timeout',
    when: { status: [408] },
    reason: 'timeout',
    happened: '{party} stopped waiting for what this runner was sending',
    advice: 'run again later, or from a runner with a faster line',
    source: 'https://www.rfc-editor.org/rfc/rfc9110#section-15.5.9',
  },
  {
    id: 'unavailable',
    when: { status: [502, 503, 504, 520, 521, 522, 523, 524] },
    reason: 'server-error',
    happened: '{party} is out of order: its gateway answers, but the registry behind it does not',
    advice: 'run again later; {health}',
    source: 'https://www.rfc-editor.org/rfc/rfc9110#section-15.6.4',
  },
  {
    id: 'not-implemented',
    when: { status: [501] },
    reason: 'unsupported',
    happened: '{party} cannot do what was asked of it',
    advice: 'use a newer version of the registry',
    source: 'https://www.rfc-editor.org/rfc/rfc9110#section-15.6.2',
  },
  {
    id: 'server-error',
    when: { status: Array.from({ length: 100 }, (_, at) => 500 + at) },
    reason: 'server-error',
    happened: '{party} is out of order: it answers with an error of its own',
    advice: 'run again later; {health}',
    source: 'https://www.rfc-editor.org/rfc/rfc9110#section-15.6.1',
  },
  {
    id: 'unknown',
    when: {},
    reason: 'unsupported',
    happened: '{party} refuses with words that this action does not know',
    advice: 'see the details for what it says, and check the host and the port in {key}',
    source: 'https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes',
  },
];

/** Every row, in the order in which they are tried. */
export const REFUSALS: readonly Refusal[] = [...LIMITS, ...POLICIES, ...ACCESS, ...OUTAGES, ...REST];

/** The row for a reply. Every reply has one. */
export function findRefusal(asked: Inquiry, reply: Reply): Refusal {
  const kind = hostKindOf(asked.registry, reply.headers);
  const row = REFUSALS.find((row) => holds(row, kind, asked, reply));
  if (row === undefined)
    throw new Error('the last row of the table of refusals does not hold for every reply');
  return row;
}
