// What files under `references` ask of the mirror, by the bundle and between real registries.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { image, push } from '../../demo/images.mjs';
import { type RunningProxy, startProxy } from '../fakes/faults/proxy.ts';
import { type RunningRegistry, startRegistry } from '../fakes/registries/registries.ts';
import { type ActionOptions, type ActionResult, runAction, startAction } from '../fakes/runner/bundle.ts';
import { tagsOf } from '../fakes/trials/held.ts';

let upstream: RunningRegistry;
let mirror: RunningRegistry;
let [from, to]: RunningProxy[] = [];
let prefix = 'm0';
beforeAll(async () => {
  [upstream, mirror] = await Promise.all([startRegistry(), startRegistry()]);
  [from, to] = await Promise.all([startProxy(upstream.host), startProxy(mirror.host)]);
  for (const name of ['OLD', 'ONLY', 'TWO']) await push(upstream.url, 'lib/app', image(name), []);
  await push(upstream.url, 'lib/app', image('NEW'), ['1', '1-slim', '2']);
  await push(upstream.url, 'lib/base', image('BASE'), ['3', 'latest']);
});
afterAll(async () => {
  await Promise.all([from?.stop(), to?.stop()]);
  await Promise.all([upstream.stop(), mirror.stop()]);
});
beforeEach(() => {
  prefix = `m${Number(prefix.slice(1)) + 1}`;
});

const pin = (name: string) => image(name).index.digest;
const keep = (tag: string, name: string) => `${tag}-${pin(name).slice(7, 19)}`;
const source = (name: string) => `${from?.host}/lib/${name}`;
const repository = (name = 'app') => `${prefix}/${from?.host.replace(':', '_')}/lib/${name}`;
const copy = (name = 'app') => `${to?.host}/${repository(name)}`;

type Files = Readonly<Record<string, string>>;
const vars = (...lines: readonly string[]): Files => ({
  'vars.yml': `IMAGES:\n${lines.map((line, at) => `  i${at}: ${line}\n`).join('')}`,
});

function act(files: Files, more: readonly string[] = [], options: ActionOptions = {}): Promise<ActionResult> {
  const config = [
    `mirror: ${to?.host}/${prefix}`,
    'mirror-path: "{registry}/{repository}"',
    'references:',
    ...('vars.yml' in files ? ['  - { file: vars.yml, key: IMAGES }'] : []),
    ...('Dockerfile' in files ? ['  - { dockerfiles: Dockerfile }'] : []),
    ...more,
  ].join('\n');
  return runAction({ config, files, ...options });
}

type Row = { tag: string; reason: string; message?: string; hint?: string };
const rows = ({ outputs }: ActionResult, name: string) => JSON.parse(outputs[name] ?? '[]') as Row[];
const brief = (result: ActionResult, name: string) =>
  rows(result, name).map(({ tag, reason }) => `${tag} ${reason}`);
const listed = (tags: string) => [
  'images:',
  `  - { source: "${source('app')}", tags: [${tags}], new-tags: ignore }`,
];

