// Sigstore's own trusted root, from a repository that is signed as it is: fetched, and never believed where it is expired,
// changed, or signed by somebody else.

import { existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Failure } from '../../../src/base/errors/failure.ts';
import { fetchPublicRoot } from '../../../src/registry/sigstore/public-root.ts';
import { createAuthority } from '../../fakes/sigstore/authority.ts';
import { createTuf, type TufWish } from '../../fakes/sigstore/tuf.ts';

const HOST = 'tuf.example';
const ROOT = Buffer.from(JSON.stringify(createAuthority().trustedRoot));

let temp: string;
beforeAll(() => {
  temp = mkdtempSync(join(tmpdir(), 'tuf-test-'));
});

function repository(
  wish: TufWish = {},
  target: Uint8Array = ROOT,
  change = (_files: Map<string, Uint8Array>) => {},
) {
  const { firstRoot, files } = createTuf(target, wish);
  change(files);
  const asked: string[] = [];
  const fetch = async (address: string) => {
    const { host, pathname } = new URL(address);
    asked.push(`${host}${pathname}`);
    return files.get(pathname) ?? 404;
  };
  const folder = join(temp, `run-${Math.random()}`);
  return { asked, folder, read: () => fetchPublicRoot(fetch, folder, { url: `https://${HOST}`, firstRoot }) };
}

describe('the trusted root of Sigstore', () => {
  it('is fetched in five requests, and leaves nothing on the disk', async () => {
    const { read, asked, folder } = repository();
    const { path, material } = await read();
    expect([path, material.tlogs.length]).toEqual([null, 1]);
    expect(asked).toHaveLength(5);
    expect(existsSync(folder)).toBe(false);
    expect(readdirSync(temp)).toEqual([]);
  });

  it('is followed through new roots', async () => {
    const { read, asked } = repository({ versions: 4 });
    await read();
    expect(asked.filter((path) => path.endsWith('.root.json'))).toHaveLength(4);
  });

  const PAST = '2026-01-01T00:00:00Z';
  const wrong: readonly [string, TufWish, ((files: Map<string, Uint8Array>) => void)?][] = [
    ['its timestamp is expired', { expires: { timestamp: PAST } }],
    ['its snapshot is expired', { expires: { snapshot: PAST } }],
    ['its targets are expired', { expires: { targets: PAST } }],
    ['its root is expired', { expires: { root: PAST }, versions: 2 }],
    ['its timestamp is signed by somebody else', { forged: 'timestamp' }],
    ['its snapshot is signed by somebody else', { forged: 'snapshot' }],
    ['its targets are signed by somebody else', { forged: 'targets' }],
    ['a new root is signed by somebody else', { forged: 'root', versions: 2 }],
    [
      'the target was changed',
      {},
      (files) => {
        for (const [path] of files) {
          if (path.startsWith('/targets/'))
            files.set(path, Buffer.from(ROOT.toString().replace('rekor', 'evil1')));
        }
      },
    ],
    ['the timestamp is not JSON', {}, (files) => files.set('/timestamp.json', Buffer.from('<html>'))],
    ['the snapshot is not there', {}, (files) => files.delete('/1.snapshot.json')],
    ['a file is far too long', {}, (files) => files.set('/timestamp.json', Buffer.alloc(100_000, ' '))],
  ];

  it.each(wrong.map(([what, wish, change]) => [what, { wish, change }] as const))(
    'is not believed where %s',
    async (_what, { wish, change }) => {
      const { read, folder } = repository(wish, ROOT, change);
      await expect(read()).rejects.toMatchObject({
        name: 'Failure',
        reason: 'corrupt',
        message: expect.stringMatching(
          /^the trusted root that tuf\.example gave could not be proven, so no signature/,
        ),
        hint: expect.stringContaining('trusted-root:'),
      });
      expect(existsSync(folder)).toBe(false);
    },
  );

  it.each([
    '{}',
    '[]',
    'nothing',
    '{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}',
  ])('is not believed where the target is %s', async (target) => {
    await expect(repository({}, Buffer.from(target)).read()).rejects.toMatchObject({ reason: 'corrupt' });
  });

  it('begins with the first root that comes with the library, and asks Sigstore alone', async () => {
    const asked: string[] = [];
    const fetch = async (address: string) => {
      asked.push(address);
      return 404;
    };
    await expect(fetchPublicRoot(fetch, join(temp, 'first'))).rejects.toMatchObject({ reason: 'corrupt' });
    expect(asked).toEqual([
      expect.stringMatching(/^https:\/\/tuf-repo-cdn\.sigstore\.dev\/\d+\.root\.json$/),
      'https://tuf-repo-cdn.sigstore.dev/timestamp.json',
    ]);
  });

  it('that cannot be fetched is told as that, with the line to add where `hosts` forbids it', async () => {
    const refuse = (failure: Failure) => () =>
      fetchPublicRoot(async () => Promise.reject(failure), join(temp, 'refused'), {
        url: `https://${HOST}`,
        firstRoot: createTuf(ROOT).firstRoot,
      });
    await expect(refuse(new Failure('timeout', 'no answer'))()).rejects.toMatchObject({ reason: 'timeout' });
    const denied = refuse(new Failure('denied', 'it is not in `hosts`'))();
    await expect(denied).rejects.toMatchObject({
      reason: 'denied',
      hint: 'add tuf.example to the input `hosts`, or write trusted-root: with a file of the workspace, see docs/trust.md',
    });
  });
});
