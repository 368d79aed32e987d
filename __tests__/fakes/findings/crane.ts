// Cranes that are watched, or that fail in a way of their own; whatever is not spoiled the real one does.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tool } from '../runner/places.ts';

export type StubCrane = {
  /** For `crane-path`. */
  readonly path: string;
  /** The arguments of each call so far. */
  calls(): readonly (readonly string[])[];
  /** The environment of each call that goes to the network, as `NAME=value` lines. */
  environments(): readonly string[];
  remove(): void;
};

/**
 * A crane that runs `script` (sh) first where it is asked to copy, pull or push; `$COUNT` is how often that was
 * before, and the script goes on to the real one unless it exits.
 */
export function stubCrane(script = ''): StubCrane {
  const folder = mkdtempSync(join(tmpdir(), 'stub-crane-'));
  const path = join(folder, 'crane');
  const file = (name: string): string => join(folder, name);
  for (const name of ['calls', 'environments', 'copies']) writeFileSync(file(name), '');
  const lines = [
    '#!/bin/sh',
    `printf '%s\\037' "$@" >> '${file('calls')}'; printf '\\n' >> '${file('calls')}'`,
    'case "$1" in copy|pull|push|ls)',
    `env >> '${file('environments')}'; printf '\\000' >> '${file('environments')}'`,
    ';; esac',
    'case "$1" in copy|pull|push)',
    `COUNT=$(wc -c < '${file('copies')}'); printf x >> '${file('copies')}'`,
    script === '' ? ':' : script,
    ';; esac',
    `exec '${tool('crane')}' "$@"`,
  ];
  writeFileSync(path, `${lines.join('\n')}\n`, { mode: 0o755 });
  return {
    path,
    calls: () =>
      readFileSync(file('calls'), 'utf8')
        .split('\n')
        .slice(0, -1)
        .map((line) => line.split('\u001f').slice(0, -1)),
    environments: () => readFileSync(file('environments'), 'utf8').split('\0').slice(0, -1),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
