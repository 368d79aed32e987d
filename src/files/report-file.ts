// The report file, which other programs read.

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Writes the report as JSON, two spaces deep, and makes the folders above it where they are missing. */
export async function writeReport(path: string, report: object): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${JSON.stringify(report, null, 2)}\n`);
}
