// Replacements in every format that references are kept in: what is put in where a finding says so leaves nothing to
// find, and is what `replaceSite` writes.

import { expect, it } from '@jest/globals';
import { isMistake } from '../../../src/base/errors/mistake.ts';
import { type ReferenceFile, replaceSite } from '../../../src/config/references/reference-site.ts';
import type { Reader } from '../../../src/config/references/sources.ts';
import { parseReference } from '../../../src/image/names/reference.ts';
import { DOCKERFILE, FIELD, keyReader, LIST, readText } from '../../config/formats/read.ts';
import { digest, lintLines, rulesOf, withEdit } from './sites.ts';

const A = digest('a');
const PINS = `quay.io/acme/app:1@${A}\nruby:3@${A}\nquay.io/acme/app:latest@${A}\n`;

const known: ReferenceFile = readText(PINS, LIST, 'pins.txt');

it.each<[string, Reader, string]>([
  ['a map', keyReader('IMAGES'), 'IMAGES:\n  a: quay.io/acme/app:1 # why\n  b: "ruby:3"\n'],
  [
    'a map with a mark and CRLF',
    keyReader('IMAGES'),
    "\ufeffIMAGES:\r\n  a: 'ruby:3'\r\n  b: quay.io/acme/app:1\r\n",
  ],
  ['a list', keyReader('a.b'), 'a:\n  b: [quay.io/acme/app:1, "ruby:3"]\n'],
  ['JSON', FIELD, '{"spec":{"image":"quay.io/acme/app:1","x":[{"image": "ruby:3"}]}}'],
  ['two documents', FIELD, 'image: ruby:3\n---\n- image: quay.io/acme/app:1\n'],
  ['values of Helm', FIELD, 'image:\n  registry: quay.io\n  repository: acme/app\n  tag: "1"\n'],
  ['values of Helm with an empty digest', FIELD, 'image:\n  repository: ruby\n  tag: "3"\n  digest: ""\n'],
  [
    'values of Helm with a key and nothing behind it',
    FIELD,
    'image:\n  repository: ruby\n  tag: "3"\n  digest:\n',
  ],
  ['values of Helm, the tag first', FIELD, 'image: {tag: "1", repository: quay.io/acme/app, pull: Always}\n'],
  ['values of Helm, an empty tag first', FIELD, 'image:\n  tag: \n  repository: quay.io/acme/app\n'],
  ['values of Helm without a tag', FIELD, 'image:\n  repository: quay.io/acme/app\nother: 1\n'],
  [
    'Kustomize',
    FIELD,
    'kind: Kustomization\nimages:\n- name: x\n  newName: quay.io/acme/app\n  newTag: "1"\n',
  ],
  [
    'Dockerfile',
    DOCKERFILE,
    'FROM --platform=linux/arm64 ruby:3 AS b\nCOPY --from=quay.io/acme/app:1 / /\nFROM b\n',
  ],
  ['lines', LIST, '# list\nruby:3\n  quay.io/acme/app:1\n'],
])('%s', (_what, reader, text) => {
  const path = reader.kind === 'field' && text.includes('Kustom') ? 'kustomization.yaml' : 'file';
  const file = readText(text, reader, path);
  expect(file.sites.length).toBeGreaterThan(0);
  const own = lintLines([known, file], SETTING).findings.filter((finding) => finding.file === path);
  expect(own.map(({ replacement }) => replacement)).not.toContain('');
  const edited = file.sites.toReversed().reduce((before, site) => {
    const finding = own.find(({ line, column }) => line === site.line && column === site.column);
    if (finding === undefined) throw new Error(`nothing was found at ${site.line}:${site.column}`);
    const after = replaceSite(before, site, finding.replacement);
    expect(withEdit(before, finding.edit)).toBe(after);
    return after;
  }, text);
  const again = readText(edited, reader, path);
  expect(again.mistakes).toEqual([]);
  expect(again.sites).toHaveLength(file.sites.length);
  for (const { written } of again.sites) expect(isMistake(parseReference(written))).toBe(false);
  expect(rulesOf(lintLines([known, again], SETTING))).toEqual([]);
});

const SETTING = { approved: ['quay.io/acme', 'docker.io'] };
