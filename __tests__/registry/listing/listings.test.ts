// Lists of digests, read from servers that answer as five registries document, and as none of them should.

import { afterEach, describe, expect, it } from '@jest/globals';
import { startNameProxy } from '../../fakes/network/name-proxy.ts';
import {
  type ListAnswer,
  type ListingForm,
  type ListingServer,
  type ListingServerOptions,
  startListingServer,
} from '../../fakes/registries/listing-server.ts';
import { body } from '../../plan/steps/builders.ts';
import { type OpenedListings, openListings } from './read.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const NAMES: Readonly<Partial<Record<ListingForm, string>>> = {
  google: 'europe-docker.pkg.dev',
  acr: 'acme.azurecr.io',
};
const LOGIN = { username: 'robot$mirror', secret: 'a long password' };

/** A server with so many tags, each with content of its own, and a reader that has greeted it. */
async function opened(
  options: ListingServerOptions,
  tags = 250,
  login: { username: string; secret: string } | null = null,
) {
  const name = NAMES[options.form];
  const server = await startListingServer({ ...options, ...(name === undefined ? {} : { name }) });
  for (let at = 0; at < tags; at += 1) server.served.set(`1.${at}`, `I${at}`);
  const { host, settings } = await placeOf(server, name);
  const listings = openListings(settings, login);
  closing.push(server.stop, listings.close);
  const target = { registry: host, repository: 'team/app' };
  await listings.client.head(target, '1.0');
  server.seen.length = 0;
  return { server, listings, target };
}

async function placeOf(server: ListingServer, name: string | undefined) {
  if (name === undefined) return { host: server.host, settings: {} };
  const proxy = await startNameProxy({ [`${name}:80`]: server.host });
  closing.push(proxy.stop);
  const settings = { registries: { [name]: { http: true } }, proxy: { https: '', http: proxy.url, no: '' } };
  return { host: name, settings };
}

type Opened = Awaited<ReturnType<typeof opened>>;

function readAll({ listings, server, target }: Opened, mostPages = 20) {
  return listings.read(target, { tags: new Set(server.served.keys()), mostPages });
}

const FORMS: readonly ListingForm[] = ['google', 'quay', 'harbor', 'acr', 'gitlab'];

describe.each(FORMS)('%s', (form) => {
  it('lists every tag with the digest that is served, in as few requests as its pages need', async () => {
    const stage = await opened({ form });
    const listed = await readAll(stage);
    const served = [...stage.server.served].map(([tag, name]) => [tag, body(name).digest]);
    expect([...(listed ?? [])].toSorted()).toEqual(served.toSorted());
    const pages = { google: 1, quay: 3, harbor: 4, acr: 3 + 1, gitlab: 1 };
    expect(stage.server.seen.length).toBe(pages[form]);
    expect(stage.listings.lines).toEqual([]);
  });

  it('is read no further than it may be', async () => {
    const stage = await opened({ form });
    const listed = await readAll(stage, 1);
    expect(listed?.size).toBe({ google: 250, quay: 100, harbor: 100, acr: 100, gitlab: 250 }[form]);
  });

  it.each<[string, ListAnswer]>([
    ['401', { status: 401 }],
    ['403', { status: 403 }],
    ['404', { status: 404 }],
    ['429 with a long wait', { status: 429, headers: { 'retry-after': '3600' } }],
    ['500', { status: 500 }],
    ['HTML', { body: '<html>log in</html>' }],
    ['no JSON', { body: '{"tags":[' }],
    ['another form', { body: { repositories: [] } }],
    ['null', { body: 'null' }],
    ['a page elsewhere', { headers: { link: '<http://192.0.2.1/x?n=1>; rel="next"' } }],
    ['a redirect elsewhere', { status: 302, headers: { location: 'http://192.0.2.1/x' } }],
  ])('%s: nothing is listed, nobody waits, nothing is said', async (_what, answer) => {
    const stage = await opened({ form, odd: () => answer });
    expect(await readAll(stage)).toBeNull();
    expect([stage.listings.slept, stage.listings.lines]).toEqual([[], []]);
    expect(await stage.listings.client.head(stage.target, '1.7')).toMatchObject({
      digest: body('I7').digest,
    });
  });

  it('a host that gives no list twice, or that asks for less once, is not asked again', async () => {
    for (const [status, most] of [
      [404, 2],
      [429, 1],
      [503, 1],
    ] as const) {
      let lists = 0;
      const count = () => {
        lists += 1;
        return { status };
      };
      const stage = await opened({ form, odd: count }, 40);
      await Promise.all(Array.from({ length: 5 }, () => readAll(stage)));
      expect([status, lists]).toEqual([status, most]);
    }
  });

  it('a list that leads back to itself, or has no end, ends', async () => {
    let pages = 0;
    const same = () => {
      pages += 1;
      return {
        headers: { link: '<?n=100&last=x>; rel="next"' },
        body:
          form === 'quay'
            ? { tags: [{ name: '1.0', manifest_digest: body('I0').digest }], has_additional: true }
            : endless(form),
      };
    };
    const stage = await opened({ form, odd: same });
    await readAll(stage);
    expect(pages).toBeLessThanOrEqual(2);
  });

  it('a tag that is listed twice and differently, or without a sha256, is as good as not listed', async () => {
    const good = body('I0').digest;
    const rows = [
      ['1.0', good],
      ['1.1', good],
      ['1.1', body('I9').digest],
      ['1.2', good.toUpperCase()],
      ['1.3', `sha512:${'a'.repeat(128)}`],
      ['1.4', ''],
      ['1.5', good],
      ['1.5', good],
      ['-rf', good],
      ['no-such-tag', good],
    ] as const;
    const stage = await opened({ form, odd: () => ({ body: bodyOf(form, rows) }) });
    expect([...((await readAll(stage)) ?? [])]).toEqual([
      ['1.0', good],
      ['1.5', good],
    ]);
  });
});

