// A config of another tool, run by that tool and, imported, by the action: both mirrors hold the same tags with the same
// digests. The real regsync and, where it is installed, the real skopeo.

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { image, push } from '../../demo/images.mjs';
import { attachThing, listedAt, manifestAt, repositoryAt, tagThing } from '../fakes/registries/attach.ts';
import { snapshotOf } from '../fakes/registries/oracle.ts';
import { type RunningRegistry, startRegistry } from '../fakes/registries/registries.ts';
import { runAction } from '../fakes/runner/bundle.ts';
import { CLEAN_PATH, NODE, ROOT, tool, which } from '../fakes/runner/places.ts';

const execute = promisify(execFile);
/** In milliseconds: a tool that waits must end as a failed test, not as a hang. */
const DEADLINE = 60_000;
const APP = ['1.0', '1.1', '1.1-slim', '1.10', '2.0', '2.0-rc1', '2.0.1', 'v2.1.0', 'latest', '20240101'];

let folder: string;
let upstream: RunningRegistry;
let [theirs, ours]: RunningRegistry[] = [];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'importers-'));
  upstream = await startRegistry();
  [theirs, ours] = [await startRegistry(), await startRegistry()];
  for (const tag of APP) await push(upstream.url, 'lib/app', image(`APP ${tag}`), [tag]);
  await push(upstream.url, 'lib/base', image('BASE'), ['3.4', '3.5']);
  await push(upstream.url, 'tool', image('TOOL'), ['v1.0.0', 'v1.2.3', 'v1.2.3-rc1', 'v2']);
});
afterAll(async () => {
  for (const registry of [upstream, theirs, ours]) await registry?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Nothing here blocks: the registries write to this very process. */
async function run(program: string, args: readonly string[]): Promise<string> {
  const env = { PATH: CLEAN_PATH, HOME: folder };
  const { stdout } = await execute(program, args, { cwd: folder, env, timeout: DEADLINE });
  return stdout;
}

/** Imports a file as a new user would, and mirrors what comes out of it. */
async function importAndSync(file: string, options: readonly string[] = []): Promise<void> {
  const config = await run(NODE, [join(ROOT, 'bin/fresh-mirror'), 'import', file, ...options]);
  const { outputs } = await runAction({ config });
  expect([outputs.status, outputs.failed]).toEqual(['synced', '[]']);
}

describe('regsync', () => {
  const config = (mirror: string) => `version: 1
creds:
  - { registry: "${upstream.host}", tls: disabled }
  - { registry: "${mirror}", tls: disabled }
x-target: &repository { type: repository }
sync:
  - source: ${upstream.host}/lib/base:3.4
    target: ${mirror}/regsync/lib/base:3.4
    type: image
  - source: ${upstream.host}/lib/base:3.5
    target: ${mirror}/regsync/lib/base:3.5
    type: image
  - <<: *repository
    source: ${upstream.host}/lib/app
    target: ${mirror}/regsync/lib/app
    tagSets:
      - { allow: ['1\\.\\d+', 'lat.*'], deny: ['1\\.10'] }
      - { allow: ["2.0"] }
  - <<: *repository
    source: ${upstream.host}/tool
    target: ${mirror}/regsync/renamed/tool
`;

  it('brings what regsync brings', async () => {
    writeFileSync(join(folder, 'theirs.yml'), config(theirs?.host ?? ''));
    writeFileSync(join(folder, 'ours.yml'), config(ours?.host ?? ''));
    await run(tool('regsync'), ['once', '-c', 'theirs.yml']);
    await importAndSync('ours.yml');
    const snapshot = await snapshotOf(theirs?.host ?? '');
    expect(Object.keys(snapshot['regsync/lib/app'] ?? {}).sort()).toEqual(['1.0', '1.1', '2.0', 'latest']);
    expect(await snapshotOf(ours?.host ?? '')).toEqual(snapshot);
  }, 120_000);
});

describe('regsync with what is attached', () => {
  const config = (mirror: string) => `creds:
  - { registry: "${upstream.host}", tls: disabled }
  - { registry: "${mirror}", tls: disabled }
defaults: { referrers: true, digestTags: true }
sync:
  - { source: "${upstream.host}/signed:1", target: "${mirror}/attached/signed:1", type: image }
`;

  it('brings what regsync brings', async () => {
    const made = image('SIGNED');
    const { digest } = made.index;
    await push(upstream.url, 'signed', made, ['1']);
    const base = repositoryAt(upstream.url, 'signed');
    await attachThing(base, digest, 'an SBOM');
    await tagThing(base, digest, 'sig', ['one']);
    writeFileSync(join(folder, 'theirs.yml'), config(theirs?.host ?? ''));
    writeFileSync(join(folder, 'ours.yml'), config(ours?.host ?? ''));
    await run(tool('regsync'), ['once', '-c', 'theirs.yml']);
    await importAndSync('ours.yml');
    const [wanted, found] = [theirs, ours].map((registry) =>
      repositoryAt(registry?.url ?? '', 'attached/signed'),
    );
    expect(await listedAt(wanted ?? '', digest)).toHaveLength(1);
    expect(await listedAt(found ?? '', digest)).toEqual(await listedAt(wanted ?? '', digest));
    const signature = `${digest.replace(':', '-')}.sig`;
    expect(await manifestAt(wanted ?? '', signature)).not.toBeNull();
    expect(await manifestAt(found ?? '', signature)).toEqual(await manifestAt(wanted ?? '', signature));
  }, 120_000);
});

const skopeo = which('skopeo') ?? '';
(skopeo === '' ? describe.skip : describe)('skopeo sync', () => {
  const config = () => `${upstream.host}:
  tls-verify: false
  images:
    lib/base: []
    lib/app: [latest, 1.0]
  images-by-tag-regex:
    lib/app: ^1\\.1
`;

  // skopeo of Debian 12 knows no images-by-semver, and with --scoped no source with a port.
  it('brings what skopeo brings', async () => {
    writeFileSync(join(folder, 'skopeo.yml'), config());
    const sync = ['sync', '--all', '--src', 'yaml', '--dest', 'docker', '--dest-tls-verify=false'];
    await run(skopeo, ['--insecure-policy', ...sync, 'skopeo.yml', `${theirs?.host}/skopeo`]);
    await importAndSync('skopeo.yml', ['--mirror', `${ours?.host}/skopeo`]);
    const below = async (host = '') => {
      const repositories = Object.entries(await snapshotOf(host));
      return repositories.filter(([name]) => name.startsWith('skopeo/'));
    };
    const expected = await below(theirs?.host);
    expect(expected.flatMap(([, tags]) => Object.keys(tags)).sort()).toEqual(
      ['1.0', '1.1', '1.1-slim', '1.10', '3.4', '3.5', 'latest'].sort(),
    );
    expect(await below(ours?.host)).toEqual(expected);
  }, 120_000);
});
