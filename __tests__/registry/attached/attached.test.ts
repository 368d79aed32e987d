// What is attached, as real answers and hostile ones tell of it.

import { afterEach, describe, expect, it } from '@jest/globals';
import { OCI_INDEX, OCI_MANIFEST } from '../../../src/image/manifest/manifest.ts';
import { fallbackTag } from '../../../src/image/manifest/referrers.ts';
import { type Digest, digestOf } from '../../../src/image/names/digest.ts';
import { createAttached } from '../../../src/registry/attached/attached.ts';
import {
  client,
  type Handler,
  startServer,
  status,
  type TestClient,
  type TestServer,
} from '../client/server.ts';

const open: (TestServer | TestClient)[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await ('stop' in one ? one.stop() : one.close());
});

const SUBJECT: Digest = `sha256:${'a'.repeat(64)}`;
const OTHER: Digest = `sha256:${'b'.repeat(64)}`;
const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const SPDX = 'application/spdx+json';
const API = `/v2/team/app/referrers/${SUBJECT}`;
const CONFIG = { mediaType: 'application/vnd.oci.empty.v1+json', digest: OTHER, size: 2 };

type Made = { readonly digest: Digest; readonly text: string; readonly artifactType: string };

function made(name: string, artifactType: string, subject: Digest | null = SUBJECT): Made {
  const fields = { schemaVersion: 2, mediaType: OCI_MANIFEST, artifactType, config: CONFIG, layers: [] };
  const named = subject === null ? {} : { subject: { mediaType: OCI_MANIFEST, digest: subject, size: 1 } };
  const text = JSON.stringify({ ...fields, ...named, annotations: { name } });
  return { digest: digestOf(Buffer.from(text)), text, artifactType };
}

const listOf = (all: readonly Made[]): string =>
  JSON.stringify({
    schemaVersion: 2,
    mediaType: OCI_INDEX,
    manifests: all.map(({ digest, text, artifactType }) => ({
      mediaType: OCI_MANIFEST,
      digest,
      size: text.length,
      artifactType,
    })),
  });

/** `list` answers the referrers API; `tags` are the repository's, each with its manifest. */
async function attachedTo(
  list: (query: string) => Handler,
  held: readonly Made[] = [],
  tags: Readonly<Record<string, string>> = {},
) {
  const manifest = (text: string): Handler =>
    status(
      200,
      { 'content-type': JSON.parse(text).mediaType, 'docker-content-digest': digestOf(Buffer.from(text)) },
      text,
    );
  const server = await startServer((request, response, seen) => {
    const [path = '', query = ''] = seen.path.split('?');
    const reference = decodeURIComponent(path.split('/manifests/')[1] ?? '');
    const body = tags[reference] ?? held.find(({ digest }) => digest === reference)?.text;
    const pick = (): Handler => {
      if (path.startsWith(API)) return list(query);
      if (path.endsWith('/tags/list'))
        return status(200, {}, JSON.stringify({ name: 'x', tags: Object.keys(tags) }));
      return body === undefined ? status(404) : manifest(body);
    };
    pick()(request, response, seen);
  });
  open.push(server);
  const registry = client();
  open.push(registry);
  const name = { registry: server.host, repository: 'team/app' };
  return { server, name, attached: createAttached(registry) };
}

const json = (text: string, headers: Record<string, string> = {}): Handler =>
  status(200, { 'content-type': OCI_INDEX, ...headers }, text);

