// docs/migrating.md: what it shows of a conversion is what the program makes.

import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { formatDiagnostic } from '../../../src/base/errors/diagnostic.ts';
import { importConfig } from '../../../src/config/convert/table.ts';

const PAGE = readFileSync(new URL('../../../docs/migrating.md', import.meta.url), 'utf8');
const FENCES = [...PAGE.matchAll(/```(yaml|text)\n([\s\S]*?)```/g)].map(([, kind, text]) => ({
  kind,
  text: text ?? '',
}));
/** Each config of another tool with what it becomes: the name of the file stands in the result. */
const PAIRS = FENCES.flatMap(({ text }, at) => {
  const file = /^# Made from (\S+), a config of/m.exec(text)?.[1];
  return file === undefined ? [] : [{ file, text, from: FENCES[at - 1]?.text ?? '', after: FENCES[at + 1] }];
});
const MIRROR = { registry: 'ghcr.io', prefix: 'acme/mirror' };
const TERMS = {
  from: null,
  mirror: null,
  isScoped: false,
  destination: 1,
  variables: new Map<string, string>(),
};

it('shows two conversions', () => {
  expect(PAIRS.map(({ file }) => file)).toEqual(['regsync.yml', 'skopeo.yml']);
});

it.each(PAIRS)('$file becomes what is shown', ({ file, from, text }) => {
  const terms = { ...TERMS, mirror: file === 'skopeo.yml' ? MIRROR : null };
  expect(importConfig(Buffer.from(from), file, terms).text).toBe(text);
});

it('regsync.yml: it says what is shown', () => {
  const { file, from, after } = PAIRS[0] ?? { file: '', from: '', after: undefined };
  const { warnings } = importConfig(Buffer.from(from), file, TERMS);
  expect(warnings.map(formatDiagnostic)).toEqual([
    'regsync.yml:4:5: warning: the login for docker.io is not imported (log in before this step: docker/login-action with registry: docker.io, username: and password: from secrets)',
    'regsync.yml:6:13: warning: the workflow decides when a run begins (write on: { schedule: [{ cron: "17 3 * * *" }] } into the workflow)',
    String.raw`regsync.yml:14:21: warning: "v3\\.\\d+\\.\\d+" is written as follow: v3.N.N, where N is one number of at most 15 digits, not a date or a hash (look at what a first run with mode: check selects)`,
  ]);
  expect(after).toEqual({ kind: 'text', text: `${warnings.map(formatDiagnostic).join('\n')}\n` });
});
