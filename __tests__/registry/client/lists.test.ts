import { afterEach, describe, expect, it } from '@jest/globals';
import { client, type Handler, startServer, status, type TestClient, type TestServer } from './server.ts';

const open: (TestServer | TestClient)[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await ('stop' in one ? one.stop() : one.close());
});

const PATH = '/v2/team/app/tags/list';

/** A registry whose list is answered by `page`, which hears the query. */
async function listing(page: (query: string, server: TestServer) => Handler) {
  const server: TestServer = await startServer((request, response, seen) => {
    const [path, query = ''] = seen.path.split('?');
    (path === PATH ? page(query, server) : status(200))(request, response, seen);
  });
  open.push(server);
  const registry = client();
  open.push(registry);
  return { server, registry, name: { registry: server.host, repository: 'team/app' } };
}

const tags = (list: unknown, link?: string): Handler =>
  status(200, link === undefined ? {} : { link }, JSON.stringify({ name: 'team/app', tags: list }));
const next = (target: string) => `<${target}>; rel="next"`;

describe('a list', () => {
  it('is read in one request where it is short', async () => {
    const { server, registry, name } = await listing(() => tags(['b', 'a', 'c']));
    expect(await registry.listTags(name)).toEqual(['b', 'a', 'c']);
    expect(server.count(PATH)).toBe(1);
    expect(server.count(`${PATH}?n=1000`)).toBe(1);
  });

  it.each([
    ['the path alone', () => `${PATH}?last=b&n=2`],
    ['the whole address', ({ origin }: TestServer) => `${origin}${PATH}?last=b&n=2`],
    ['the query alone', () => '?last=b&n=2'],
  ])('is read page by page, each tag once, where the next one is told by %s', async (_name, link) => {
    const { server, registry, name } = await listing((query, self) =>
      query.includes('last=b') ? tags(['b', 'c']) : tags(['a', 'b'], next(link(self))),
    );
    expect(await registry.listTags(name)).toEqual(['a', 'b', 'c']);
    expect(server.count(PATH)).toBe(2);
  });

  it('leaves out what is not a tag', async () => {
    const { registry, name } = await listing(() => tags(['a', '-rf', '::error::x', 7, null, 'b', '']));
    expect(await registry.listTags(name)).toEqual(['a', 'b']);
  });

  it.each([
    ['null, as Go writes it', null],
    ['nothing', undefined],
    ['a list', []],
  ])('may be empty: %s', async (_name, list) => {
    const { registry, name } = await listing(() => tags(list));
    expect(await registry.listTags(name)).toEqual([]);
  });

  it('of a repository that is not there is null', async () => {
    const { registry, name } = await listing(() => status(404, {}, '{"errors":[{"code":"NAME_UNKNOWN"}]}'));
    expect(await registry.listTags(name)).toBeNull();
    await expect(registry.readPage(name, '')).rejects.toMatchObject({ reason: 'not-found' });
  });

  it.each([
    ['words', '<html>'],
    ['a list', '["a"]'],
    ['tags that are a text', '{"tags":"a"}'],
    ['tags that are an object', '{"tags":{"a":1}}'],
  ])('that is not one is a failure: %s', async (_name, body) => {
    const { registry, name } = await listing(() => status(200, {}, body));
    await expect(registry.listTags(name)).rejects.toMatchObject({
      reason: 'unsupported',
      detail: expect.stringContaining('the answer is not a tag list'),
    });
  });

  it.each([
    [401, 'denied'],
    [403, 'denied'],
    [500, 'server-error'],
  ])('that may not be read, or cannot, is never an empty one: %i', async (code, reason) => {
    const { registry, name } = await listing(() => status(code));
    await expect(registry.listTags(name)).rejects.toMatchObject({ reason });
  });

  it.each<[string, Handler, string]>([
    ['is an error of the server', status(500), 'server-error'],
    ['is not there', status(404), 'unsupported'],
    ['is an error with a good status', status(200, {}, '{"errors":[{"code":"UNKNOWN"}]}'), 'unsupported'],
    ['says nothing of tags', status(200, {}, '{}'), 'unsupported'],
  ])('whose second page %s is not a list', async (_name, last, reason) => {
    const { registry, name } = await listing((query) =>
      query.includes('last') ? last : tags(['a'], next(`${PATH}?last=a`)),
    );
    await expect(registry.listTags(name)).rejects.toMatchObject({ reason });
  });

  it.each([
    ['a page of the network', '<html>wait</html>'],
    ['nothing', ''],
    ['half of it', '{"tags":["a"'],
  ])('that is %s once is asked for again', async (_name, body) => {
    let pages = 0;
    const { registry, name } = await listing(() => {
      pages += 1;
      return pages === 1 ? status(200, {}, body) : tags(['a', 'b']);
    });
    expect(await registry.listTags(name)).toEqual(['a', 'b']);
  });

  it.each([
    ['no relation', '<LIST>'],
    ['blanks', '<LIST> ; rel = "next"'],
    ['single quotes', "<LIST>; rel='next'"],
    ['two relations', '<LIST>; rel="last next"'],
    ['a title with a comma', '<LIST>; title="a, b"; rel="next"'],
    ['capitals', '<LIST>; REL=NEXT'],
  ])('goes on where its link has %s', async (_name, link) => {
    const { registry, name } = await listing((query) =>
      query.includes('last') ? tags(['b']) : tags(['a'], link.replace('LIST', `${PATH}?last=a`)),
    );
    expect(await registry.listTags(name)).toEqual(['a', 'b']);
  });

  it('does not go on where a link says another relation', async () => {
    const { registry, name } = await listing(() => tags(['a'], `<${PATH}?last=a>; rel="nextish"`));
    expect(await registry.listTags(name)).toEqual(['a']);
  });
});