describe('the referrers API', () => {
  it('is read page by page, each manifest once', async () => {
    const all = ['a', 'b', 'c'].map((name) => made(name, SPDX));
    const { name, attached } = await attachedTo(
      (query) =>
        query === 'n=2'
          ? json(listOf(all.slice(1)))
          : json(listOf(all.slice(0, 2)), { link: `<${API}?n=2>; rel="next"` }),
      all,
    );
    const { found, dropped } = await attached.attachedTo(name, SUBJECT, 'all');
    expect(found.map(({ body }) => body.digest)).toEqual(all.map(({ digest }) => digest));
    expect(found[0]).toMatchObject({ subject: SUBJECT, kinds: ['sboms'], attachment: { by: 'subject' } });
    expect(dropped).toEqual([]);
  });

  it('costs one request and a tag list where nothing is attached, and is asked once', async () => {
    const { server, name, attached } = await attachedTo(() => json(listOf([])));
    await Promise.all([1, 2, 3].map(() => attached.attachedTo(name, SUBJECT, 'all')));
    expect([server.count('/referrers/'), server.count('/tags/list'), server.seen.length]).toEqual([
      1,
      1,
      2 + 1,
    ]);
  });

  it('reads only what is of a kind asked for', async () => {
    const all = [
      made('a', SPDX),
      made('b', 'application/vnd.cncf.notary.signature'),
      made('c', 'application/x'),
    ];
    const { server, name, attached } = await attachedTo(() => json(listOf(all)), all);
    const { found } = await attached.attachedTo(name, SUBJECT, ['signatures']);
    expect(found.map(({ kinds }) => kinds)).toEqual([['signatures']]);
    expect(server.count('/manifests/')).toBe(1);
  });

  it.each(['application/vnd.oci.empty.v1+json', 'application/vnd.oci.image.config.v1+json', ''])(
    'reads what a registry lists by the type of its config, %j',
    async (listed) => {
      const signature = made('a', 'application/vnd.cncf.notary.signature');
      const list = listOf([{ ...signature, artifactType: listed }]);
      const { name, attached } = await attachedTo(() => json(list), [signature]);
      expect((await attached.attachedTo(name, SUBJECT, ['signatures'])).found).toHaveLength(1);
    },
  );

  it('reads a bundle to know what is in it', async () => {
    const bundle = made('a', BUNDLE);
    const { name, attached } = await attachedTo(() => json(listOf([bundle])), [bundle]);
    expect((await attached.attachedTo(name, SUBJECT, ['sboms'])).found).toEqual([]);
    expect((await attached.attachedTo(name, SUBJECT, ['signatures'])).found).toHaveLength(1);
  });

  it.each([
    ['404', status(404)],
    ['400', status(400)],
    ['405', status(405)],
    ['a page for browsers', status(200, { 'content-type': 'text/html' }, '<html>')],
    ['another host', status(303, { location: 'https://github.example/-/v2/x' })],
  ])('where there is none (%s) the fall-back index is read', async (_name, answer) => {
    const signed = made('a', BUNDLE);
    const tags = { [fallbackTag(SUBJECT)]: listOf([signed]) };
    const { server, name, attached } = await attachedTo(() => answer, [signed], tags);
    expect((await attached.attachedTo(name, SUBJECT, 'all')).found).toHaveLength(1);
    expect((await attached.list(name, SUBJECT)).hasApi).toBe(false);
    expect(server.count('/referrers/')).toBe(1);
  });

  it.each([401, 403])('that refuses (%i) is a failure, never nothing', async (code) => {
    const { name, attached } = await attachedTo(() => status(code));
    await expect(attached.attachedTo(name, SUBJECT, 'all')).rejects.toMatchObject({ reason: 'denied' });
  });

  it('that leaves something out unasked is a failure', async () => {
    const { name, attached } = await attachedTo(() =>
      json(listOf([]), { 'OCI-Filters-Applied': 'artifactType' }),
    );
    await expect(attached.list(name, SUBJECT)).rejects.toMatchObject({ reason: 'unsupported' });
  });

  it('whose pages lead elsewhere is a failure', async () => {
    const { name, attached } = await attachedTo(() =>
      json(listOf([]), { link: `</v2/other/app/referrers/${SUBJECT}?n=2>; rel="next"` }),
    );
    await expect(attached.list(name, SUBJECT)).rejects.toMatchObject({ reason: 'unsupported' });
  });

  it('whose pages never end is a failure after a hundred of them', async () => {
    let at = 0;
    const { server, name, attached } = await attachedTo(() => {
      at += 1;
      return json(listOf([]), { link: `<${API}?n=${at}>; rel="next"` });
    });
    await expect(attached.list(name, SUBJECT)).rejects.toMatchObject({ reason: 'unsupported' });
    expect(server.count('/referrers/')).toBeLessThanOrEqual(101);
  });

  it('with 10,000 manifests is a failure, and none of them is read', async () => {
    const all = Array.from({ length: 10_000 }, (_, at) => made(`${at}`, SPDX));
    const { server, name, attached } = await attachedTo(() => json(listOf(all)), all);
    await expect(attached.attachedTo(name, SUBJECT, 'all')).rejects.toMatchObject({
      reason: 'unsupported',
      message: expect.stringContaining('more than 1,000 manifests are attached to'),
    });
    expect(server.count('/manifests/')).toBe(0);
  });
});

