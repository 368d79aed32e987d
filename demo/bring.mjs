// Finds or brings the two programs the demo runs: Node 24, which comes with the project's packages, and crane.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
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
    throw new Error(`Node 24 is needed, this is ${process.version}, and npm has none for this platform`);
  return said('Node', node);
}

/** crane: built or downloaded before, else downloaded within ten seconds, else built with Go. */
export async function findCrane(root) {
  const bin = join(root, '.tools/bin');
  const crane = join(bin, craneAsset(process.platform, process.arch).member);
  if (existsSync(crane)) return said('crane', crane);
  mkdirSync(bin, { recursive: true });
  if (await downloadCrane(root, bin)) return said('crane', crane);
  say('building crane with Go (a minute or two, once)');
  const source = 'github.com/google/go-containerregistry/cmd/crane';
  try {
    run('go', ['build', '-buildvcs=false', '-trimpath', '-o', `${bin}/`, source], join(root, 'tools'));
  } catch (thrown) {
    const help = 'install Go 1.26 or newer (https://go.dev/dl), or put a crane there yourself';
    throw new Error(`${thrown.message}, and there is no crane in ${bin}: ${help}`);
  }
  return said('crane', crane);
}

/** The version of crane that the action uses. */
export function craneVersion(root) {
  const source = readFileSync(join(root, 'src/registry/install/pins.ts'), 'utf8');
  return source.match(/DEFAULT_CRANE_VERSION = '([\d.]+)'/)[1];
}

/** What the release of crane for a platform is called, and the program in it. */
export function craneAsset(platform, arch) {
  const os = { linux: 'Linux', darwin: 'Darwin', win32: 'Windows' }[platform];
  const machine = { x64: 'x86_64', arm64: 'arm64' }[arch];
  return { name: `${os}_${machine}`, member: os === 'Windows' ? 'crane.exe' : 'crane' };
}

async function downloadCrane(root, bin) {
  const pins = JSON.parse(readFileSync(join(root, 'src/registry/install/checksums.json'), 'utf8'));
  const { name, member } = craneAsset(process.platform, process.arch);
  const asset = `go-containerregistry_${name}.tar.gz`;
  const version = craneVersion(root);
  const url = `https://github.com/google/go-containerregistry/releases/download/v${version}/${asset}`;
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(DOWNLOAD_MILLISECONDS) });
    const archive = Buffer.from(await answer.arrayBuffer());
    const sum = createHash('sha256').update(archive).digest('hex');
    if (!answer.ok || sum !== pins[version][name]) throw new Error(`${answer.status}, sha256 ${sum}`);
    unpack(archive, { asset, member, bin });
    return true;
  } catch (thrown) {
    say(`crane cannot be downloaded here (${thrown instanceof Error ? thrown.message : thrown})`);
    return false;
  }
}

/** Unpacks beside its place: a crane that was written by half, because somebody pressed Ctrl-C, is never found there. */
function unpack(archive, { asset, member, bin }) {
  const folder = mkdtempSync(join(bin, 'unpacked-'));
  try {
    writeFileSync(join(folder, asset), archive);
    run('tar', ['-xzf', asset, member], folder);
    renameSync(join(folder, member), join(bin, member));
  } finally {
    rmSync(folder, { recursive: true, force: true });
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
