// Pins that move: the bundle between real registries, and GitHub's API on loopback. Upstream moves, the digest is
// mirrored, a pull request says so, it is merged, and lint is clean.

import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { image, push } from '../../demo/images.mjs';
import { startProxy } from '../fakes/faults/proxy.ts';
import { type GitHubApi, startGitHubApi } from '../fakes/github/github-api.ts';
import { digestOf } from '../fakes/registries/oracle.ts';
import { type RunningRegistry, startRegistry } from '../fakes/registries/registries.ts';
import { type ActionResult, runAction } from '../fakes/runner/bundle.ts';
import { tagsOf } from '../fakes/trials/held.ts';

const BRANCH = 'fresh-mirror/images.yaml-pins';

let upstream: RunningRegistry;
let mirror: RunningRegistry;
let api: GitHubApi;
let files: Record<string, string>;
const running: Pick<RunningRegistry, 'stop'>[] = [];

beforeEach(async () => {
  [upstream, mirror] = await Promise.all([startRegistry(), startRegistry()]);
  running.push(upstream, mirror);
  await push(upstream.url, 'library/ruby', image('R1'), ['3.4.1']);
  await push(upstream.url, 'library/python', image('P1'), ['3.14']);
  await push(upstream.url, 'library/golang', image('G1'), ['1.26']);
  const copy = (name: string) => `${mirror.host}/m/docker.io/library/${name}`;
  files = {
    'images.yaml': [
      `mirror: ${mirror.host}/m`,
      'mirror-path: "{registry}/{repository}"',
      `read-from: { docker.io: "${upstream.host}" }`,
      'images:',
      `  - golang:1.26@${pin('G1')} # the build image`,
      'references:',
      '  - { file: vars.yml, key: IMAGES }',
      '  - { dockerfiles: Dockerfile }',
      '',
    ].join('\n'),
    'vars.yml': `IMAGES:\n  # what we ship\n  ruby: '${copy('ruby')}:3.4.1@${pin('R1')}' # ruby\n  python: "${copy('python')}:3.14@${pin('P1')}"\n`,
    Dockerfile: `FROM ${copy('ruby')}:3.4.1@${pin('R1')} AS base\nRUN true\n`,
  };
  await Promise.all([
    push(mirror.url, 'm/docker.io/library/ruby', image('R1'), ['3.4.1']),
    push(mirror.url, 'm/docker.io/library/python', image('P1'), ['3.14']),
  ]);
  api = await startGitHubApi({ repository: 'acme/images', files });
});
afterEach(async () => {
  await api.stop();
  await Promise.all(running.splice(0).map((registry) => registry.stop()));
});
afterAll(async () => {
  await Promise.all(running.splice(0).map((registry) => registry.stop()));
});

const pin = (name: string) => image(name).index.digest;

function layersOf(manifest: Buffer): string[] {
  const { layers } = JSON.parse(manifest.toString()) as { layers: readonly { digest: string }[] };
  return layers.map(({ digest }) => digest);
}

/** The files of the repository as a checkout of its default branch has them. */
function checkout(): { config: string; files: Record<string, string> } {
  const read = (path: string) => api.file('main', path) ?? '';
  const others = Object.keys(files).filter((path) => path !== 'images.yaml');
  return { config: read('images.yaml'), files: Object.fromEntries(others.map((path) => [path, read(path)])) };
}

function run(inputs: Record<string, string> = {}): Promise<ActionResult> {
  const env = { GITHUB_API_URL: api.url };
  return runAction({ ...checkout(), env, inputs: { pins: 'pull-request', token: 'a-token', ...inputs } });
}

const moveOn = () =>
  Promise.all([
    push(upstream.url, 'library/ruby', image('R2'), ['3.4.1']),
    push(upstream.url, 'library/python', image('P2'), ['3.14']),
    push(upstream.url, 'library/golang', image('G2'), ['1.26']),
  ]);

const rows = ({ report }: ActionResult) =>
  (report as unknown as { stalePins: { file: string; line: number; state: string }[] }).stalePins.map(
    ({ file, line, state }) => `${file}:${line} ${state}`,
  );

