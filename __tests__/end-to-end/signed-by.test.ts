// `signed-by` through the bundle, against real registries: what somebody on the list signed arrives, and of everything else
// not one byte does. What the mirror has is read by crane.

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { image, push } from '../../demo/images.mjs';
import type { Digest } from '../../src/image/names/digest.ts';
import { type RunningProxy, startProxy } from '../fakes/faults/proxy.ts';
import { digestOf, list } from '../fakes/registries/oracle.ts';
import { type RunningRegistry, startRegistry } from '../fakes/registries/registries.ts';
import { type ActionResult, runAction } from '../fakes/runner/bundle.ts';
import { ATTACKS, type Target } from '../fakes/sigstore/attacks.ts';
import { createAuthority, newKeys } from '../fakes/sigstore/authority.ts';
import { attachSignatures } from '../fakes/sigstore/publish.ts';
import {
  IDENTITY,
  ISSUER,
  type OldSignature,
  publicPem,
  signNew,
  signOld,
  statementOf,
} from '../fakes/sigstore/signing.ts';

type Row = {
  source: string;
  tag: string;
  reason: string;
  message: string;
  signedBy?: string;
  signedAt?: string;
};

let above: RunningRegistry;
let below: RunningRegistry;
let upstream: RunningProxy;
let mirror: RunningProxy;
const good = createAuthority('good.example');
const evil = createAuthority('evil.example');
const keys = newKeys();

beforeAll(async () => {
  [above, below] = await Promise.all([startRegistry(), startRegistry()]);
  [upstream, mirror] = await Promise.all([startProxy(above.host), startProxy(below.host)]);
});
afterAll(async () => {
  await Promise.all([upstream.stop(), mirror.stop()]);
  await Promise.all([above.stop(), below.stop()]);
});
beforeEach(() => {
  upstream.reset();
  mirror.reset();
});

/** Waits between attempts are a twentieth of what they are. */
const FAST = { FRESH_MIRROR_PATIENCE: '0.05' };
const ROOT = 'trust/root.json';
const ACME = { issuer: ISSUER, identity: IDENTITY, 'trusted-root': ROOT };
const FILES = {
  [ROOT]: JSON.stringify(good.trustedRoot),
  'trust/acme.pub': publicPem(keys),
};

type Signed = { old?: readonly OldSignature[]; bundles?: readonly unknown[]; subject?: string };

/** Publishes an image of its own with what is attached to it, and gives back what there is to attack. */
async function publish(repository: string, sign: (target: Target) => Signed): Promise<Target> {
  const made = image(repository);
  await push(above.url, repository, made, ['1']);
  const [child] = made.manifests;
  const target: Target = {
    digest: made.index.digest as Digest,
    child: (child?.digest ?? '') as Digest,
    other: image(`${repository} other`).index.digest as Digest,
    good,
    evil,
  };
  const { old = [], bundles = [], subject } = sign(target);
  await attachSignatures({ url: above.url, repository, digest: target.digest }, old, bundles, subject);
  return target;
}

function run(
  prefix: string,
  repositories: readonly string[],
  terms: object = { 'signed-by': [ACME] },
  options: { inputs?: Record<string, string>; files?: Record<string, string>; workspace?: string } = {},
): Promise<ActionResult> {
  upstream.reset();
  mirror.reset();
  const images = repositories.map((name) => ({ source: `${upstream.host}/${name}`, tags: ['1'], ...terms }));
  return runAction({
    config: JSON.stringify({ mirror: `${mirror.host}/${prefix}`, images }),
    files: FILES,
    env: FAST,
    ...options,
  });
}

const rows = (result: ActionResult, output: string) => JSON.parse(result.outputs[output] ?? 'null') as Row[];
const mirrored = (prefix: string, repository: string) => list(`${below.host}/${prefix}/${repository}`);

