// What the release workflow does with a tag: `check` it against package.json and the changelog, `pack` the files of the
// release into release/, print its `notes`. Needs git and npm.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
/** What a runner needs to start the action, and what its users read beside it. */
const PACKED = ['action.yml', 'dist', 'schema', 'LICENSE', 'README.md', 'CHANGELOG.md'];

/** Why `tag` cannot be released, given package.json and CHANGELOG.md as texts; an empty list when it can. */
export function mistakesOf(tag: string, manifest: string, changelog: string): string[] {
  const version = /^v(\d+\.\d+\.\d+)$/.exec(tag)?.[1];
  if (version === undefined) return [`${tag} is not a tag like v1.2.3`];
  const written = JSON.parse(manifest).version;
  const mistakes = written === version ? [] : [`package.json says ${written}, the tag ${version}`];
  if (notesOf(tag, changelog) === '') mistakes.push(`CHANGELOG.md says nothing under "## ${version}"`);
  return mistakes;
}

/** The part of the changelog under the heading of the tag's version; an empty text when there is none. */
export function notesOf(tag: string, changelog: string): string {
  const parts = changelog.split(/^## /m).slice(1);
  const part = parts.find((text) => text.split(/\s/, 1)[0] === tag.slice(1));
  return part?.slice(part.indexOf('\n')).trim() ?? '';
}

/** Lines as `sha256sum` writes and checks them. */
export function checksumLines(files: readonly { name: string; bytes: Uint8Array }[]): string {
  return files
    .map(({ name, bytes }) => `${createHash('sha256').update(bytes).digest('hex')}  ${name}\n`)
    .join('');
}

/** Fills the folder `out`: the archive, both schemas, the list of what is inside, and the checksums of these. */
export function pack(tag: string, out: string): void {
  mkdirSync(out, { recursive: true });
  const archive = join(out, `fresh-mirror-${tag}.tar.gz`);
  run('git', [
    'archive',
    '--format=tar.gz',
    `--prefix=fresh-mirror-${tag}/`,
    '-o',
    archive,
    'HEAD',
    ...PACKED,
  ]);
  for (const name of ['images.schema.json', 'report.schema.json'])
    copyFileSync(join(root, 'schema', name), join(out, name));
  const list = ['sbom', '--sbom-format=spdx', '--omit=dev', '--omit=optional', '--package-lock-only'];
  writeFileSync(join(out, 'sbom.spdx.json'), run('npm', list));
  const files = readdirSync(out).sort();
  const named = files.map((name) => ({ name, bytes: readFileSync(join(out, name)) }));
  writeFileSync(join(out, 'checksums.txt'), checksumLines(named));
}

function run(command: string, parameters: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, parameters, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`${command} ended with ${status}: ${stderr}`);
  return stdout;
}

function main([what, tag = '']: readonly string[]): void {
  const changelog = readFileSync(join(root, 'CHANGELOG.md'), 'utf8');
  if (what === 'check') {
    const mistakes = mistakesOf(tag, readFileSync(join(root, 'package.json'), 'utf8'), changelog);
    for (const mistake of mistakes) console.error(mistake);
    process.exitCode = mistakes.length > 0 ? 1 : 0;
  } else if (what === 'pack') pack(tag, join(root, 'release'));
  else if (what === 'notes') console.log(notesOf(tag, changelog));
  else throw new Error('write check, pack or notes, and a tag');
}

if (import.meta.main) main(process.argv.slice(2));
