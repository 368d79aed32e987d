// The demo: an upstream registry moves, and the committed bundle brings its mirror up to date, as a runner would run
// it. Needs Node 20 and npm, and Go where crane cannot be downloaded. Leaves nothing running and nothing behind.

import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findCrane, findNode } from './bring.mjs';
import { image, push } from './images.mjs';
import { say, showSummary, step } from './show.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const started = Date.now();

/** Upstream at two dates: on the second, two floating tags have moved and Ruby 4.0 is out. */
const MONDAY = {
  'library/ruby': { '3.3-slim': 'ruby-3.3.10', '3.4-slim': 'ruby-3.4.7' },
  'library/python': { '3.13-slim': 'python-3.13.8', '3.14-slim': 'python-3.14.0', latest: 'python-3.14.0' },
};
const FRIDAY = {
  'library/ruby': { '3.3-slim': 'ruby-3.3.10', '3.4-slim': 'ruby-3.4.8', '4.0-slim': 'ruby-4.0.0' },
  'library/python': { '3.13-slim': 'python-3.13.8', '3.14-slim': 'python-3.14.1', latest: 'python-3.14.1' },
};

const images = (upstream, mirror) => `mirror: ${mirror}/mirror
read-from: { docker.io: "${upstream}" }
images:
  - source: ruby
    tags: ["3.3-slim", "3.4-slim", "4.0-slim"]
  - source: python
    tags: [latest, "3.1?-slim"]
`;

async function main() {
  step('Bringing what is missing');
  const node = findNode(root);
  const crane = await findCrane(root);
  const temp = mkdtempSync(join(tmpdir(), 'fresh-mirror-demo-'));
  const registries = [];
  try {
    step('Starting an upstream registry and a mirror');
    const upstream = await startRegistry(crane, 'upstream', registries);
    const mirror = await startRegistry(crane, 'mirror', registries);
    await fill(upstream, MONDAY, '');
    await fill(mirror, MONDAY, 'mirror/');
    say('on Monday both hold the same images (amd64 and arm64)');
    await fill(upstream, FRIDAY, '');
    say('by Friday ruby:3.4-slim, python:3.14-slim and python:latest have moved, and ruby:4.0-slim is new');
    writeFileSync(join(temp, 'images.yaml'), images(upstream, mirror));
    say(`images.yaml\n${images(upstream, mirror).replace(/^/gm, '    ')}`);
    const rig = { node, crane, temp };
    step('mode: check - what is stale? (writes nothing)');
    expectStatus('stale', runAction(rig, 'check'));
    step('mode: sync - bring it up to date');
    expectStatus('synced', runAction(rig, 'sync'));
    step('mode: sync, once more - nothing to do');
    expectStatus('fresh', runAction(rig, 'sync'));
    step('Proof, read by crane from both registries');
    prove(crane, upstream, mirror);
  } finally {
    for (const registry of registries) registry.kill('SIGKILL');
    rmSync(temp, { recursive: true, force: true });
  }
  say(`\nDone in ${Math.round((Date.now() - started) / 1000)} s. All of it is in demo/run.mjs.`);
}

function startRegistry(crane, name, registries) {
  const child = spawn(crane, ['registry', 'serve', '--address', '127.0.0.1:0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  registries.push(child);
  return new Promise((resolve, reject) => {
    let text = '';
    const listen = (part) => {
      text += part;
      const port = text.match(/port (\d+)/)?.[1];
      if (port === undefined) return;
      child.stderr.off('data', listen).resume();
      say(`${name}: 127.0.0.1:${port}`);
      resolve(`127.0.0.1:${port}`);
    };
    child.stderr.on('data', listen);
    child.on('error', reject);
    child.on('exit', () => reject(new Error(`the ${name} registry ended: ${text}`)));
  });
}

async function fill(registry, repositories, prefix) {
  for (const [repository, tags] of Object.entries(repositories)) {
    for (const [tag, name] of Object.entries(tags)) {
      await push(`http://${registry}`, `${prefix}${repository}`, image(name), [tag]);
    }
  }
}

/** Runs dist/index.js with a runner's environment and shows its log and its job summary. */
function runAction({ node, crane, temp }, mode) {
  const files = { GITHUB_OUTPUT: join(temp, 'output'), GITHUB_STEP_SUMMARY: join(temp, 'summary.md') };
  for (const file of Object.values(files)) writeFileSync(file, '');
  const env = {
    PATH: process.env.PATH,
    HOME: temp,
    RUNNER_TEMP: temp,
    RUNNER_TOOL_CACHE: join(temp, 'tools'),
    GITHUB_WORKSPACE: temp,
    GITHUB_EVENT_NAME: 'schedule',
    INPUT_CONFIG: 'images.yaml',
    INPUT_MODE: mode,
    'INPUT_CRANE-PATH': crane,
    'INPUT_FAIL-ON': 'partial',
    ...files,
  };
  const ran = spawnSync(node, [join(root, 'dist/index.js')], { env, encoding: 'utf8', timeout: 120_000 });
  const log = ran.stdout.split('\n').filter((line) => line !== '' && !line.startsWith('::endgroup'));
  say(log.map((line) => `    ${line.replace(/^::group::/, '▸ ')}`).join('\n'));
  say(showSummary(readFileSync(files.GITHUB_STEP_SUMMARY, 'utf8')));
  if (ran.status !== 0) throw new Error(`the action ended with ${ran.status ?? ran.signal}: ${ran.stderr}`);
  return readFileSync(files.GITHUB_OUTPUT, 'utf8').match(/^status<<(.+)\n(.*)\n\1$/m)?.[2];
}

function expectStatus(wanted, found) {
  if (found !== wanted) throw new Error(`the status should be ${wanted} and is ${found}`);
}

function prove(crane, upstream, mirror) {
  for (const [repository, tags] of Object.entries(FRIDAY)) {
    for (const tag of Object.keys(tags)) {
      const above = digest(crane, `${upstream}/${repository}:${tag}`);
      const below = digest(crane, `${mirror}/mirror/${repository}:${tag}`);
      say(
        `${above === below ? '✔' : '✘'} ${repository.padEnd(15)} ${tag.padEnd(10)} ${above.slice(0, 12)} = ${below.slice(0, 12)}`,
      );
      if (above !== below) throw new Error(`${repository}:${tag} differs`);
    }
  }
}

function digest(crane, reference) {
  const { stdout, status } = spawnSync(crane, ['manifest', '--', reference]);
  if (status !== 0) throw new Error(`crane cannot read ${reference}`);
  return createHash('sha256').update(stdout).digest('hex');
}

await main();