describe('a tag that is pinned and has moved on', () => {
  it('is mirrored, then proposed in every file at once; merged, lint is clean and nothing is left', async () => {
    await run();
    expect(api.pulls).toEqual([]);
    await moveOn();
    const result = await run();
    expect(result.code).toBe(0);
    const [pull] = api.pulls;
    expect(pull?.head.ref).toBe(BRANCH);
    expect(result.outputs['pull-request-number']).toBe('1');
    // Nobody is asked to use what cannot be pulled yet.
    for (const [name, tag, digest] of [
      ['ruby', '3.4.1', pin('R2')],
      ['python', '3.14', pin('P2')],
      ['golang', '1.26', pin('G2')],
    ] as const) {
      const keep = `${tag}-${digest.slice(7, 19)}`;
      expect(await digestOf(`${mirror.host}/m/docker.io/library/${name}:${keep}`)).toBe(digest);
    }
    for (const path of Object.keys(files)) {
      const wanted = ['R', 'P', 'G'].reduce(
        (text, one) => text.replaceAll(pin(`${one}1`), pin(`${one}2`)),
        files[path] ?? '',
      );
      expect(api.file(BRANCH, path)).toBe(wanted);
    }
    expect(pull?.body).toContain(`\`ruby:3.4.1@${pin('R2').slice(7, 19)}\``);
    expect(pull?.body).toContain(`from \`${pin('R1').slice(7, 19)}\` in `);
    expect(pull?.body).toContain('`vars.yml:3`');
    expect(rows(result).sort()).toEqual([
      'Dockerfile:1 proposed',
      'images.yaml:5 proposed',
      'vars.yml:3 proposed',
      'vars.yml:4 proposed',
    ]);
    api.takeWrites();
    await run();
    expect(api.takeWrites()).toEqual([]);
    api.merge(1);
    await run();
    const lint = await run({ mode: 'lint', 'lint-online': 'true' });
    expect([lint.outputs.status, JSON.parse(lint.outputs.findings ?? '')]).toEqual(['fresh', []]);
    api.takeWrites();
    const after = await run();
    expect([rows(after), api.takeWrites()]).toEqual([[], []]);
  });

  it('is left alone once it was declined, until there is another digest', async () => {
    await moveOn();
    await run();
    api.tick(1, `3.4.1@${pin('R2').slice(7, 19)}`, false);
    const second = await run();
    expect(api.file(BRANCH, 'Dockerfile')).toBe(files.Dockerfile);
    expect(api.file(BRANCH, 'vars.yml')).toContain(pin('P2'));
    expect(rows(second)).toContain('Dockerfile:1 declined');
    api.close(1);
    api.takeWrites();
    const third = await run();
    expect([api.takeWrites(), api.pulls.length]).toEqual([[], 1]);
    expect(rows(third).filter((row) => row.endsWith('declined'))).toHaveLength(4);
    await push(upstream.url, 'library/python', image('P3'), ['3.14']);
    await run();
    expect(
      api.pulls.filter(({ state }) => state === 'open').map(({ body }) => body?.includes(pin('P3'))),
    ).toEqual([true]);
  });

  it('is only told of by default, and by check, which is stale then', async () => {
    await moveOn();
    const told = await run({ pins: '' });
    expect(rows(told)).toHaveLength(4);
    expect(rows(told).every((row) => row.endsWith(' stale'))).toBe(true);
    // Looks once whether it left a pull request open when it was asked for one.
    expect(api.takeRequests()).toEqual(['GET /issues']);
    const checked = await run({ mode: 'check', pins: '' });
    expect([checked.outputs.status, rows(checked).length]).toEqual(['stale', 4]);
    await run({ mode: 'check' });
    expect(api.requests).toEqual([]);
    expect(told.summary).toContain('### Stale pins (4)');
    for (const text of [told.stdout, told.summary]) expect(text).toContain('4 stale pins');
  });

  it('stays in a file that somebody else bumps, and where a comment says so', async () => {
    files['images.yaml'] =
      files['images.yaml']?.replace('dockerfiles: Dockerfile }', 'dockerfiles: Dockerfile, bump: false }') ??
      '';
    files['vars.yml'] =
      files['vars.yml']?.replace(
        '# what we ship',
        '# fresh-mirror-ignore: stale-pin — tested with this one',
      ) ?? '';
    api.push('main', files);
    await moveOn();
    await run();
    expect(api.file(BRANCH, 'Dockerfile')).toBe(files.Dockerfile);
    expect(api.file(BRANCH, 'vars.yml')).toBe(files['vars.yml']?.replace(pin('P1'), pin('P2')));
  });
});

