// Builds the programs that tests need into .tools/bin, once for each state of their sources: crane, act, actionlint, regsync to
// measure against, and the own programs of the two modules here, which have the distribution registry and cosign in them. Installs
// the browser that summaries are looked at in, where it can be had. All of it at once; runs on Node 20 too.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const out = fileURLToPath(new URL('../.tools/', import.meta.url));
// cosign has a module of its own: in one module its requirements would raise those of the distribution registry and of act,
// which would then be tested as nobody ships them.
const MODULES = [
  {
    folder: '',
    own: ['references', 'registry'],
    stamp: 'stamp',
    names: 'crane, registry, act, actionlint, regsync and references',
  },
  {
    folder: 'signing/',
    own: ['referrers-registry', 'signer'],
    stamp: 'stamp-signing',
    names: 'a signer with the library of cosign, and a registry that has the referrers API',
  },
];
// As these projects build what they publish: without C, and without paths and tables for debuggers.
const FLAGS = ['-buildvcs=false', '-trimpath', '-ldflags=-s -w', '-gcflags=all=-dwarf=false'];
// The compiler ends soon, and need not tidy up as often as it does.
const ENVIRONMENT = { CGO_ENABLED: '0', GOGC: '400' };

/** The exit code of a program that writes to this terminal; null where a signal ended it. Rejects where there is no such program. */
function run(command, parameters, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, parameters, { stdio: 'inherit', ...options });
    child.on('error', reject);
    child.on('close', resolve);
  });
}

/** Everything that a module is built from, as one hash. */
function stateOf(module, own) {
  const sources = own.flatMap((name) =>
    readdirSync(`${module}${name}`)
      .filter((file) => file.endsWith('.go'))
      .map((file) => `${name}/${file}`),
  );
  const hash = createHash('sha256').update(FLAGS.join(' '));
  for (const file of ['go.mod', 'go.sum', ...sources]) hash.update(readFileSync(`${module}${file}`));
  return hash.digest('hex');
}

async function build({ folder, own, stamp, names }) {
  const module = `${here}${folder}`;
  const wanted = stateOf(module, own);
  if (existsSync(`${out}${stamp}`) && readFileSync(`${out}${stamp}`, 'utf8') === wanted) return 0;
  console.log(`building ${names} from tools/${folder}go.mod (two or three minutes, once)`);
  mkdirSync(`${out}bin`, { recursive: true });
  const command = ['build', ...FLAGS, '-o', `${out}bin/`, 'tool'];
  const env = { ...process.env, ...ENVIRONMENT };
  const status = await run('go', command, { cwd: module, env }).catch((cause) => {
    throw new Error('Go 1.26 or newer is needed to build the test tools', { cause });
  });
  if (status === 0) writeFileSync(`${out}${stamp}`, wanted);
  return status ?? 1;
}

// Whatever goes wrong here skips the tests of pictures, and no others.
async function installBrowser() {
  const pictures = fileURLToPath(new URL('pictures/', import.meta.url));
  const lock = createHash('sha256')
    .update(readFileSync(`${pictures}package-lock.json`))
    .digest('hex');
  const installed = `${out}pictures`;
  const known = existsSync(installed) && readFileSync(installed, 'utf8') === lock;
  if (known && existsSync(`${pictures}node_modules`)) return 0;
  console.log('installing the browser of tools/pictures (60 MB, once)');
  const status = await run('npm', ['ci', '--ignore-scripts'], { cwd: pictures }).catch(() => 1);
  if (status === 0) {
    mkdirSync(out, { recursive: true });
    writeFileSync(installed, lock);
  } else console.log('the browser could not be installed: tests that need it are skipped');
  return 0;
}

const codes = await Promise.all([...MODULES.map(build), installBrowser()]);
process.exitCode = Math.max(...codes);
