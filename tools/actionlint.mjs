// Lints every workflow of the project, the examples included: actionlint checks their `with:` against action.yml.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folders = ['.github/workflows', 'examples'].filter((folder) => existsSync(`${root}${folder}`));
const files = folders.flatMap((folder) =>
  readdirSync(`${root}${folder}`)
    .filter((name) => name.endsWith('.yml'))
    .map((name) => `${folder}/${name}`),
);
const linted = spawnSync(`${root}.tools/bin/actionlint`, files, { cwd: root, stdio: 'inherit' });
process.exit(linted.status ?? 1);
