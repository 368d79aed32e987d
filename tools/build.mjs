// Builds the programs that tests need (crane, the distribution registry, act, actionlint, regsync to measure against, and references/ of this
// folder) into .tools/bin, once for each state of go.mod, go.sum and references/, and installs the browser that summaries are looked at
// in, where it can be had. Runs on Node 20 too.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const out = fileURLToPath(new URL('../.tools/', import.meta.url));
const hash = createHash('sha256');
for (const file of ['go.mod', 'go.sum', 'references/main.go']) hash.update(readFileSync(`${here}${file}`));
const wanted = hash.digest('hex');
const stamp = `${out}stamp`;

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
  console.log(
    'building crane, registry, act, actionlint, regsync and references from tools/go.mod (a few minutes, once)',
  );
  mkdirSync(`${out}bin`, { recursive: true });
  const built = spawnSync('go', ['build', '-buildvcs=false', '-trimpath', '-o', `${out}bin/`, 'tool'], {
    cwd: here,
    stdio: 'inherit',
  });
  if (built.error)
    throw new Error('Go 1.26 or newer is needed to build the test tools', { cause: built.error });
  if (built.status !== 0) process.exit(built.status ?? 1);
  writeFileSync(stamp, wanted);
}

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
