// The demo: an upstream registry moves, and the committed bundle brings its mirror up to date, as a runner would run it.
// Registries are crane's, GitHub is a small server, all of it on loopback. Leaves nothing running and nothing behind, also
// when it is stopped half-way.

import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startGitHubApi } from '../__tests__/fakes/github/github-api.ts';
import { image, push } from './images.mjs';
import { fold, rows, say, step } from './show.mjs';

const BUNDLE = fileURLToPath(new URL('../dist/index.js', import.meta.url));
const BRANCH = 'fresh-mirror/images.yaml';
const AMD64 = { platforms: { 'linux/amd64': 'python-3.13.9' } };

/** Upstream at two dates: tags and the images they point at. */
const MONDAY = {
  'library/ruby': { '3.3-slim': ['ruby-3.3.10'], '3.4-slim': ['ruby-3.4.7'] },
  'library/python': {
    '3.13-slim': ['python-3.13.8'],
    '3.14-slim': ['python-3.14.0'],
    latest: ['python-3.14.0'],
  },
};
const FRIDAY = {
  'library/ruby': { '3.3-slim': ['ruby-3.3.10'], '3.4-slim': ['ruby-3.4.8'], '4.0-slim': ['ruby-4.0.0'] },
  'library/python': {
    '3.13-slim': ['python-3.13.9', AMD64],
    '3.14-slim': ['python-3.14.1'],
    latest: ['python-3.14.1'],
  },
};
/** What the mirror has in the end: all of it, but for the tag that was refused. */
const KEPT = { ...FRIDAY['library/python'], '3.13-slim': MONDAY['library/python']['3.13-slim'] };

const DEPLOYMENT = `image: docker.io/library/ruby:3.4-slim
`;

const config = (upstream, mirror) => `mirror: ${mirror}/mirror
read-from: { docker.io: "${upstream}" }
images:
  - source: ruby
    tags: ["3.3-slim", "3.4-slim"]
  - source: python
    tags: [latest, "3.1?-slim"]
references:
  - { files: deployment.yaml, field: image }
`;

/** Everything that has to go, whatever happens. */
const open = { children: new Set(), folders: new Set(), servers: new Set() };

function cleanUp() {
  for (const child of open.children) child.kill('SIGKILL');
  for (const server of open.servers) void server.stop();
  for (const folder of open.folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

// However it ends: done, a mistake, a signal, or nobody who reads any more.
process.on('exit', cleanUp);
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
]) {
  process.on(signal, () => process.exit(code));
}

async function main(crane) {
  const started = Date.now();
  const folder = mkdtempSync(join(tmpdir(), 'fresh-mirror-demo-'));
  open.folders.add(folder);
  const upstream = await startRegistry(crane);
  const mirror = await startRegistry(crane);
  await fill(upstream, MONDAY, '');
  await fill(mirror, MONDAY, 'mirror/');
  await fill(upstream, FRIDAY, '');
  const files = { 'images.yaml': config(upstream, mirror), 'deployment.yaml': DEPLOYMENT };
  const github = await startGitHubApi({ repository: 'acme/images', files });
  open.servers.add(github);
  const rig = { crane, folder, files, github };

  const before = 'On Monday both had the same images, for amd64 and arm64.';
  const moved = 'By Friday ruby:3.4-slim and two tags of python have moved';
  say(fold(`Upstream is ${upstream}, its mirror ${mirror}. ${before}`));
  say(fold(`${moved}, ruby:4.0-slim is new, and python:3.13-slim has lost arm64.`));

  const checked = await run(rig, { mode: 'check' });
  step('mode: check', `status ${checked.status}: what is stale? Writes nothing`);
  rows(list(checked, 'stale').map(({ source, tag, to, reason }) => [named(source, tag), reason, short(to)]));
  rows(
    list(checked, 'new-tags').map(({ source, tag, series }) => [
      named(source, tag),
      'new',
      `in the series ${series}`,
    ]),
  );

  const synced = await run(rig, { mode: 'sync', 'new-tags': 'pull-request', token: 'demo' });
  step('mode: sync', `status ${synced.status}: brings it up to date, tag by tag`);
  rows(
    list(synced, 'copied').map(({ source, tag, to, bytes }) => [
      named(source, tag),
      'copied',
      `${short(to)}, ${bytes} bytes`,
    ]),
  );
  for (const { message, line } of list(synced, 'refused'))
    say(`${fold(`refused: ${message}`, '    ')}\n      accept it with: ${line}`);

  const [pull] = github.pulls;
  step('new-tags: pull-request', `it opened #${synced['pull-request-number']} with this text`);
  say(fold(`${pull.title}\n${plain(pull.body)}`, '    '));
  say(added(files['images.yaml'], github.file(BRANCH, 'images.yaml')).replace(/^/gm, '      + '));

  const linted = await run(rig, { mode: 'lint' });
  step('mode: lint', `status ${linted.status}: are references pinned, and from the mirror?`);
  for (const { file, line, column, rule, message, replacement } of list(linted, 'findings')) {
    say(fold(`${file}:${line}:${column} ${rule}: ${plain(message)}`, '    '));
    if (replacement) say(`      write ${replacement}`);
  }

  step('Proof', 'manifests read by crane from both registries, and hashed');
  const wrong = prove({ crane, upstream, mirror });
  say(`\nDone in ${Math.round((Date.now() - started) / 1000)} s. All of it is in demo/story.mjs.`);
  expectAll({ checked, synced, linted, wrong });
}

