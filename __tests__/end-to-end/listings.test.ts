// Below two requests a tag: the committed bundle between two registries that answer as five kinds of them document.

import { afterEach, describe, expect, it } from '@jest/globals';
import { sampleOf } from '../../src/plan/observation/listed-digests.ts';
import { startNameProxy } from '../fakes/network/name-proxy.ts';
import {
  LIST_PATHS,
  type ListingForm,
  type ListingServer,
  type ListingServerOptions,
  startListingServer,
} from '../fakes/registries/listing-server.ts';
import { type ActionResult, runAction, tagsIn } from '../fakes/runner/bundle.ts';
import { wanted } from '../plan/steps/builders.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const TAGS = 1_000;
const FORMS: readonly ListingForm[] = ['google', 'quay', 'harbor', 'acr', 'gitlab'];
/** What is known by its name alone; the others tell by how they greet. */
const NAMES: Readonly<Partial<Record<ListingForm, readonly [string, string]>>> = {
  google: ['us-docker.pkg.dev', 'europe-docker.pkg.dev'],
  acr: ['upstream.azurecr.io', 'acme.azurecr.io'],
};

/** Two registries of one form that hold the same, but for one tag. */
async function openPair(form: ListingForm, options: Partial<ListingServerOptions> = {}) {
  const names = NAMES[form];
  const open = async (at: 0 | 1): Promise<ListingServer> => {
    const name = names?.[at];
    const server = await startListingServer({ form, ...options, ...(name === undefined ? {} : { name }) });
    closing.push(server.stop);
    for (let tag = 0; tag < TAGS; tag += 1) server.served.set(`1.${tag}`, `I${tag}`);
    return server;
  };
  const [upstream, mirror] = [await open(0), await open(1)];
  mirror.served.set('1.500', 'OLD');
  const [above, below] = names ?? [upstream.host, mirror.host];
  const proxy = await startNameProxy({ [`${above}:80`]: upstream.host, [`${below}:80`]: mirror.host });
  closing.push(proxy.stop);
  const plain =
    names === undefined ? '' : `registries: { ${above}: { http: true }, ${below}: { http: true } }\n`;
  const config = `mirror: ${below}/team\nmirror-path: "{name}"\n${plain}images:\n  - { source: "${above}/team/app", tags: ["*"] }\n`;
  const env: Readonly<Record<string, string>> = names === undefined ? {} : proxy.env;
  const check = (run = '1') =>
    runAction({ config, inputs: { mode: 'check' }, env: { ...env, GITHUB_RUN_NUMBER: run } });
  return { upstream, mirror, check };
}

/** Requests for digests: lists and manifests, but not the tag lists that globs need. */
function asked({ seen }: ListingServer, form: ListingForm): number {
  const tagList = /^GET \/v2\/.*\/tags\/list/;
  const paths = seen.map((line) => new URL(line.slice(line.indexOf('/')), 'http://x').pathname);
  return seen.filter(
    (line, at) =>
      line.includes('/manifests/') ||
      (LIST_PATHS[form].test(paths[at] ?? '') && (form === 'google' || !tagList.test(line))),
  ).length;
}

function readOf({ report }: ActionResult): unknown {
  return (report as { sources: { read: unknown }[] }).sources.map(({ read }) => read);
}

describe.each(FORMS)('%s on both sides', (form) => {
  it('takes at most 0.05 requests a tag and side, and finds the one tag that is stale', async () => {
    const { upstream, mirror, check } = await openPair(form);
    const result = await check();
    expect([result.outputs.status, tagsIn(result, 'stale')]).toEqual(['stale', ['1.500']]);
    for (const server of [upstream, mirror]) expect(asked(server, form)).toBeLessThanOrEqual(0.05 * TAGS);
    expect(readOf(result)).toEqual([{ upstream: 'listing', mirror: 'listing' }]);
    expect(result.stdout).toContain(
      '(digests read from lists for 1 source upstream and 1 source on the mirror)',
    );
  });

  it('asks for every tag where lists are refused, and says nothing', async () => {
    const { upstream, mirror, check } = await openPair(form, { odd: odd403 });
    const result = await check();
    expect([result.outputs.status, tagsIn(result, 'stale')]).toEqual(['stale', ['1.500']]);
    for (const server of [upstream, mirror]) expect(server.count(/^HEAD /)).toBe(TAGS);
    expect(readOf(result)).toEqual([{ upstream: 'heads', mirror: 'heads' }]);
    expect(result.annotations.filter(({ name }) => name !== 'warning')).toEqual([]);
    expect(result.stdout).not.toContain('lists');
  });
});

/** Google's digests stand in the tag list itself, which has to be there. */
const odd403: ListingServerOptions['odd'] = (url, rows) =>
  url.pathname.startsWith('/v2/') ? { body: { tags: rows.map(([tag]) => tag) } } : { status: 403 };

/** The limit of an API, as its own answers tell it. */
const SPENT = { 'ratelimit-limit': '60;w=3600', 'ratelimit-remaining': '0', 'ratelimit-reset': '3600' };

it.each([
  ['is refused by', { status: 429, headers: { ...SPENT, 'retry-after': '3600' } }],
  ['is the last before', { status: 200, headers: SPENT, body: { tags: [], page: 1, has_additional: false } }],
])('a list that %s the limit of its own API keeps nothing from being pulled', async (_, answer) => {
  const { check } = await openPair('quay', { odd: () => answer });
  const result = await check();
  expect([result.outputs.status, tagsIn(result, 'stale'), result.outputs['deferred-count']]).toEqual([
    'stale',
    ['1.500'],
    '0',
  ]);
});

it('an upstream list that is as old as the mirror hides nothing in the run in which the tag has its turn', async () => {
  const { upstream, mirror, check } = await openPair('harbor');
  upstream.listed.set('1.500', 'OLD');
  const tags = [...upstream.served.keys()].map((tag) => wanted(tag));
  const hasTurn = (run: number) => sampleOf({ tags }, run).some(({ tag }) => tag === '1.500');
  const run = Array.from({ length: TAGS / 16 + 2 }, (_, at) => at).find(hasTurn);
  const result = await check(String(run));
  expect(tagsIn(result, 'stale')).toEqual(['1.500']);
  expect([upstream.count(/^HEAD /), mirror.count(/^HEAD /)]).toEqual([TAGS, 16]);
  expect(result.stdout).toContain('its lists are not used in this run, every tag is asked for');
  expect(readOf(result)).toEqual([{ upstream: 'heads', mirror: 'listing' }]);
});
