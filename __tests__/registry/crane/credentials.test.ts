import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createCredentials } from '../../../src/registry/crane/credentials.ts';
import { ENV, removeFolders, stubCrane } from './stub.ts';

afterEach(removeFolders);

describe('credentials', () => {
  const find = (script: string) => {
    const { file, calls } = stubCrane(script);
    const secrets: string[] = [];
    const look = createCredentials({ file, env: ENV, deadline: 500 }, (secret) => void secrets.push(secret));
    return { look, secrets, calls: () => readFileSync(calls, 'utf8') };
  };

  it('are looked up once per registry, and told before they are used', async () => {
    const { look, secrets, calls } = find(`echo '{"Username":"u","Secret":"p w"}'`);
    expect(await Promise.all([look('ghcr.io'), look('ghcr.io')])).toEqual(
      Array(2).fill({ username: 'u', secret: 'p w' }),
    );
    expect(calls()).toBe('auth get -- ghcr.io\n');
    expect(secrets).toEqual(['p w', btoa('u:p w')]);
  });

  it.each([['echo "credentials not found in native keychain"; exit 1'], ["echo '{}'"], ["echo 'nonsense'"]])(
    'are none after %s',
    async (script) => expect(await find(script).look('ghcr.io')).toBeNull(),
  );

  it.each([['echo "Error: helper: broken" >&2; exit 1'], ['sleep 20']])(
    'cannot be read after %s',
    async (script) => {
      await expect(find(script).look('ghcr.io')).rejects.toMatchObject({ reason: 'denied' });
    },
  );
});