/** Rows in the form of a registry, on one page. */
function bodyOf(form: ListingForm, rows: readonly (readonly [string, string])[]): unknown {
  switch (form) {
    case 'google':
      return {
        manifest: Object.fromEntries(
          [...Map.groupBy(rows, ([, digest]) => digest)].map(([digest, tags]) => [
            digest,
            { tag: tags.map(([tag]) => tag) },
          ]),
        ),
      };
    case 'quay':
      return {
        tags: rows.map(([name, manifest_digest]) => ({ name, manifest_digest })),
        has_additional: false,
      };
    case 'harbor':
      return rows.map(([name, digest]) => ({ digest, tags: [{ name }] }));
    case 'acr':
      return { tags: rows.map(([name, digest]) => ({ name, digest })) };
    case 'gitlab':
      return rows.map(([name, digest]) => ({ name, digest }));
  }
}

/** A full page that tells of one tag only. */
function endless(form: ListingForm): unknown {
  return bodyOf(
    form,
    Array.from({ length: 100 }, () => ['1.0', body('I0').digest] as const),
  );
}

describe('what the five differ in', () => {
  it('Azure is asked with a token for metadata alone, which is used for nothing else', async () => {
    const stage = await opened({ form: 'acr' });
    await readAll(stage);
    const scopes = stage.server.seen
      .filter((line) => line.includes('token'))
      .map((line) => decodeURIComponent(line));
    expect(scopes).toEqual([expect.stringContaining('scope=repository:team/app:metadata_read')]);
  });

  it('a token service that gives no right to read metadata says nothing about the login', async () => {
    const server = await startListingServer({ form: 'acr', name: 'acme.azurecr.io' });
    for (let at = 0; at < 40; at += 1) server.served.set(`1.${at}`, 'A');
    const proxy = await startNameProxy({ 'acme.azurecr.io:80': server.host });
    const settings = {
      registries: { 'acme.azurecr.io': { http: true } },
      proxy: { https: '', http: proxy.url, no: '' },
    };
    const listings = openListings(settings, LOGIN);
    closing.push(server.stop, proxy.stop, listings.close);
    server.refuses = /metadata_read/;
    const target = { registry: 'acme.azurecr.io', repository: 'team/app' };
    for (let at = 0; at < 5; at += 1)
      expect(await listings.read(target, { tags: new Set(['1.0']), mostPages: 5 })).toBeNull();
    expect(await listings.client.head(target, '1.0')).not.toBeNull();
  });

  it('Harbor gets the login as Basic, its registry the token as ever', async () => {
    const stage = await opened({ form: 'harbor' }, 40, LOGIN);
    expect(await readAll(stage)).not.toBeNull();
    const basic = `Basic ${Buffer.from('robot$mirror:a long password').toString('base64')}`;
    expect(new Set(stage.server.authorizations.slice(-1))).toEqual(new Set([basic]));
    expect(await stage.listings.client.head(stage.target, '1.1')).not.toBeNull();
    expect(stage.server.authorizations.at(-1)).toMatch(/^Bearer /);
  });

  it('a project of Harbor that is a proxy cache is not read from its list: it lists what it has kept', async () => {
    const stage = await opened({ form: 'harbor', isProxy: true });
    expect(await readAll(stage)).toBeNull();
    expect(stage.server.seen).toEqual(['GET /api/v2.0/projects/team']);
  });

  it("Quay's list is asked without the password of a robot, and with a token of its API", async () => {
    const robot = await opened({ form: 'quay' }, 40, LOGIN);
    await readAll(robot);
    expect(robot.server.authorizations.at(-1)).toBe('');
    const token = await opened({ form: 'quay' }, 40, { username: '$oauthtoken', secret: 'abc' });
    await readAll(token);
    expect(token.server.authorizations.at(-1)).toBe('Bearer abc');
  });

  it('a host outside hosts is not asked', async () => {
    const { server } = await opened({ form: 'gitlab' });
    const listings: OpenedListings = openListings({ hosts: ['registry.example'] });
    closing.push(listings.close);
    server.seen.length = 0;
    const target = { registry: server.host, repository: 'team/app' };
    expect(listings.pageSize(target)).toBeNull();
    expect(await listings.read(target, { tags: new Set(['1.0']), mostPages: 5 })).toBeNull();
    expect(server.seen).toEqual([]);
  });

  it('registries are known by their names, others by how they greet, and the rest is not asked', async () => {
    const listings = openListings();
    closing.push(listings.close);
    const sizes = [
      'docker.io',
      'ghcr.io',
      'mcr.microsoft.com',
      'quay.io',
      'acme.azurecr.io',
      'gcr.io',
      'registry.gitlab.com',
      'registry.example',
    ];
    expect(sizes.map((registry) => listings.pageSize({ registry, repository: 'a/b' }))).toEqual([
      ...[null, null, null, 100, 100, Number.POSITIVE_INFINITY, 1_000, 'unknown'],
    ]);
  });
});