describe('what does not belong there', () => {
  const cases: [string, Made, string][] = [
    ['names another subject', made('x', BUNDLE, OTHER), `names another subject, ${OTHER}`],
    ['names none', made('x', BUNDLE, null), 'names no subject'],
  ];
  it.each(cases)('is dropped and told, from the fall-back index: %s', async (_name, foreign, words) => {
    const good = made('a', BUNDLE);
    const tags = { [fallbackTag(SUBJECT)]: listOf([foreign, good]) };
    const { name, attached } = await attachedTo(() => status(404), [foreign, good], tags);
    const { found, dropped } = await attached.attachedTo(name, SUBJECT, 'all');
    expect(found.map(({ body }) => body.digest)).toEqual([good.digest]);
    expect(dropped).toEqual([expect.stringContaining(words)]);
  });

  it.each(cases)('is dropped and told, from the API: %s', async (_name, foreign, words) => {
    const { name, attached } = await attachedTo(() => json(listOf([foreign])), [foreign]);
    const { found, dropped } = await attached.attachedTo(name, SUBJECT, 'all');
    expect([found, dropped]).toEqual([[], [expect.stringContaining(words)]]);
  });

  it('is dropped and told: what is listed and not there', async () => {
    const { name, attached } = await attachedTo(() => json(listOf([made('gone', BUNDLE)])));
    const { found, dropped } = await attached.attachedTo(name, SUBJECT, 'all');
    expect([found, dropped]).toEqual([[], [expect.stringContaining('and is not there')]]);
  });

  it('is a failure where the fall-back tag is no list', async () => {
    const tags = { [fallbackTag(SUBJECT)]: made('image', 'x').text };
    const { name, attached } = await attachedTo(() => status(404), [], tags);
    await expect(attached.list(name, SUBJECT)).rejects.toMatchObject({ reason: 'corrupt' });
  });

  it('is itself: a digest that is listed as attached to itself', async () => {
    const self = { ...made('a', BUNDLE), digest: SUBJECT };
    const { name, attached } = await attachedTo(() => json(listOf([self])));
    expect((await attached.list(name, SUBJECT)).entries).toEqual([]);
  });
});

describe('tags of cosign', () => {
  const tag = (suffix: string): string => `sha256-${'a'.repeat(64)}.${suffix}`;
  it('are found by their names, and once where the registry lists them as referrers, too', async () => {
    const signature = made('sig', 'application/vnd.dev.cosign.artifact.sig.v1+json', null);
    const tags = { [tag('sig')]: signature.text };
    const { name, attached } = await attachedTo(() => json(listOf([signature])), [signature], tags);
    const { found, dropped } = await attached.attachedTo(name, SUBJECT, 'all');
    expect(found).toMatchObject([{ attachment: { by: 'tag', tag: tag('sig') }, kinds: ['signatures'] }]);
    expect(dropped).toEqual([]);
  });

  it('that are listed and then denied are asked for once more', async () => {
    const signature = made('sig', 'x', null);
    const tags = { [tag('sig')]: signature.text };
    const { name } = await attachedTo(() => json(listOf([])), [signature], tags);
    const registry = client();
    open.push(registry);
    let denied = 0;
    const flapping: typeof registry = {
      ...registry,
      async head(of, reference, options) {
        denied += 1;
        return options?.confirm === true ? registry.head(of, reference, options) : null;
      },
    };
    const { found } = await createAttached(flapping).attachedTo(name, SUBJECT, 'all');
    expect([found.length, denied]).toEqual([1, 1]);
  });

  it('are asked for one by one of a cache, whose list has only what was pulled through it', async () => {
    const signature = made('sig', 'x', null);
    const { server, name } = await attachedTo(() => json(listOf([])), [signature], {
      [tag('sig')]: signature.text,
    });
    const registry = client();
    open.push(registry);
    const listing = { ...registry, listTags: async () => ['1.0'] };
    expect((await createAttached(listing).attachedTo(name, SUBJECT, 'all')).found).toEqual([]);
    const attached = createAttached(listing, (one) => one.registry === name.registry);
    expect((await attached.attachedTo(name, SUBJECT, 'all')).found).toHaveLength(1);
    expect(server.count('HEAD')).toBe(3);
  });

  it('are asked for one by one where tags cannot be listed', async () => {
    const signature = made('sig', 'x', null);
    const held = { [tag('sig')]: signature.text };
    const { server, name } = await attachedTo(() => json(listOf([])), [signature], held);
    const registry = client();
    open.push(registry);
    const unlisted = { ...registry, listTags: async () => Promise.reject(new Error('403')) };
    const { found } = await createAttached(unlisted).attachedTo(name, SUBJECT, 'all');
    expect(found).toHaveLength(1);
    expect(server.count('HEAD')).toBe(3);
  });
});
