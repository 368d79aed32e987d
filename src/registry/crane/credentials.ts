// Logins, as docker/login-action or a credential helper left them. crane reads them; they never appear in an argument.

import { Failure } from '../../base/errors/failure.ts';
import { parseObject } from '../../base/text/json.ts';
import { oneLine } from '../../base/text/sanitize.ts';
import type { Credentials } from '../client/tokens.ts';
import { authArgs } from './argv.ts';
import { runCommand } from './exec.ts';

type CredentialSettings = {
  readonly file: string;
  readonly env: Readonly<Record<string, string>>;
  /** Milliseconds for one credential helper. */
  readonly deadline?: number;
  readonly signal?: AbortSignal;
};

/**
 * A function that gives the login for a registry (`docker.io` too), `null` without one. Each registry is looked
 * up once. `onSecret` hears each secret before anyone uses it, so that logs can hide it.
 *
 * @throws Failure `denied` out of that function when a credential helper or the docker config is broken
 */
export function createCredentials(
  { file, env, deadline = 60_000, signal }: CredentialSettings,
  onSecret: (secret: string) => void,
): (registry: string) => Promise<Credentials | null> {
  const known = new Map<string, Promise<Credentials | null>>();
  const lookUp = async (registry: string): Promise<Credentials | null> => {
    const ended = await runCommand({ file, args: authArgs(registry), env, deadline, signal });
    if (ended.how === 'cancelled') throw new Failure('cancelled', 'the run was cancelled');
    if (ended.how === 'exit' && ended.code === 0) return decodeLogin(ended.stdout, onSecret);
    // docker-credential-helpers, credentials/error.go: the words that mean "none".
    if (ended.stdout.startsWith('credentials not found')) return null;
    const text = ended.how === 'exit' ? oneLine(ended.stderr.replace(/^Error: /, ''), 300) : ended.how;
    throw new Failure('denied', `the login for ${registry} cannot be read: ${text}`, {
      hint: 'check the docker config and its credential helpers on this runner',
    });
  };
  return (registry) => {
    const found = known.get(registry) ?? lookUp(registry);
    known.set(registry, found);
    return found;
  };
}

function decodeLogin(text: string, onSecret: (secret: string) => void): Credentials | null {
  const { Username: username, Secret: secret } = parseObject(text) ?? {};
  if (typeof username !== 'string' || typeof secret !== 'string' || secret === '') return null;
  onSecret(secret);
  onSecret(Buffer.from(`${username}:${secret}`).toString('base64'));
  return { username, secret };
}
