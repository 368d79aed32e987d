// What files ask for, where the images config says who must have signed: a line in a file has no room for a policy, so
// that of its source holds. The bundle between real registries, and GitHub's API on loopback.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { image, push } from '../../demo/images.mjs';
import { type RunningProxy, startProxy } from '../fakes/faults/proxy.ts';
import { startGitHubApi } from '../fakes/github/github-api.ts';
import { list } from '../fakes/registries/oracle.ts';
import { type RunningRegistry, startRegistry } from '../fakes/registries/registries.ts';
import { type ActionOptions, type ActionResult, runAction } from '../fakes/runner/bundle.ts';
import { createAuthority, newKeys } from '../fakes/sigstore/authority.ts';
import { attachSignatures } from '../fakes/sigstore/publish.ts';
import { IDENTITY, ISSUER, publicPem, signOld } from '../fakes/sigstore/signing.ts';

let above: RunningRegistry;
let below: RunningRegistry;
let mirror: RunningProxy;
let prefix = 'm0';
const good = createAuthority('good.example');
const keys = newKeys();

beforeAll(async () => {
  [above, below] = await Promise.all([startRegistry(), startRegistry()]);
  mirror = await startProxy(below.host);
  await push(above.url, 'lib/app', image('unsigned'), ['1', '2']);
  await push(above.url, 'lib/app', image('signed'), ['3']);
  const place = { url: above.url, repository: 'lib/app', digest: pin('signed') };
  await attachSignatures(place, [signOld(pin('signed'), { authority: good })], []);
});
afterAll(async () => {
  await mirror.stop();
  await Promise.all([above.stop(), below.stop()]);
});
beforeEach(() => {
  prefix = `m${Number(prefix.slice(1)) + 1}`;
  mirror.reset();
});

const pin = (name: string) => image(name).index.digest;
const repository = () => `${prefix}/${above.host.replace(':', '_')}/lib/app`;
const copy = () => `${mirror.host}/${repository()}`;
const there = () => list(`${below.host}/${repository()}`);

const ROOT = 'trust/root.json';
const ACME = { issuer: ISSUER, identity: IDENTITY, 'trusted-root': ROOT };
const TRUST = { [ROOT]: JSON.stringify(good.trustedRoot), 'trust/acme.pub': publicPem(keys) };

type Stage = { images: readonly object[]; defaults?: object; pins?: readonly string[]; dockerfile?: string };

function configOf({ images, defaults = {} }: Pick<Stage, 'images' | 'defaults'>): string {
  const references = [{ file: 'vars.yml', key: 'IMAGES' }, { dockerfiles: 'Dockerfile' }];
  const names = { mirror: `${mirror.host}/${prefix}`, 'mirror-path': '{registry}/{repository}' };
  const listed = images.length === 0 ? {} : { images };
  return JSON.stringify({ ...names, defaults: { 'new-tags': 'ignore', ...defaults }, ...listed, references });
}

function filesOf({ pins = [], dockerfile = 'FROM scratch\n' }: Stage): Record<string, string> {
  return { ...TRUST, 'vars.yml': `IMAGES: ${JSON.stringify(pins)}\n`, Dockerfile: dockerfile };
}

function run(stage: Stage, options: ActionOptions = {}): Promise<ActionResult> {
  return runAction({ config: configOf(stage), files: filesOf(stage), ...options });
}

type Row = { tag: string; reason: string; hint: string };
const rows = (result: ActionResult, output: string) => (result.report as Record<string, Row[]>)[output] ?? [];
const brief = (result: ActionResult, output: string) =>
  rows(result, output).map(({ tag, reason }) => `${tag} ${reason}`);
const keep = (tag: string, name: string) => `${tag}-${pin(name).slice(7, 19)}`;
const entry = (more: object) => [{ source: `${above.host}/lib/app`, tags: ['3'], ...more }];

