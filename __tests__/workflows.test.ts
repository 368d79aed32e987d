// The workflows of this repository hold to what they ask of others: actions by commit, no rights unless a job names them
// and says why, no login left on the disk, nothing that a stranger wrote in a shell.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';

type Step = { uses?: string; run?: string; with?: Record<string, unknown>; if?: string };
type Job = {
  permissions?: Record<string, string>;
  'timeout-minutes'?: number;
  steps: Step[];
};
type Workflow = {
  on: Record<string, unknown>;
  permissions?: unknown;
  concurrency?: unknown;
  jobs: Record<string, Job>;
};

const folder = new URL('../.github/workflows/', import.meta.url);
const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const workflows = readdirSync(folder).map((file) => {
  const text = readFileSync(new URL(file, folder), 'utf8');
  return { file, text, workflow: parse(text) as Workflow };
});
it('there is one workflow for each promise of docs/security.md', () => {
  expect(workflows.map(({ file }) => file).sort()).toEqual(
    [
      'check-dist.yml',
      'ci.yml',
      'codeql.yml',
      'crane.yml',
      'release.yml',
      'scorecard.yml',
      'self-test.yml',
    ].sort(),
  );
});

describe.each(workflows)('$file', ({ text, workflow }) => {
  const jobs = Object.values(workflow.jobs);
  const steps = jobs.flatMap((job) => job.steps);

  it('names each action by its whole commit, and the version beside it', () => {
    const uses = text.split('\n').filter((line) => /^\s*(?:- )?uses:/.test(line));
    expect(uses).toHaveLength(steps.filter((step) => step.uses !== undefined).length);
    const pinned = /uses: (?:\.\/|[\w.-]+(?:\/[\w.-]+)+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/;
    expect(uses.filter((line) => !pinned.test(line))).toEqual([]);
  });

  it('has no rights on top, and names those of each job', () => {
    expect(workflow.permissions).toEqual({});
    expect(jobs.filter((job) => job.permissions === undefined)).toEqual([]);
    const words = jobs.flatMap((job) => Object.entries(job.permissions ?? {}));
    expect(words.filter(([, right]) => right !== 'read' && right !== 'write')).toEqual([]);
  });

  it('says at each right to write what it is for', () => {
    const rights = text.split('\n').filter((line) => /^ {6}[a-z-]+: write/.test(line) && !/ # \w/.test(line));
    expect(rights).toEqual([]);
  });

  it('leaves no login of the checkout on the disk', () => {
    const checkouts = steps.filter((step) => step.uses?.startsWith('actions/checkout@'));
    expect(checkouts.filter((step) => step.with?.['persist-credentials'] !== false)).toEqual([]);
  });

  it('does not start in the name of this repository for what a stranger sends', () => {
    const events = Object.keys(workflow.on);
    const dangerous = ['pull_request_target', 'workflow_run', 'issue_comment', 'issues', 'discussion'];
    expect(events.filter((event) => dangerous.includes(event))).toEqual([]);
  });

  it('puts no expression into a shell: values come by `env`', () => {
    expect(steps.filter((step) => step.run?.includes('${{'))).toEqual([]);
  });

  it('gives no pull request a right to write', () => {
    if (!('pull_request' in workflow.on)) return;
    const writers = jobs.filter((job) => Object.values(job.permissions ?? {}).includes('write'));
    // GitHub takes this one away from forks; code scanning needs it for the branches of the repository.
    const rights = writers.flatMap((job) => Object.entries(job.permissions ?? {}));
    expect(rights.filter(([name, right]) => right === 'write' && name !== 'security-events')).toEqual([]);
  });

  it('ends by itself', () => {
    expect(jobs.filter((job) => !((job['timeout-minutes'] ?? 360) <= 60))).toEqual([]);
    expect(workflow.concurrency).toBeDefined();
  });

  it('runs on Node 24 wherever it asks for a Node', () => {
    const nodes = steps.filter((step) => step.uses?.startsWith('actions/setup-node@'));
    expect(nodes.filter((step) => step.with?.['node-version'] !== 24)).toEqual([]);
  });
});

it('a job that is run again uploads its files again, in these workflows and in the examples', () => {
  const examples = readdirSync(new URL('../examples/', import.meta.url)).filter((file) =>
    file.endsWith('.yml'),
  );
  const all = [
    ...workflows,
    ...examples.map((file) => ({ file, workflow: parse(read(`examples/${file}`)) as Workflow })),
  ];
  const uploads = all.flatMap(({ file, workflow }) =>
    Object.values(workflow.jobs)
      .flatMap(({ steps }) => steps)
      .filter(({ uses }) => uses?.startsWith('actions/upload-artifact@'))
      .map((step) => [file, step.with?.overwrite]),
  );
  expect(uploads.length).toBeGreaterThan(18);
  expect(uploads.filter(([, overwrite]) => overwrite !== true)).toEqual([]);
});

it('an action is of one version everywhere', () => {
  const pins = workflows.flatMap(({ text }) =>
    [...text.matchAll(/uses: ([\w.-]+\/[\w.-]+)[\w./-]*@([0-9a-f]{40} # v[\d.]+)$/gm)].map(
      ([, name, pin]) => [name ?? '', pin ?? ''] as const,
    ),
  );
  expect(pins.length).toBeGreaterThan(20);
  const versions = Map.groupBy(pins, ([name]) => name);
  const several = [...versions].filter(([, found]) => new Set(found.map(([, pin]) => pin)).size > 1);
  expect(several).toEqual([]);
});

it('the release is tested before it is attested, attested before it is published, published before v1 moves', () => {
  const { release, verify } = parse(read('.github/workflows/release.yml')).jobs;
  expect(release.needs).toBe('verify');
  expect(verify.steps.at(-1).run).toBe('bash .ci/run');
  const order = release.steps.map((step: Step & { name?: string }) => step.name ?? step.uses?.split('@')[0]);
  expect(order.slice(2)).toEqual([
    'The archive, the schemas, the list of what is inside, and their checksums',
    'Provenance of the archive and of each file that a runner starts',
    'What is inside, attested for the archive',
    'Publish',
    'Move v1',
  ]);
  // An immutable release takes no file after it was published.
  expect(release.steps.at(-2).run).toMatch(/--draft --title .+ release\/\*\n.+--draft=false/);
  expect(release.environment).toBe('release');
});

describe('a release job that is run again', () => {
  const { release } = parse(read('.github/workflows/release.yml')).jobs;
  const scriptOf = (name: string): string =>
    release.steps.find((step: Step & { name?: string }) => step.name === name).run;
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'release-job-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs a step as a runner does, with programs that note what they are asked; gives back the calls that change something. */
  function callsOf(name: string, { draft, latest }: { draft: string; latest: string }): string[] {
    const answers = `case "$*" in
  'release view'*) [ -n "${draft}" ] && echo "${draft}" || exit 1 ;;
  *releases/latest*) echo "${latest}" ;;
  *) echo "gh $*" >> "${folder}/calls" ;;
esac
`;
    for (const [program, text] of Object.entries({ gh: answers, git: 'echo abc\n', node: 'echo notes\n' })) {
      writeFileSync(join(folder, program), `#!/bin/sh\n${text}`, { mode: 0o755 });
    }
    writeFileSync(join(folder, 'calls'), '');
    const env = {
      PATH: `${folder}:${process.env.PATH}`,
      GITHUB_REF_NAME: 'v1.2.3',
      GITHUB_REPOSITORY: 'acme/action',
    };
    const { status, stderr } = spawnSync('bash', ['--norc', '-e', '-c', scriptOf(name)], {
      cwd: folder,
      env,
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
    const calls = readFileSync(join(folder, 'calls'), 'utf8').trim();
    return calls === '' ? [] : calls.split('\n').map((call) => call.split(' ').slice(1, 3).join(' '));
  }

  it.each<readonly [string, string, readonly string[]]>([
    ['nothing', '', ['release create', 'release edit']],
    ['a draft', 'true', ['release delete', 'release create', 'release edit']],
    ['a release', 'false', []],
  ])('after %s was left it publishes what is not published', (_left, draft, calls) => {
    expect(callsOf('Publish', { draft, latest: '' })).toEqual(calls);
  });

  it.each<readonly [string, readonly string[]]>([
    ['v1.2.3', ['api --silent']],
    ['v1.10.0', []],
    ['v2.0.0', []],
  ])('moves v1 to v1.2.3 where %s is the latest release: %j', (latest, calls) => {
    expect(callsOf('Move v1', { draft: '', latest })).toEqual(calls);
  });
});

it('every platform that README names is in a matrix: all tests on arm64, the bundle on each and in containers', () => {
  const { all, platforms, containers } = parse(read('.github/workflows/ci.yml')).jobs;
  expect(all.strategy.matrix.os).toEqual(['ubuntu-latest', 'ubuntu-24.04-arm']);
  const named = (
    { strategy }: { strategy: { matrix: { include: Record<string, string>[] } } },
    key: string,
  ) => strategy.matrix.include.map((row) => row[key]);
  expect(named(platforms, 'os')).toEqual(['ubuntu-24.04-arm', 'macos-latest', 'windows-latest']);
  expect(named(platforms, 'config').at(-1)).toBe('.github\\self-test\\lint.yaml');
  expect(named(containers, 'options')).toEqual(['--user 0', '--user 1001']);
  expect(named(containers, 'image').every((image) => /@sha256:[0-9a-f]{64}$/.test(image ?? ''))).toBe(true);
});

it('the config of the containers asks nobody but itself, and is read', async () => {
  const { parseConfig } = await import('../src/config/images/parse.ts');
  const { config } = parseConfig(Buffer.from(read('.github/self-test/container.yaml')), 'container.yaml');
  expect(config.entries.map(({ pull, mirror }) => [pull.registry, mirror.registry])).toEqual([
    ['127.0.0.1:9', '127.0.0.1:9'],
  ]);
});

it('Dependabot looks at every kind of dependency there is', () => {
  const { updates } = parse(read('.github/dependabot.yml')) as {
    updates: { 'package-ecosystem': string; directory?: string; directories?: string[] }[];
  };
  const watched = updates.flatMap(({ 'package-ecosystem': kind, directory, directories }) =>
    (directories ?? [directory]).map((path) => `${kind} ${path}`),
  );
  expect(watched.sort()).toEqual(
    ['github-actions /', 'gomod /tools', 'npm /', 'npm /tools/pictures', 'pip /tools'].sort(),
  );
});

it('the configs of the self-test are read', async () => {
  const { parseConfig } = await import('../src/config/images/parse.ts');
  const images = parseConfig(Buffer.from(read('.github/self-test/images.yaml')), 'images.yaml').config;
  expect(images.entries).toHaveLength(6);
  const lint = parseConfig(Buffer.from(read('.github/self-test/lint.yaml')), 'lint.yaml').config;
  expect(lint.references).toHaveLength(1);
});

it.each(readdirSync(new URL('../.github/ISSUE_TEMPLATE', import.meta.url)))(
  'the issue form %s is whole',
  (file) => {
    const form = parse(read(`.github/ISSUE_TEMPLATE/${file}`));
    if (file === 'config.yml')
      return expect(form.contact_links[0].url).toMatch(/\/security\/advisories\/new$/);
    const fields = form.body.filter(({ type }: { type: string }) => type !== 'markdown');
    expect(
      fields.every(
        ({ id, attributes }: { id?: string; attributes: { label?: string } }) => id && attributes.label,
      ),
    ).toBe(true);
    // Whoever reports that something went wrong has the report.
    const asksForReport = fields.some(({ id }: { id: string }) => id === 'report');
    expect(asksForReport).toBe(file !== 'wish.yml');
  },
);