it('a pin of one image of an index is stale when the index moves on, and not before', async () => {
  const child = image('P1').manifests[0]?.digest ?? '';
  files['vars.yml'] = files['vars.yml']?.replace(pin('P1'), child) ?? '';
  api.push('main', files);
  expect(rows(await run({ pins: '' }))).toEqual([]);
  const checked = await run({ mode: 'check' });
  expect([rows(checked), checked.outputs.status]).toEqual([[], 'fresh']);
  await push(upstream.url, 'library/python', image('P2'), ['3.14']);
  expect(rows(await run())).toEqual(['vars.yml:4 proposed']);
  expect(api.file(BRANCH, 'vars.yml')).toBe(files['vars.yml']?.replace(child, pin('P2')));
});

it('a pull request that the policy does not ask for any more is closed, and comes back with the policy', async () => {
  await moveOn();
  await run();
  const off = await run({ pins: 'report' });
  expect(api.pulls.map(({ state }) => state)).toEqual(['closed']);
  expect(api.file(BRANCH, 'vars.yml')).toBeNull();
  expect(off.summary).toContain('the policy pins does not ask for it any more');
  expect(api.pulls[0]?.body).toContain('Closed, because the policy `pins` of `images.yaml`');
  expect(rows(await run())).toContain('vars.yml:3 proposed');

  files['images.yaml'] = `${files['images.yaml']}defaults: { pins-group: file }\n`;
  api.push('main', files);
  await run();
  const open = api.pulls.filter(({ state }) => state === 'open').map(({ head }) => head.ref);
  expect(open.toSorted()).toEqual(
    ['Dockerfile', 'images.yaml', 'vars.yml'].map((file) => `fresh-mirror/images.yaml-pins-of/${file}`),
  );
});

it('a newer tag of the series is proposed with its digest', async () => {
  files['images.yaml'] =
    files['images.yaml']?.replace('key: IMAGES }', 'key: IMAGES, bump-tags: patch }') ?? '';
  api.push('main', files);
  await push(upstream.url, 'library/ruby', image('R3'), ['3.4.2', '3.5.0', '3.4.3-rc1']);
  await run();
  expect(api.file(BRANCH, 'vars.yml')).toBe(
    files['vars.yml']?.replace(`3.4.1@${pin('R1')}`, `3.4.2@${pin('R3')}`),
  );
  expect(api.file(BRANCH, 'Dockerfile')).toBe(files.Dockerfile);
});

it('a digest that lacks a platform is not proposed, and the run says so, until that is accepted', async () => {
  const small = image('R2', { platforms: { 'linux/amd64': 'R2' } });
  await push(upstream.url, 'library/ruby', small, ['3.4.1']);
  const result = await run();
  expect(api.pulls).toEqual([]);
  expect(rows(result).sort()).toEqual(['Dockerfile:1 refused', 'vars.yml:3 refused']);
  expect(result.summary).toContain('would lose `linux/arm64`');
  await run({ 'lost-platforms': 'accept' });
  expect(api.pulls[0]?.body).toContain('**loses** `linux/arm64`');
  expect(api.file(BRANCH, 'Dockerfile')).toContain(small.index.digest);
});

it('a digest that the mirror could not get is not proposed; the next run proposes it', async () => {
  await moveOn();
  const broken = await startProxy(upstream.host, {
    faults: [
      {
        ...{ methods: 'any', place: 'blob', times: 'always', effect: { kind: 'status', status: 403 } },
        references: image('G2').manifests.flatMap(({ bytes }) => layersOf(bytes)),
      },
    ],
  });
  running.push(broken);
  const readThere = { 'read-from': `docker.io=${broken.host}` };
  const first = await run(readThere);
  expect(rows(first)).toContain('images.yaml:5 failed');
  expect([first.outputs.status, first.outputs['failed-count']]).toEqual(['partial', '1']);
  expect(api.file(BRANCH, 'images.yaml')).toBe(files['images.yaml']);
  expect(api.file(BRANCH, 'vars.yml')).toContain(pin('R2'));
  broken.setFaults([]);
  await run(readThere);
  expect(api.file(BRANCH, 'images.yaml')).toContain(pin('G2'));
});