describe('a pin', () => {
  it('is brought by its digest, with or without a tag; once it is there, upstream is asked for its tag alone', async () => {
    const files = vars(`${copy()}:1@${pin('OLD')}`, `${copy()}@${pin('ONLY')}`);
    const check = await act(files, [], { inputs: { mode: 'check' } });
    expect([check.outputs.status, brief(check, 'stale')]).toEqual([
      'stale',
      ['1 missing', `${keep('pinned', 'ONLY')} missing`],
    ]);
    const first = await act(files);
    expect(first.outputs.status).toBe('synced');
    const tags = { '1': pin('OLD'), [keep('pinned', 'ONLY')]: pin('ONLY') };
    expect(await tagsOf(mirror.url, repository())).toEqual(tags);
    from?.reset();
    to?.reset();
    const again = await act(files);
    expect(again.outputs.status).toBe('fresh');
    // Whether the tag has moved on is worth one HEAD; a pin without a tag has nothing to follow.
    const asked = from?.traffic().requests.filter(({ kind }) => kind !== 'ping');
    expect(asked?.map(({ method, reference }) => `${method} ${reference}`)).toEqual(['HEAD 1']);
    const { manifestHead, manifestGet } = to?.traffic().counts ?? {};
    expect([manifestHead, manifestGet]).toEqual([2, 0]);
  });

  it('that moves on leaves what it had under a keep-tag, said in summary and report, and no orphan', async () => {
    await act(vars(`${copy()}:1@${pin('OLD')}`));
    const bumped = await act(vars(`${copy()}:1@${pin('NEW')}`));
    expect([bumped.outputs.status, brief(bumped, 'copied')]).toEqual(['synced', ['1 pin']]);
    const tags = { '1': pin('NEW'), [keep('1', 'OLD')]: pin('OLD') };
    expect(await tagsOf(mirror.url, repository())).toEqual(tags);
    const { keepTags } = bumped.report as { keepTags: object[] };
    expect(keepTags).toEqual([
      expect.objectContaining({ tag: keep('1', 'OLD'), keeps: '1', digest: pin('OLD') }),
    ]);
    expect(bumped.summary).toMatch(/keeps the digest that 1 had/);
    const later = await act(vars(`${copy()}:1@${pin('NEW')}`), [
      'images:',
      `  - { source: "${source('app')}", tags: ["2"] }`,
    ]);
    expect(later.summary).toMatch(/1 keep-tag of earlier pins/);
    expect(later.summary).not.toMatch(/no entry keeps fresh/);
  });

  it('with keep-pins: false lets go of what nobody names any more', async () => {
    const off = ['defaults: { keep-pins: false }'];
    await act(vars(`${copy()}:1@${pin('OLD')}`), off);
    await act(vars(`${copy()}:1@${pin('NEW')}`), off);
    expect(await tagsOf(mirror.url, repository())).toEqual({ '1': pin('NEW') });
  });

  it('is gone where nobody has it, and fails nothing else', async () => {
    const result = await act(vars(`${copy()}:1@${pin('NOWHERE')}`, `${copy()}:2@${pin('OLD')}`));
    expect([result.outputs.status, brief(result, 'failed'), brief(result, 'copied')]).toEqual([
      'partial',
      ['1 gone'],
      ['2 missing'],
    ]);
    expect(result.summary).toMatch(/pin a digest that exists in vars\.yml, line 2/);
  });

  it('that upstream dropped is made of what the mirror has under another tag', async () => {
    await push(mirror.url, repository(), image('DROPPED'), ['kept']);
    const result = await act(vars(`${copy()}:1@${pin('DROPPED')}`));
    expect([result.outputs.status, brief(result, 'copied')]).toEqual(['synced', ['1 missing']]);
  });

  it('is whole whatever platforms says, and hybrid makes nothing of it', async () => {
    await push(
      mirror.url,
      repository(),
      image('', { platforms: { 'linux/amd64': 'a', 'linux/s390x': 's' } }),
      ['1'],
    );
    const more = ['defaults: { platforms: [linux/amd64], lost-platforms: hybrid }'];
    const result = await act(vars(`${copy()}:1@${pin('OLD')}`), more);
    expect(result.outputs.status).toBe('synced');
    expect((await tagsOf(mirror.url, repository()))['1']).toBe(pin('OLD'));
    const again = await act(vars(`${copy()}:1@${pin('OLD')}`), more);
    expect(again.outputs.status).toBe('fresh');
  });
});

