// `node bench/lint.ts`: what linting a large repository takes, without a network. Prints Markdown.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ActionResult, runAction } from '../__tests__/fakes/runner/bundle.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const CONFIG = `mirror: ghcr.io/acme/mirror
mirror-path: "{registry}/{repository}"
approved: [quay.io/acme]
references: [{ files: "deploy/**/*.yaml", field: image }]
`;
const PER_FILE = 20;

/** One reference in ten is not pinned, one in ten is from nowhere approved; both have a text to write instead. */
function referenceAt(file: number, row: number): string {
  if (row % 10 === 1) return `quay.io/acme/app-${file}-${row - 1}:1`;
  if (row % 10 === 2) return `registry-${file}.example/app:1@${DIGEST}`;
  return `quay.io/acme/app-${file}-${row}:1@${DIGEST}`;
}

async function lintFiles(files: number): Promise<ActionResult> {
  const workspace = mkdtempSync(join(tmpdir(), 'bench-lint-'));
  try {
    mkdirSync(join(workspace, 'deploy'));
    for (let file = 0; file < files; file++) {
      const rows = Array.from({ length: PER_FILE }, (_, row) => `- image: ${referenceAt(file, row)}\n`);
      writeFileSync(join(workspace, 'deploy', `${file}.yaml`), rows.join(''));
    }
    return await runAction({ config: CONFIG, workspace, inputs: { mode: 'lint', sarif: 'lint.sarif' } });
  } finally {
    rmSync(workspace, { recursive: true, force: true });
  }
}

console.log('| files | references | findings | seconds |\n| --- | --- | --- | --- |');
for (const files of [5, 50, 500]) {
  const result = await lintFiles(files);
  const { lint, findings } = result.report as { lint: { references: number }; findings: readonly object[] };
  console.log(`| ${files} | ${lint.references} | ${findings.length} | ${result.seconds.toFixed(1)} |`);
}