/** The demo is a test as well: CI runs it on three platforms. */
function expectAll({ checked, synced, linted, wrong }) {
  const statuses = [checked.status, synced.status, linted.status].join(', ');
  if (statuses !== 'partial, partial, failed') throw new Error(`the statuses are ${statuses}`);
  if (wrong.length > 0) throw new Error(`not as it should be: ${wrong.join(', ')}`);
}

function startRegistry(crane) {
  const child = spawn(crane, ['registry', 'serve', '--address', '127.0.0.1:0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    // Ctrl-C is for the story, which then stops its registries: one that is gone before would look like a mistake.
    detached: process.platform !== 'win32',
  });
  open.children.add(child);
  return new Promise((resolve, reject) => {
    let text = '';
    const listen = (part) => {
      text += part;
      const port = text.match(/port (\d+)/)?.[1];
      if (port === undefined) return;
      child.stderr.off('data', listen).resume();
      resolve(`127.0.0.1:${port}`);
    };
    child.stderr.on('data', listen);
    child.on('error', reject);
    child.on('exit', () => reject(new Error(`a registry ended: ${text}`)));
  });
}

async function fill(registry, repositories, prefix) {
  for (const [repository, tags] of Object.entries(repositories)) {
    for (const [tag, [name, options]] of Object.entries(tags)) {
      await push(`http://${registry}`, `${prefix}${repository}`, image(name, options), [tag]);
    }
  }
}

/** Runs dist/index.js with a runner's environment; gives back its outputs. */
function run({ crane, folder, files, github }, inputs) {
  const place = mkdtempSync(join(folder, 'run-'));
  const workspace = join(place, 'workspace');
  mkdirSync(workspace);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(workspace, name), text);
  const output = join(place, 'output');
  writeFileSync(output, '');
  const given = { config: 'images.yaml', 'crane-path': crane, summary: 'false', ...inputs };
  const env = {
    ...Object.fromEntries(
      Object.entries(given).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]),
    ),
    // Windows finds its own libraries by SystemRoot.
    ...Object.fromEntries(['PATH', 'SystemRoot'].map((name) => [name, process.env[name] ?? ''])),
    HOME: place,
    USERPROFILE: place,
    RUNNER_TEMP: place,
    RUNNER_TOOL_CACHE: join(place, 'tools'),
    GITHUB_WORKSPACE: workspace,
    GITHUB_EVENT_NAME: 'schedule',
    GITHUB_REPOSITORY: github.repository,
    GITHUB_API_URL: github.url,
    GITHUB_OUTPUT: output,
  };
  const child = spawn(process.execPath, [BUNDLE], { env, cwd: workspace, stdio: ['ignore', 'pipe', 'pipe'] });
  open.children.add(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part) => {
      text += part;
    });
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => {
      open.children.delete(child);
      const outputs = readOutputs(readFileSync(output, 'utf8'));
      // A log has workflow commands, which are for a runner alone: it is shown only where the run did not get far.
      if (outputs.status === undefined) reject(new Error(text.replaceAll('::', ': ')));
      else resolve(outputs);
    });
  });
}

function readOutputs(text) {
  const found = text.matchAll(/^([\w-]+)<<(.+)\r?\n([\s\S]*?)\r?\n\2$/gm);
  return Object.fromEntries([...found].map(([, name, , value]) => [name, value]));
}

function list(outputs, name) {
  return JSON.parse(outputs[name]);
}

function named(source, tag) {
  return `${source.replace('docker.io/library/', '')}:${tag}`;
}

function short(digest) {
  return digest.slice('sha256:'.length, 'sha256:'.length + 12);
}

/** Markdown as one reads it in a terminal. */
function plain(markdown) {
  return markdown
    .replace(/<!--[\s\S]*?-->|<[^>]+>/g, '')
    .replace(/\[([^\]]{2,})\]\([^)]*\)/g, '$1')
    .replace(/\*\*|`|\\/g, '')
    .replace(/\n{2,}/g, '\n')
    .trim();
}

/** The lines of `after` that `before` does not have. */
function added(before, after) {
  const known = new Set(before.split('\n'));
  return after
    .split('\n')
    .filter((line) => !known.has(line))
    .join('\n');
}

/** What is not as it should be on the mirror. */
function prove({ crane, upstream, mirror }) {
  const wanted = { 'library/ruby': FRIDAY['library/ruby'], 'library/python': KEPT };
  return Object.entries(wanted).flatMap(([repository, tags]) =>
    Object.entries(tags).flatMap(([tag, [name]]) => {
      const [above, below] = [
        digest(crane, `${upstream}/${repository}:${tag}`),
        digest(crane, `${mirror}/mirror/${repository}:${tag}`),
      ];
      const proposed = tag === '4.0-slim';
      const right = proposed ? below === null : below === image(name).index.digest.slice('sha256:'.length);
      const words = proposed
        ? 'not there yet, only proposed'
        : above === below
          ? `= ${below.slice(0, 12)}`
          : 'stays as on Monday, with arm64';
      rows([
        [`${right ? '✔' : '✘'} ${named(repository.replace('library/', ''), tag)}`, above.slice(0, 12), words],
      ]);
      return right ? [] : [`${repository}:${tag}`];
    }),
  );
}

/** The hash of a manifest, null when there is none. */
function digest(crane, reference) {
  const { stdout, status } = spawnSync(crane, ['manifest', '--', reference], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return status === 0 ? createHash('sha256').update(stdout).digest('hex') : null;
}

try {
  await main(process.argv[2]);
} finally {
  cleanUp();
}
