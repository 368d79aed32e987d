// Real runs for the pictures and for the test of summaries: the bundle against two registries on this machine, with
// generated images, what may go wrong in front of them, and the names of official images.

import { readFileSync } from 'node:fs';
import { startProxy } from '../../__tests__/fakes/faults/proxy.ts';
import { startRegistry } from '../../__tests__/fakes/registries/registries.ts';
import { runAction } from '../../__tests__/fakes/runner/bundle.ts';
import { image, push } from '../../demo/images.mjs';

const PYTHON = JSON.parse(
  readFileSync(new URL('../../__tests__/data/official-images/python.tags.json', import.meta.url), 'utf8'),
);
const TAGS = PYTHON.tags
  .map(([tag]) => tag)
  .filter((tag) => tag.startsWith('3.'))
  .slice(0, 619);
const BAD = [TAGS[100], TAGS[101]];
const REPOSITORIES = Array.from({ length: 40 }, (_, at) => `team/service-${at + 1}`);
const LONG = {
  repository: `team/${'a-very-long-name-of-a-repository'.repeat(4)}`,
  tag: `v${'1234567890_'.repeat(11)}`,
};

const refusal = (status, code, message) => ({ kind: 'status', status, error: { code, message } });
const always = (methods, place, effect, references) => ({
  ...{ methods, place, effect, times: 'always' },
  ...(references === undefined ? {} : { references }),
});

/** Fills upstream and mirror with what the runs need. */
async function fill(upstream, mirror) {
  for (const [at, tag] of TAGS.entries())
    await push(upstream.url, 'library/python', image(BAD.includes(tag) ? `BAD-${tag}` : `P${at % 30}`), [
      tag,
    ]);
  for (const name of REPOSITORIES) await push(upstream.url, name, image(name), ['1.0', '1.1', '1.2']);
  await push(upstream.url, LONG.repository, image('long'), [LONG.tag]);
  const ruby = ['3.3-slim', '3.4-slim', ...Array.from({ length: 300 }, (_, at) => `3.${at + 5}-slim`)];
  for (const [at, tag] of ruby.entries())
    await push(upstream.url, 'library/ruby', image(`R${at}`, { layerBytes: 40_000 }), [tag]);
  const whole = { 'linux/amd64': 'old', 'linux/arm64': 'old', 'linux/s390x': 'old' };
  const less = { 'linux/amd64': 'new', 'linux/s390x': 'new' };
  for (const name of ['fedora', 'almalinux']) {
    await push(upstream.url, `library/${name}`, image('', { platforms: less }), ['40', 'latest']);
    for (const prefix of ['mirror', 'kept', 'accepted', 'moved'])
      await push(mirror.url, `${prefix}/library/${name}`, image('', { platforms: whole }), ['40', 'latest']);
  }
}

const config = (images, more = {}) => ({ images, ...more });
const python = [{ source: 'python', tags: TAGS, 'new-tags': 'ignore' }];
const services = REPOSITORIES.map((source) => ({
  source,
  tags: ['1.0', '1.1', '1.2'],
  'new-tags': 'ignore',
}));
const fedora = ['fedora', 'almalinux'].map((source) => ({ source, tags: ['40', 'latest'] }));
const ruby = [{ source: 'ruby', tags: ['3.3-slim', '3.4-slim'] }];
/** What makes two tags of python impossible to copy. */
const twoBad = () => [
  always(
    ['GET'],
    'blob',
    refusal(500, 'UNKNOWN', 'the storage of this layer is not reachable'),
    BAD.flatMap((tag) =>
      image(`BAD-${tag}`)
        .blobs.slice(0, 1)
        .map(({ digest }) => digest),
    ),
  ),
];