describe('who must have signed', () => {
  it('lets in what somebody on the list signed, in both formats, and says who and since when', async () => {
    await publish('ok/old', ({ digest }) => ({ old: [signOld(digest, { authority: good })] }));
    await publish('ok/new', ({ digest }) => ({
      bundles: [signNew(statementOf(digest), { authority: good })],
    }));
    const { digest } = await publish('ok/key', (of) => ({ old: [signOld(of.digest, { keys })] }));
    const signers = { 'signed-by': [ACME, { key: 'trust/acme.pub' }] };
    const result = await run('ok', ['ok/old', 'ok/new', 'ok/key'], signers);
    expect([result.outputs.status, result.code]).toEqual(['synced', 0]);
    const copied = rows(result, 'copied');
    expect(copied.map(({ signedBy, signedAt }) => [signedBy, signedAt])).toEqual([
      [`${IDENTITY} (${ISSUER})`, '2026-11-01T12:03:00.000Z'],
      [`${IDENTITY} (${ISSUER})`, '2026-11-01T12:03:00.000Z'],
      ['the key trust/acme.pub', undefined],
    ]);
    expect(result.summary).toContain(`signed by \`${IDENTITY} (${ISSUER})\` on 2026-11-01`);
    expect(await digestOf(`${below.host}/ok/ok/key:1`)).toBe(digest);
    const again = await run('ok', ['ok/old', 'ok/new', 'ok/key'], signers);
    expect([again.outputs.status, upstream.traffic().counts.manifestGet]).toEqual(['fresh', 0]);
  });

  it('of 40 attacks not one byte is written, and check says the same', async () => {
    const names = ATTACKS.map((_, at) => `attack/a${at}`);
    for (const [at, { old, bundles }] of ATTACKS.entries()) {
      await publish(`attack/a${at}`, (target) => ({
        old: old?.(target) ?? [],
        bundles: bundles?.(target) ?? [],
      }));
    }
    await publish('attack/right', ({ digest }) => ({ old: [signOld(digest, { authority: good })] }));
    const checked = await run('attack', [...names, 'attack/right'], undefined, { inputs: { mode: 'check' } });
    expect(mirror.traffic().writes).toBe(0);
    const result = await run('attack', names);
    expect(mirror.traffic().writes).toBe(0);
    const refused = rows(result, 'refused').map(({ source, reason }) => [source.split('/').at(-1), reason]);
    expect(refused).toEqual(ATTACKS.map(({ reason }, at) => [`a${at}`, reason]));
    expect(rows(checked, 'refused').map(({ reason }) => reason)).toEqual(ATTACKS.map(({ reason }) => reason));
    expect(rows(checked, 'stale').map(({ source }) => source.split('/').at(-1))).toEqual(['right']);
    for (const name of names) expect(await mirrored('attack', name)).toEqual([]);
    const both = await run('attack', [...names, 'attack/right']);
    expect([both.outputs.status, rows(both, 'copied').length]).toEqual(['partial', 1]);
    for (const name of names) expect(await mirrored('attack', name)).toEqual([]);
  });

  it('a fall-back index that lists what belongs to another image counts for nothing', async () => {
    const { other } = await publish('foreign/a', ({ digest }) => ({
      bundles: [signNew(statementOf(digest), { authority: good })],
      subject: image('foreign/a other').index.digest,
    }));
    expect(other).toMatch(/^sha256:/);
    const result = await run('foreign', ['foreign/a']);
    expect(rows(result, 'refused').map(({ reason }) => reason)).toEqual(['unsigned']);
    expect(await mirrored('foreign', 'foreign/a')).toEqual([]);
  });

  it('platform tags of an index that nobody signed do not move either', async () => {
    await publish('tags/a', () => ({}));
    const result = await run('tags', ['tags/a'], { 'signed-by': [ACME], 'platform-tags': '{tag}-{arch}' });
    expect(rows(result, 'refused').map(({ tag, reason }) => [tag, reason])).toEqual([
      ['1', 'unsigned'],
      ['1-amd64', 'unsigned'],
      ['1-arm64', 'unsigned'],
    ]);
    expect(mirror.traffic().writes).toBe(0);
  });

  it('a subset is made of what is signed, and of nothing else', async () => {
    await publish('subset/a', ({ digest }) => ({ old: [signOld(digest, { authority: good })] }));
    await publish('subset/b', ({ child }) => ({ old: [signOld(child, { authority: good })] }));
    const terms = { 'signed-by': [ACME], platforms: ['amd64'] };
    const result = await run('subset', ['subset/a', 'subset/b'], terms);
    expect(rows(result, 'copied').map(({ source }) => source.split('/').at(-1))).toEqual(['a']);
    expect(rows(result, 'refused').map(({ reason }) => reason)).toEqual(['unsigned']);
    expect(await mirrored('subset', 'subset/b')).toEqual([]);
    const again = await run('subset', ['subset/a'], terms);
    expect([again.outputs.status, upstream.traffic().counts.manifestGet]).toEqual(['fresh', 0]);
  });

  it('what the mirror has already is asked about when it is looked into', async () => {
    await publish('deep/a', () => ({}));
    await run('deep', ['deep/a'], {});
    const fresh = await run('deep', ['deep/a']);
    expect(fresh.outputs.status).toBe('fresh');
    const deep = await run('deep', ['deep/a'], { 'signed-by': [ACME], verify: 'deep' });
    expect(rows(deep, 'refused').map(({ reason }) => reason)).toEqual(['unsigned']);
    expect(await mirrored('deep', 'deep/a')).toEqual(['1']);
  });

  it('a pin of a child digest needs a signature of its own', async () => {
    const { child } = await publish('pin/a', ({ digest }) => ({
      old: [signOld(digest, { authority: good })],
    }));
    const source = `${upstream.host}/pin/a`;
    const config = JSON.stringify({
      mirror: `${mirror.host}/pin`,
      defaults: { 'signed-by': [ACME] },
      images: [`${source}:1@${child}`],
    });
    mirror.reset();
    const result = await runAction({ config, files: FILES });
    expect(rows(result, 'refused').map(({ reason }) => reason)).toEqual(['unsigned']);
    expect(mirror.traffic().writes).toBe(0);
  });

  it('a layer that was changed behind a right signature does not arrive', async () => {
    const disk = await startRegistry({ storage: 'filesystem' });
    const made = image('tampered/a');
    await push(disk.url, 'tampered/a', made, ['1']);
    const { digest } = made.index;
    await attachSignatures(
      { url: disk.url, repository: 'tampered/a', digest },
      [signOld(digest, { authority: good })],
      [],
    );
    for (const blob of made.blobs) {
      const hex = blob.digest.slice('sha256:'.length);
      const file = join(disk.data, 'docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex, 'data');
      writeFileSync(file, Buffer.from(blob.bytes).fill(7, 100, 200));
    }
    const images = [{ source: `${disk.host}/tampered/a`, tags: ['1'], 'signed-by': [ACME] }];
    const result = await runAction({
      config: JSON.stringify({ mirror: `${mirror.host}/tampered`, images }),
      files: FILES,
      env: FAST,
    });
    await disk.stop();
    expect(rows(result, 'failed').map(({ reason }) => reason)).toEqual(['corrupt']);
    expect(await mirrored('tampered', 'tampered/a')).toEqual([]);
  });
});

describe('how old a signature is', () => {
  it('a younger one waits until it is due, and the others arrive', async () => {
    const now = new Date(Math.floor(Date.now() / 60_000) * 60_000);
    const wish = { from: new Date(now.getTime() - 60_000) };
    await publish('age/young', ({ digest }) => ({
      old: [signOld(digest, { authority: good, wish, at: now })],
    }));
    await publish('age/old', ({ digest }) => ({ old: [signOld(digest, { authority: good })] }));
    await publish('age/key', ({ digest }) => ({ old: [signOld(digest, { keys })] }));
    await publish('age/logged', ({ digest }) => ({ old: [signOld(digest, { keys, log: good })] }));
    const key = { key: 'trust/acme.pub', 'trusted-root': ROOT };
    const terms = { 'signed-by': [ACME, key], 'min-signature-age': '2d' };
    const names = ['age/young', 'age/old', 'age/key', 'age/logged'];
    const result = await run('age', names, terms);
    const [young] = rows(result, 'deferred');
    const due = new Date(now.getTime() + 2 * 86_400_000).toISOString().slice(0, 16).replace('T', ' ');
    expect(young?.reason).toBe('too-young');
    expect(young?.message).toContain(`it is due at ${due} UTC`);
    expect(rows(result, 'copied').map(({ source }) => source.split('/').at(-1))).toEqual(['old', 'logged']);
    const [unknown] = rows(result, 'refused');
    expect([unknown?.reason, unknown?.message]).toEqual([
      'unsigned',
      expect.stringContaining('there is no proof of when'),
    ]);
    expect(await mirrored('age', 'age/young')).toEqual([]);
    expect(await mirrored('age', 'age/key')).toEqual([]);
    const alone = await run('age', ['age/young'], terms);
    expect([alone.outputs.status, alone.code]).toEqual(['deferred', 0]);
  });
});

describe('what cannot be read is not nobody', () => {
  it.each([
    [401, 'denied'],
    [503, 'server-error'],
  ] as const)('a registry that answers %s for what was signed: %s', async (status, reason) => {
    const name = `unread/${status}`;
    await publish(name, ({ digest }) => ({ old: [signOld(digest, { authority: good })] }));
    upstream.setFaults([
      { methods: ['GET'], place: 'blob', times: 'always', effect: { kind: 'status', status } },
    ]);
    const result = await run('unread', [name]);
    upstream.setFaults([]);
    expect([rows(result, 'failed').map((row) => row.reason), rows(result, 'refused')]).toEqual([
      [reason],
      [],
    ]);
    expect(await mirrored('unread', name)).toEqual([]);
  });

  it("without Sigstore's own root no such tag moves, and the others do", async () => {
    await publish('noroot/a', ({ digest }) => ({ old: [signOld(digest, { authority: good })] }));
    await publish('noroot/b', () => ({}));
    const images = [
      {
        source: `${upstream.host}/noroot/a`,
        tags: ['1'],
        'signed-by': [{ issuer: ISSUER, identity: IDENTITY }],
      },
      { source: `${upstream.host}/noroot/b`, tags: ['1'] },
    ];
    const hosts = [upstream.host, mirror.host].join('\n');
    const result = await runAction({
      config: JSON.stringify({ mirror: `${mirror.host}/noroot`, images }),
      inputs: { hosts },
    });
    const [failed] = JSON.parse(
      JSON.stringify((result.report as { failed: (Row & { hint: string })[] }).failed),
    );
    expect([failed?.reason, failed?.hint]).toEqual([
      'denied',
      expect.stringContaining('add tuf-repo-cdn.sigstore.dev to the input'),
    ]);
    expect(rows(result, 'copied').map(({ source }) => source.split('/').at(-1))).toEqual(['b']);
    expect(await mirrored('noroot', 'noroot/a')).toEqual([]);
  });
});

describe('what a config may say', () => {
  it('a key or a root that cannot be believed is one error each, before anything is contacted', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'signers-'));
    const workspace = join(folder, 'workspace');
    mkdirSync(workspace);
    writeFileSync(join(folder, 'outside.pub'), publicPem(keys));
    symlinkSync(join(folder, 'outside.pub'), join(workspace, 'link.pub'));
    const pem = publicPem(keys);
    const { privateKey } = newKeys();
    const files = {
      'two.pub': pem + pem,
      'private.key': String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
      'none.pub': 'nothing',
      'broken.pub': pem.replace(/^[A-Za-z0-9+/]{20}/m, 'AAAAAAAAAAAAAAAAAAAA'),
      'root.json': '{}',
      'garbage.json': '<html>',
    };
    const keysAt = [
      'link.pub',
      'missing.pub',
      ...Object.keys(files).filter((path) => !path.endsWith('.json')),
    ];
    const signers = [
      ...keysAt.map((key) => ({ key })),
      ...['root.json', 'garbage.json'].map((path) => ({ ...ACME, 'trusted-root': path })),
    ];
    const result = await run('bad', ['bad/a'], { 'signed-by': signers }, { files, workspace });
    rmSync(folder, { recursive: true });
    expect(result.outputs.status).toBe('failed');
    expect(upstream.traffic().requests).toEqual([]);
    const told = result.stdout;
    for (const words of [
      'link.pub is outside the workspace',
      'there is no file missing.pub',
      'two.pub holds more than one key',
      'private.key holds a private key',
      'none.pub holds no public key',
      'broken.pub holds a key that cannot be read',
      'root.json is not a trusted root',
      'garbage.json cannot be read',
    ])
      expect(told).toContain(words);
  });

  it.each([
    ['../acme.pub', 'leaves its folder'],
    ['/etc/ssl/acme.pub', 'is not inside the workspace'],
    ['.git/acme.pub', 'lies under .git'],
  ])('the key %s: %s', async (key, words) => {
    const result = await run('paths', ['paths/a'], { 'signed-by': [{ key }] });
    expect(result.stdout).toContain(words);
    expect(upstream.traffic().requests).toEqual([]);
  });

  it('`none` lifts what `defaults` ask for', async () => {
    await publish('none/a', () => ({}));
    const images = [{ source: `${upstream.host}/none/a`, tags: ['1'], 'signed-by': 'none' }];
    const config = JSON.stringify({
      mirror: `${mirror.host}/none`,
      defaults: { 'signed-by': [ACME] },
      images,
    });
    expect((await runAction({ config, files: FILES })).outputs.status).toBe('synced');
  });

  it('without signed-by there is no request for signatures', async () => {
    await publish('plain/a', ({ digest }) => ({ old: [signOld(digest, { authority: good })] }));
    await run('plain', ['plain/a'], {});
    const asked = upstream.traffic().requests.map(({ path }) => path);
    expect(
      asked.filter(
        (path) => path.includes('.sig') || path.includes('/referrers/') || path.includes('sha256-'),
      ),
    ).toEqual([]);
  });
});