describe('a next page', () => {
  it.each([
    ['another host', 'http://169.254.169.254/v2/team/app/tags/list?last=a'],
    ['another repository', '/v2/team/other/tags/list?last=a'],
    ['another path', '/v2/team/app/manifests/a'],
    ['nowhere', 'http://['],
  ])('at %s is not asked for', async (_name, target) => {
    const { server, registry, name } = await listing(() => tags(['a'], next(target)));
    await expect(registry.listTags(name)).rejects.toMatchObject({ reason: 'unsupported' });
    expect(server.seen.filter(({ path }) => path !== '/v2/')).toHaveLength(1);
  });

  it('that is this one with no tags ends the list as endless', async () => {
    const { server, registry, name } = await listing((query) => tags([], next(`${PATH}?${query}`)));
    await expect(registry.listTags(name)).rejects.toThrow('does not end');
    expect(server.count(PATH)).toBe(1);
  });

  it('that leads back to the first ends the list as endless', async () => {
    const page = Array.from({ length: 100 }, (_, at) => `t${at}`);
    const { server, registry, name } = await listing(() => tags(page, next(`${PATH}?n=1000`)));
    await expect(registry.listTags(name)).rejects.toThrow('does not end');
    expect(server.count(PATH)).toBe(11);
  });

  it('of ever new tags, one a page, ends before it has taken hours', async () => {
    let pages = 0;
    const { registry, name } = await listing(() => {
      pages += 1;
      return tags([`t${pages}`], pages > 3_000 ? undefined : next(`${PATH}?last=${pages}`));
    });
    await expect(registry.listTags(name)).rejects.toThrow('does not end');
    expect(pages).toBeLessThan(3_000);
  });

  it('of ever new places without tags ends as well', async () => {
    let pages = 0;
    const { registry, name } = await listing(() => {
      pages += 1;
      return tags([], pages > 3_000 ? undefined : next(`${PATH}?last=${pages}`));
    });
    await expect(registry.listTags(name)).rejects.toThrow('does not end');
    expect(pages).toBeLessThan(3_000);
  });
});