describe('who owns a tag', () => {
  it.each([
    ['a listed tag', '"1"'],
    ['a glob', '"1*"'],
  ])('%s of the config, and the pin lives under its keep-tag', async (_, tags) => {
    const result = await act(vars(`${copy()}:1@${pin('OLD')}`), listed(tags));
    expect(result.outputs.status).toBe('synced');
    expect(await tagsOf(mirror.url, repository())).toMatchObject({
      '1': pin('NEW'),
      [keep('1', 'OLD')]: pin('OLD'),
    });
  });

  it('a pin of the config before a pin of a file', async () => {
    const result = await act(vars(`${copy()}:1@${pin('OLD')}`), [
      'images:',
      `  - "${source('app')}:1@${pin('TWO')}"`,
    ]);
    expect(result.outputs.status).toBe('synced');
    expect(await tagsOf(mirror.url, repository())).toEqual({
      '1': pin('TWO'),
      [keep('1', 'OLD')]: pin('OLD'),
    });
  });

  it('of two pins the one that more places have, else the first', async () => {
    const two = vars(`${copy()}:1@${pin('OLD')}`, `${copy()}:1@${pin('TWO')}`, `${copy()}:1@${pin('TWO')}`);
    expect((await act(two)).outputs.status).toBe('synced');
    const tags = { '1': pin('TWO'), [keep('1', 'OLD')]: pin('OLD') };
    expect(await tagsOf(mirror.url, repository())).toEqual(tags);
    const even = vars(`${copy()}:2@${pin('OLD')}`, `${copy()}:2@${pin('TWO')}`);
    await act(even);
    expect(await tagsOf(mirror.url, repository())).toMatchObject({
      '2': pin('OLD'),
      [keep('2', 'TWO')]: pin('TWO'),
    });
  });

  it('nobody moves a keep-tag that has another image', async () => {
    await act(vars(`${copy()}:1@${pin('OLD')}`));
    await push(mirror.url, repository(), image('TWO'), [keep('1', 'OLD')]);
    const result = await act(vars(`${copy()}:1@${pin('NEW')}`));
    expect([result.outputs.status, brief(result, 'failed')]).toEqual(['failed', ['1 conflict']]);
    expect((await tagsOf(mirror.url, repository()))['1']).toBe(pin('OLD'));
  });

  it('nor does a pin that would live under it', async () => {
    const taken = { [keep('1', 'OLD')]: pin('TWO'), [keep('pinned', 'ONLY')]: pin('TWO') };
    await push(mirror.url, repository(), image('TWO'), Object.keys(taken));
    const files = vars(`${copy()}:1@${pin('OLD')}`, `${copy()}@${pin('ONLY')}`);
    const result = await act(files, listed('"1"'));
    expect([result.outputs.status, brief(result, 'failed'), brief(result, 'copied')]).toEqual([
      'partial',
      Object.keys(taken).map((tag) => `${tag} conflict`),
      ['1 missing'],
    ]);
    expect(await tagsOf(mirror.url, repository())).toEqual({ ...taken, '1': pin('NEW') });
  });

  it('a pin, where a pattern selects the keep-tag of an upstream that is itself a mirror', async () => {
    await push(upstream.url, 'lib/chain', image('OLD'), [keep('1', 'OLD')]);
    await push(upstream.url, 'lib/chain', image('NEW'), ['1']);
    const images = ['images:', `  - { source: "${source('chain')}", tags: ["*"], new-tags: ignore }`];
    const files = vars(`${copy('chain')}:1@${pin('OLD')}`);
    const result = await act(files, images);
    expect([result.outputs.status, brief(result, 'copied').sort()]).toEqual([
      'synced',
      ['1 missing', `${keep('1', 'OLD')} missing`],
    ]);
    const tags = { '1': pin('NEW'), [keep('1', 'OLD')]: pin('OLD') };
    expect(await tagsOf(mirror.url, repository('chain'))).toEqual(tags);
    expect((await act(files, images)).outputs.status).toBe('fresh');
  });
});

describe('what is not pinned', () => {
  it('is kept fresh: bases of Dockerfiles by any name, others under the mirror prefix; not what is approved', async () => {
    const Dockerfile = `FROM ${source('base')}:3 AS a\nFROM ${copy()}:2\nFROM quay.io/acme/own:1\nCOPY --from=${source('base')} /a /b\n`;
    const files = { Dockerfile, ...vars(`${copy()}:1`, `${source('base')}:none`) };
    const result = await act(files, ['approved: [quay.io/acme]']);
    expect([result.outputs.status, brief(result, 'copied').sort()]).toEqual([
      'synced',
      ['1 missing', '2 missing', '3 missing', 'latest missing'],
    ]);
    expect((await act(files, ['approved: [quay.io/acme]'])).outputs.status).toBe('fresh');
  });

  it('of two sources for one repository is an error before anything is contacted', async () => {
    from?.reset();
    const config = [
      `mirror: ${to?.host}/${prefix}`,
      'references: [{ dockerfiles: Dockerfile }]',
      `images: ["${source('base')}:3"]`,
    ].join('\n');
    const result = await runAction({ config, files: { Dockerfile: 'FROM quay.io/lib/base:1\n' } });
    expect(result.outputs.status).toBe('failed');
    expect(result.annotations.map(({ properties }) => [properties.file, properties.line])).toContainEqual([
      'Dockerfile',
      '1',
    ]);
    expect(result.stdout).toMatch(/both go to .*\/lib\/base/);
    expect(from?.traffic().requests).toEqual([]);
  });
});

