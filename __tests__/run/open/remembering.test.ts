import { expect, it } from '@jest/globals';
import { lookUp } from '../../../src/image/names/look-up.ts';
import { remembering } from '../../../src/run/open/remembering.ts';
import { body } from '../../plan/steps/builders.ts';
import { memoryClient } from '../../registry/memory-client.ts';

const NAME = { registry: 'mirror.example', repository: 'm/app' };
const KEY = lookUp(NAME, '1');

function mirrorWith(tags: readonly string[]) {
  const client = memoryClient();
  client.listTags = async () => tags;
  return { client, mirror: remembering(client) };
}

it.each(['head', 'get'] as const)(
  'a listed tag that %s does not find is asked for once more',
  async (read) => {
    const { client, mirror } = mirrorWith(['1']);
    await mirror.listTags(NAME);
    client.during.set(`${read} ${KEY}`, () => {
      if (client.count(`${read} ${KEY}`) === 2) client.manifests.set(KEY, body('A'));
    });
    expect((await mirror[read](NAME, '1'))?.digest).toBe(body('A').digest);
  },
);

it('a tag that was shown once and then denied is asked for once more', async () => {
  const { client, mirror } = mirrorWith([]);
  client.manifests.set(KEY, body('A'));
  await mirror.head(NAME, '1');
  client.manifests.clear();
  expect(await mirror.get(NAME, '1')).toBeNull();
  expect(client.calls).toEqual([`head ${KEY}`, `get ${KEY}`, `get ${KEY}`]);
});

it('what was never shown is asked for once, and so is what was taken away from here', async () => {
  const { client, mirror } = mirrorWith(['1']);
  await mirror.listTags(NAME);
  await mirror.removeTag(NAME, '1');
  expect([await mirror.head(NAME, '1'), await mirror.head(NAME, '2')]).toEqual([null, null]);
  expect(client.calls.filter((call) => call.startsWith('head'))).toHaveLength(2);
});

it('a repository that listed nothing is known for it', async () => {
  const { mirror } = mirrorWith([]);
  expect(mirror.listedNothing(NAME)).toBe(false);
  await mirror.listTags(NAME);
  expect(mirror.listedNothing(NAME)).toBe(true);
});