/** Every run: its config, the inputs, what is wrong with upstream or the mirror, and the prefix on the mirror. */
const RUNS = {
  'two-failed': { config: config(python), upstream: twoBad(), prefix: 'keep' },
  rollback: {
    config: config(python),
    upstream: twoBad(),
    prefix: 'whole',
    inputs: { 'on-failure': 'rollback' },
  },
  'one-cause': {
    config: config(services),
    prefix: 'denied',
    mirror: [
      always(
        ['PUT', 'POST', 'PATCH'],
        'anything',
        refusal(403, 'DENIED', 'installation not allowed to Write organization package'),
      ),
    ],
  },
  'new-tags': { config: config(ruby), prefix: 'new' },
  'new-tags-check': { config: config(ruby), prefix: 'priced', inputs: { mode: 'check' } },
  refused: { config: config(fedora), prefix: 'mirror' },
  hybrid: { config: config(fedora), prefix: 'kept', inputs: { 'lost-platforms': 'hybrid' } },
  accepted: { config: config(fedora), prefix: 'accepted', inputs: { 'lost-platforms': 'accept' } },
  'config-mistakes': {
    text: 'mirror: ghcr.io/acme/mirror\nimages:\n  - source: ruby\n    tag: [3.10, "3.4-slim"]\n  - { source: python, tags: ["3.12 slim", 3.13] }\n',
  },
  'many-mistakes': {
    text: `mirror: ghcr.io/acme/mirror\nimages:\n${TAGS.slice(0, 150)
      .map((tag) => `  - { source: ruby, tags: ["${tag} x"] }\n`)
      .join('')}`,
  },
  'wrong-input': { config: config(ruby), inputs: { mode: 'dry-run', 'fail-on': 'everything' } },
  fresh: { config: config(services), prefix: 'fresh', before: true },
  synced: { config: config(services.slice(0, 3)), prefix: 'synced' },
  stale: { config: config(services), prefix: 'stale', inputs: { mode: 'check' } },
  misspelt: {
    config: config(services.map(({ source }) => ({ source: `${source}x`, tags: ['1.0'] }))),
    prefix: 'missing',
  },
  'no-match': {
    config: config([...services.slice(0, 2), { source: 'python', tags: ['4.*'] }]),
    prefix: 'match',
  },
  'many-causes': {
    config: config(services),
    prefix: 'causes',
    upstream: REPOSITORIES.map((name, at) =>
      always(
        ['GET', 'HEAD'],
        'manifest',
        refusal(
          403,
          'DENIED',
          `the policy ${at} of ${'x'.repeat(at)} does not let you in: ask https://evil.example @admin #${at}`,
        ),
        image(name)
          .manifests.map(({ digest }) => digest)
          .concat(image(name).index.digest),
      ),
    ),
  },
  'long-names': {
    config: config([{ source: LONG.repository, tags: [LONG.tag, `${LONG.tag}x`] }], {
      'mirror-path': '{repository}',
    }),
    prefix: 'long',
  },
  'platform-tags': {
    config: config([{ ...services[0], 'platform-tags': '{tag}-{machine}' }]),
    prefix: 'tags',
  },
  'upstream-down': {
    config: config(services),
    prefix: 'down',
    upstream: [always('any', 'anything', { kind: 'reset' })],
  },
};

/** Makes one run after the other and gives its summary to `take`. Loopback addresses stand as registries of example names. */
export async function makeRuns(take) {
  const [upstream, mirror] = await Promise.all([startRegistry(), startRegistry()]);
  const [above, below] = await Promise.all([startProxy(upstream.host), startProxy(mirror.host)]);
  try {
    await fill(upstream, mirror);
    for (const [name, run] of Object.entries(RUNS)) {
      const summary = await summaryOf(run, above, below);
      await take(
        name,
        summary.replaceAll(below.host, 'mirror.example').replaceAll(above.host, 'hub.example'),
      );
    }
  } finally {
    await Promise.all([above.stop(), below.stop(), upstream.stop(), mirror.stop()]);
  }
}

async function summaryOf({ config, text, prefix = 'm', inputs = {}, ...run }, above, below) {
  const settings = {
    mirror: `${below.host}/${prefix}`,
    'read-from': { 'docker.io': above.host },
    ...config,
  };
  const options = {
    config: text ?? JSON.stringify(settings),
    inputs,
    env: {
      FRESH_MIRROR_PATIENCE: '0.1',
      GITHUB_ACTION_REPOSITORY: 'fresh-mirror/fresh-mirror',
      GITHUB_ACTION_REF: 'v1',
    },
  };
  above.setFaults([]);
  below.setFaults([]);
  if (run.before) await runAction(options);
  above.setFaults(run.upstream ?? []);
  below.setFaults(run.mirror ?? []);
  return (await runAction(options)).summary;
}
