// Builds the programs that tests need into .tools/bin, once for each state of their sources: crane, the distribution registry, act,
// actionlint, regsync to measure against, references/ of this folder, and what signing/ has. Installs the browser that summaries
// are looked at in, where it can be had. Runs on Node 20 too.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const out = fileURLToPath(new URL('../.tools/', import.meta.url));
// cosign has a module of its own: in one module its 270 requirements would raise those of the distribution registry and of act,
// which would then be tested as nobody ships them.
const MODULES = [
  {
    folder: '',
    files: ['go.mod', 'go.sum', 'references/main.go'],
    flags: [],
    stamp: 'stamp',
    names: 'crane, registry, act, actionlint, regsync and references',
  },
  {
    folder: 'signing/',
    files: ['go.mod', 'go.sum', 'referrers-registry/main.go'],
    flags: ['-ldflags=-s -w'],
    stamp: 'stamp-signing',
    names: 'cosign and a registry that has the referrers API',
  },
];

function build({ folder, files, flags, stamp, names }) {
  const module = `${here}${folder}`;
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(`${module}${file}`));
  const wanted = hash.digest('hex');
  if (existsSync(`${out}${stamp}`) && readFileSync(`${out}${stamp}`, 'utf8') === wanted) return;
  console.log(`building ${names} from tools/${folder}go.mod (a few minutes, once)`);
  mkdirSync(`${out}bin`, { recursive: true });
  const command = ['build', '-buildvcs=false', '-trimpath', ...flags, '-o', `${out}bin/`, 'tool'];
  const built = spawnSync('go', command, { cwd: module, stdio: 'inherit' });
  if (built.error)
    throw new Error('Go 1.26 or newer is needed to build the test tools', { cause: built.error });
  if (built.status !== 0) process.exit(built.status ?? 1);
  writeFileSync(`${out}${stamp}`, wanted);
}

for (const module of MODULES) build(module);

const pictures = fileURLToPath(new URL('pictures/', import.meta.url));
const lock = createHash('sha256')
  .update(readFileSync(`${pictures}package-lock.json`))
  .digest('hex');
const installed = `${out}pictures`;

if (
  !existsSync(installed) ||
  readFileSync(installed, 'utf8') !== lock ||
  !existsSync(`${pictures}node_modules`)
) {
  console.log('installing the browser of tools/pictures (60 MB, once)');
  // Whatever goes wrong here skips the tests of pictures, and no others.
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts'], { cwd: pictures, stdio: 'inherit' });
  if (status === 0) {
    mkdirSync(out, { recursive: true });
    writeFileSync(installed, lock);
  } else console.log('the browser could not be installed: tests that need it are skipped');
}