describe('what files ask for', () => {
  it('is proven as the entry of its source says, whatever its tag', async () => {
    const pins = [`${copy()}:1@${pin('unsigned')}`, `${copy()}@${pin('unsigned')}`];
    const result = await run({
      images: entry({ 'signed-by': [ACME] }),
      pins: [...pins, `${copy()}:3@${pin('signed')}`],
      dockerfile: `FROM ${above.host}/lib/app:2\n`,
    });
    expect(brief(result, 'refused').sort()).toEqual(
      ['1 unsigned', '2 unsigned', `${keep('pinned', 'unsigned')} unsigned`].sort(),
    );
    expect(brief(result, 'copied').sort()).toEqual(['3 missing', `${keep('3', 'signed')} missing`].sort());
    expect((await there()).sort()).toEqual(['3', keep('3', 'signed')].sort());
    // A line of a file has no signed-by of its own.
    const hints = rows(result, 'refused').map(({ hint }) => hint.replace(/^.*signed-by is that /, ''));
    expect(hints).toContain(`of ${above.host}/lib/app or of defaults; Dockerfile, line 1 asks for the image`);
    expect(hints).toContain(`of ${above.host}/lib/app or of defaults; vars.yml, line 1 asks for the image`);
  });

  it('is let in by any signer whom one of several entries names, and by none that no entry names', async () => {
    const images = [
      ...entry({ 'signed-by': [{ key: 'trust/acme.pub' }] }),
      ...entry({ tags: ['none'], 'signed-by': [ACME] }),
    ];
    const result = await run({
      images,
      pins: [`${copy()}:9@${pin('signed')}`, `${copy()}:1@${pin('unsigned')}`],
    });
    expect(brief(result, 'copied')).toEqual(['9 missing']);
    expect(brief(result, 'refused').sort()).toEqual(['1 unsigned', '3 wrong-signer']);
  });

  it('is lifted by `none` at the entry, which a file could not say', async () => {
    const stage = { defaults: { 'signed-by': [ACME] }, pins: [`${copy()}:1@${pin('unsigned')}`] };
    const held = await run({ ...stage, images: [] });
    expect([brief(held, 'refused'), mirror.traffic().writes]).toEqual([['1 unsigned'], 0]);
    const lifted = await run({ ...stage, images: entry({ 'signed-by': 'none' }) });
    expect([lifted.outputs.status, brief(lifted, 'copied').sort()]).toEqual([
      'synced',
      ['1 missing', '3 missing'],
    ]);
  });

  it('too young a signature is waited for, too', async () => {
    const images = entry({ 'signed-by': [ACME], 'min-signature-age': '365d' });
    const result = await run({ images, pins: [`${copy()}:9@${pin('signed')}`] });
    expect(brief(result, 'deferred').sort()).toEqual(['3 too-young', '9 too-young']);
    expect(mirror.traffic().writes).toBe(0);
  });
});

it('a pin does not move to what nobody signed: not one byte of it is written, and no pull request says so', async () => {
  await push(below.url, repository(), image('signed'), ['1']);
  const stage = { images: entry({ 'signed-by': [ACME] }), pins: [`${copy()}:1@${pin('signed')}`] };
  const { 'vars.yml': vars = '', Dockerfile = '' } = filesOf(stage);
  const api = await startGitHubApi({
    repository: 'acme/images',
    files: { 'images.yaml': configOf(stage), 'vars.yml': vars, Dockerfile },
  });
  const options = {
    inputs: { pins: 'pull-request', token: 'a-token' },
    env: { GITHUB_API_URL: api.url },
  };
  const result = await run(stage, options);
  await api.stop();
  expect(brief(result, 'refused')).toEqual([`${keep('1', 'unsigned')} unsigned`]);
  expect(JSON.parse(result.outputs.copied ?? '[]')).toEqual([
    expect.objectContaining({ tag: '3', signedBy: `${IDENTITY} (${ISSUER})` }),
  ]);
  expect(api.pulls).toEqual([]);
  expect((await there()).sort()).toEqual(['1', '3']);
});