describe('two jobs that mirror one config to two mirrors', () => {
  let second: RunningRegistry;
  beforeEach(async () => {
    second = await startRegistry();
    running.push(second);
  });
  const other = (inputs: Record<string, string> = {}) => run({ mirror: `${second.host}/m`, ...inputs });

  it('do not undo what the other one proposed, whoever has less to say', async () => {
    await moveOn();
    await run();
    api.takeWrites();
    // This job sees the pin of the images config alone: the files pin what is on the first mirror.
    const beside = await other();
    expect(api.takeWrites()).toEqual([]);
    expect(rows(beside)).toEqual(['images.yaml:5 proposed']);
    expect(await digestOf(`${second.host}/m/docker.io/library/golang:1.26-${pin('G2').slice(7, 19)}`)).toBe(
      pin('G2'),
    );
    files['images.yaml'] =
      files['images.yaml']?.replace(/\n {2}- golang.*\n/, '\n  - { source: golang, tags: ["1.26"] }\n') ?? '';
    api.push('main', { 'images.yaml': files['images.yaml'] });
    await run();
    api.takeWrites();
    const nothing = await other();
    expect([rows(nothing), api.takeWrites(), api.pulls.map(({ state }) => state)]).toEqual([
      [],
      [],
      ['open'],
    ]);
  });

  it('are told to have a branch each where they differ, and then have one', async () => {
    await push(upstream.url, 'library/ruby', image('R2'), ['3.4.1']);
    await run();
    await push(upstream.url, 'library/golang', image('G2'), ['1.26']);
    api.takeWrites();
    const beside = await other();
    expect(api.takeWrites()).toEqual([]);
    expect(beside.report).toMatchObject({
      notices: expect.arrayContaining([
        expect.objectContaining({
          message: `pull request #1 on the branch ${BRANCH} moves pins for another mirror, ${mirror.host}/m - give the job of each mirror a branch of its own with the input branch`,
        }),
      ]),
    });
    await other({ branch: 'fresh-mirror/second' });
    expect(api.pulls.map(({ head }) => head.ref)).toEqual([BRANCH, 'fresh-mirror/second-pins']);
    expect(api.file('fresh-mirror/second-pins', 'images.yaml')).toContain(pin('G2'));
  });
});

it('what is proposed can be pulled for as long as it is proposed, whatever the tag does', async () => {
  files['images.yaml'] =
    files['images.yaml']?.replace('images:\n', 'images:\n  - { source: ruby, tags: ["3.4.1"] }\n') ?? '';
  api.push('main', files);
  await moveOn();
  await run();
  expect(api.file(BRANCH, 'vars.yml')).toContain(pin('R2'));
  // A person works on the branch, so that it stays as it is while upstream goes on.
  api.push(BRANCH, { 'notes.txt': 'tried\n' });
  await push(upstream.url, 'library/ruby', image('R3'), ['3.4.1']);
  const later = await run();
  expect(later.summary).toContain('somebody pushed to the branch');
  const tags = await tagsOf(mirror.url, 'm/docker.io/library/ruby');
  expect([tags['3.4.1'], Object.values(tags).includes(pin('R2'))]).toEqual([pin('R3'), true]);
  const again = await run();
  expect(again.stdout).not.toMatch(/bringing the digests of $/m);
});

it('what is left to a person is told in the pull request, and not called proposed', async () => {
  files.Dockerfile = files.Dockerfile?.replace('@', '@\\\n') ?? '';
  api.push('main', files);
  await push(upstream.url, 'library/ruby', image('R2'), ['3.4.1']);
  const result = await run();
  expect(rows(result).sort()).toEqual(['Dockerfile:1 stale', 'vars.yml:3 proposed']);
  expect(result.report).toMatchObject({
    stalePins: expect.arrayContaining([
      expect.objectContaining({ message: expect.stringMatching(/^left to a person: it is not written in/) }),
    ]),
  });
  expect(api.pulls[0]?.body).toContain('**To change by hand**');
  expect(api.file(BRANCH, 'Dockerfile')).toBe(files.Dockerfile);
});

it('each file has a pull request of its own where that is asked for', async () => {
  files['images.yaml'] = `${files['images.yaml']}defaults: { pins-group: file }\n`;
  api.push('main', files);
  await moveOn();
  await run();
  const heads = api.pulls.map(({ head }) => head.ref);
  expect(heads).toEqual(
    ['images.yaml', 'Dockerfile', 'vars.yml'].map((file) => `fresh-mirror/images.yaml-pins-of/${file}`),
  );
  expect(api.file(heads[1] ?? '', 'vars.yml')).toBe(files['vars.yml']);
  expect(api.file(heads[1] ?? '', 'Dockerfile')).toBe(files.Dockerfile?.replace(pin('R1'), pin('R2')));
});