describe('what cannot be read', () => {
  it('under the mirror prefix is a failed row with what to do; the others arrive', async () => {
    const result = await act(vars(`${copy()}:1@${pin('OLD')}`, `${to?.host}/${prefix}/what:1@${pin('TWO')}`));
    expect([result.outputs.status, brief(result, 'failed'), brief(result, 'copied')]).toEqual([
      'partial',
      ['1 unsupported'],
      ['1 missing'],
    ]);
    expect(result.summary).toMatch(/cannot be traced back to an upstream/);
  });

  it('as a file is an error before anything moves: nobody knows what it pins', async () => {
    const result = await act({ 'vars.yml': 'IMAGES: [\n' });
    expect(result.outputs.status).toBe('failed');
    expect(result.stdout).toMatch(/not every file under references could be read/);
  });

  it('nothing at all is an error that says where to write', async () => {
    const result = await act(vars('quay.io/acme/own:1'), ['approved: [quay.io/acme]']);
    expect([result.outputs.status, result.code]).toEqual(['failed', 1]);
    expect(result.stdout).toMatch(/lists no images, and no reference leads to the mirror/);
  });
});

describe('wait', () => {
  const env = { FRESH_MIRROR_PATIENCE: '0.05' };
  const inputs = { mode: 'check', wait: '10m' };

  it('asks for what is missing alone until it is there, and then looks as ever', async () => {
    await act(vars(`${copy()}:2@${pin('OLD')}`));
    to?.reset();
    const files = vars(`${copy()}:1@${pin('OLD')}`, `${copy()}:2@${pin('OLD')}`, `${copy()}@${pin('ONLY')}`);
    const config = `mirror: ${to?.host}/${prefix}\nmirror-path: "{registry}/{repository}"\nreferences: [{ file: vars.yml, key: IMAGES }]\n`;
    const running = startAction({ config, files, inputs, env });
    while ((to?.traffic().requests.length ?? 0) < 4) await new Promise((resolve) => setTimeout(resolve, 5));
    for (const tags of [['1'], [keep('pinned', 'ONLY')]] as const) {
      await push(mirror.url, repository(), image(tags[0] === '1' ? 'OLD' : 'ONLY'), tags);
    }
    const result = await running.result;
    // Upstream has moved on from what is pinned: that is work, and nothing to wait for.
    expect([result.code, result.outputs.status, result.outputs.stale]).toEqual([0, 'stale', '[]']);
    const asked = to?.traffic().requests ?? [];
    expect(to?.traffic().counts.manifestGet).toBe(0);
    expect(asked.filter(({ reference }) => reference === pin('OLD'))).toHaveLength(1);
    expect(from?.traffic().writes).toBe(0);
  });

  it('ends with the list of what never came, whatever fail-on says', async () => {
    const files = vars(`${copy()}:1@${pin('OLD')}`, `${copy()}@${pin('ONLY')}`);
    const result = await act(files, [], { inputs: { mode: 'check', wait: '20s', 'fail-on': 'never' }, env });
    expect([result.code, result.outputs.status]).toEqual([1, 'failed']);
    expect(result.stdout).toMatch(/2 images still not in the mirror after 20 s/);
    const places = result.annotations
      .filter(({ name }) => name === 'error')
      .map(({ properties }) => properties.line);
    expect(places).toEqual(expect.arrayContaining(['2', '3']));
  });

  it('does not wait for a login, and is for check alone', async () => {
    to?.setFaults([
      { methods: 'any', place: 'anything', times: 'always', effect: { kind: 'status', status: 401 } },
    ]);
    const files = vars(`${copy()}:1@${pin('OLD')}`);
    const denied = await act(files, [], { inputs, env });
    to?.setFaults([]);
    expect([denied.code, denied.stdout.includes('log in to')]).toEqual([1, true]);
    const sync = await act(files, [], { inputs: { wait: '1m' } });
    expect(sync.stdout).toMatch(/input wait: only check waits for the mirror/);
  });
});
