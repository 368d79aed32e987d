// Logins, as docker/login-action or a credential helper left them. crane reads them; they never appear in an argument.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../base/errors/failure.ts';
import { asObject, parseObject } from '../../base/text/json.ts';
import { oneLine } from '../../base/text/sanitize.ts';
import { contactHost } from '../../image/names/hub.ts';
import type { Credentials } from '../session/tokens.ts';
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
 * up once, and again where that is asked for: helpers give passwords that end. `onSecret` hears each secret before anyone uses it, so that logs can hide it.
 *
 * @throws Failure `denied` out of that function when a credential helper or the docker config is broken, `internal` when crane cannot be started
 */
export function createCredentials(
  { file, env, deadline = 60_000, signal }: CredentialSettings,
  onSecret: (secret: string) => void,
): (registry: string, anew?: boolean) => Promise<Credentials | null> {
  const known = new Map<string, Promise<Credentials | null>>();
  const lookUp = async (registry: string): Promise<Credentials | null> => {
    const token = await givenToken(registry, env);
    if (token !== null) {
      onSecret(token);
      return { username: '', secret: token };
    }
    const ended = await runCommand({ file, args: authArgs(registry), env, deadline, signal });
    if (ended.how === 'cancelled') throw new Failure('cancelled', 'the run was cancelled');
    if (ended.how === 'exit' && ended.code === 0) return decodeLogin(ended.stdout, onSecret);
    // docker-credential-helpers, credentials/error.go: the words that mean "none".
    if (ended.stdout.startsWith('credentials not found')) return null;
    if (ended.how === 'unstarted') throw unstarted(registry, ended.stderr);
    const text = ended.how === 'exit' ? oneLine(ended.stderr.replace(/^Error: /, ''), 300) : ended.how;
    throw new Failure('denied', `the login for ${registry} cannot be read: ${text}`, {
      hint: 'check the docker config and its credential helpers on this runner',
    });
  };
  return (registry, anew = false) => {
    const found = (anew ? undefined : known.get(registry)) ?? lookUp(registry);
    known.set(registry, found);
    return found;
  };
}

/** What keeps a program from being started says nothing about a login. */
function unstarted(registry: string, why: string): Failure {
  const message = `crane cannot be started to read the login for ${registry}: ${oneLine(why, 200)}`;
  return new Failure('internal', message, {
    hint: 'check that crane is still there, and the limits of this runner for open files and processes',
  });
}

function decodeLogin(text: string, onSecret: (secret: string) => void): Credentials | null {
  const { Username: username, Secret: secret } = parseObject(text) ?? {};
  if (typeof username !== 'string' || typeof secret !== 'string' || secret === '') return null;
  onSecret(secret);
  onSecret(Buffer.from(`${username}:${secret}`).toString('base64'));
  return { username, secret };
}

/**
 * The `registrytoken` of the docker config, which goes before every other login and which `crane auth get` leaves out;
 * null without one. A config that cannot be read is for crane to report.
 */
async function givenToken(registry: string, env: CredentialSettings['env']): Promise<string | null> {
  // As Go's os.UserHomeDir: Git Bash sets HOME on Windows, too, and no login is there.
  const home = (process.platform === 'win32' ? env.USERPROFILE : env.HOME) || '';
  const folder = env.DOCKER_CONFIG || (home === '' ? '' : join(home, '.docker'));
  if (folder === '') return null;
  const text = await readFile(join(folder, 'config.json'), 'utf8').catch(() => '');
  const auths = Object.entries(asObject(parseObject(text)?.auths) ?? {});
  const [, entry] = auths.find(([key]) => contactHost(hostIn(key)) === contactHost(registry)) ?? [];
  const { registrytoken: token } = asObject(entry) ?? {};
  return typeof token === 'string' && token !== '' ? token : null;
}

/** Keys are hosts or, from older days, addresses (`https://index.docker.io/v1/`). */
function hostIn(key: string): string {
  return key.replace(/^https?:\/\//, '').replace(/\/.*$/s, '');
}
