// Finds or brings the two programs the demo runs: Node 24 (with the project's packages) and crane.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { say } from './show.mjs';

const DOWNLOAD_MILLISECONDS = 10_000;

/** The Node 24 that runners have: this one, or the one in the project's packages, which `npm ci` brings. */
export function findNode(root) {
  if (Number(process.versions.node.split('.')[0]) >= 24) return said('Node', process.execPath);
  const node = join(root, 'node_modules/.bin/node');
  if (!existsSync(node)) {
    say('npm ci (brings Node 24)');
    run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], root);
  }
  if (!existsSync(node))
    throw new Error(`Node 24 is needed; this is ${process.version}, and npm has none for this platform`);
  return said('Node', node);
}

/** crane: built or downloaded before, else downloaded within ten seconds, else built with Go. */
export async function findCrane(root) {
  const bin = join(root, '.tools/bin');
  const crane = join(bin, 'crane');
  if (existsSync(crane)) return said('crane', crane);
  mkdirSync(bin, { recursive: true });
  if (await downloadCrane(root, bin)) return said('crane', crane);
  say('building crane with Go (a minute or two, once)');
  run(
    'go',
    [
      'build',
      '-buildvcs=false',
      '-trimpath',
      '-o',
      `${bin}/`,
      'github.com/google/go-containerregistry/cmd/crane',
    ],
    join(root, 'tools'),
  );
  return said('crane', crane);
}

async function downloadCrane(root, bin) {
  const pins = JSON.parse(readFileSync(join(root, 'src/registry/install/checksums.json'), 'utf8'));
  const os = { linux: 'Linux', darwin: 'Darwin' }[process.platform];
  const arch = { x64: 'x86_64', arm64: 'arm64' }[process.arch];
  const version = '0.22.1';
  const asset = `go-containerregistry_${os}_${arch}.tar.gz`;
  const url = `https://github.com/google/go-containerregistry/releases/download/v${version}/${asset}`;
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(DOWNLOAD_MILLISECONDS) });
    const archive = Buffer.from(await answer.arrayBuffer());
    const sum = createHash('sha256').update(archive).digest('hex');
    if (!answer.ok || sum !== pins[version]?.[asset]) throw new Error(`${answer.status}, sha256 ${sum}`);
    writeFileSync(join(bin, asset), archive);
    run('tar', ['-xzf', asset, 'crane'], bin);
    return true;
  } catch (thrown) {
    say(`crane cannot be downloaded here (${thrown instanceof Error ? thrown.message : thrown})`);
    return false;
  }
}

function run(command, parameters, cwd) {
  const { status, error } = spawnSync(command, parameters, {
    cwd,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (error) throw new Error(`${command} cannot be run`, { cause: error });
  if (status !== 0) throw new Error(`${command} ended with ${status}`);
}

function said(name, path) {
  say(`${name}: ${path}`);
  return path;
}
