// What a replacement leaves as it is, and how it is written.

import { describe, expect, it } from '@jest/globals';
import {
  type ApprovedSite,
  type Part,
  type ReferenceFile,
  type ReferenceSite,
  replaceSite,
  type SplitParts,
} from '../../../src/config/references/reference-site.ts';
import type { Quoting } from '../../../src/config/yaml/scalar.ts';

const D = `sha256:${'d'.repeat(64)}`;

function partOf(text: string, token: string, quoting: Quoting): Part {
  const start = text.indexOf(token);
  const written = quoting === 'single' || quoting === 'double' ? token.slice(1, -1) : token;
  return { written, line: 1, column: 1, start, end: start + token.length, quoting };
}

function site(part: Part, parts: 'whole' | SplitParts = 'whole'): ReferenceSite {
  return { file: 'a.yaml', ...part, parts, ignored: [], readable: true };
}

describe('replaceSite', () => {
  it.each<[string, string, Quoting, string, string]>([
    ['\ufeffa: x:1 # why\r\n', 'x:1', 'plain', 'y:2', '\ufeffa: y:2 # why\r\n'],
    ["a: 'x:1'\n", "'x:1'", 'single', 'y:2', "a: 'y:2'\n"],
    ['{"a":"x:1"}', '"x:1"', 'double', 'y:2', '{"a":"y:2"}'],
    ['FROM x:1 AS b\n', 'x:1', 'bare', 'y:2', 'FROM y:2 AS b\n'],
    ['a: x:1\n', 'x:1', 'plain', '[::1]:5000/y:2', 'a: "[::1]:5000/y:2"\n'],
    ["a: 'x:1' # same\n", "'x:1'", 'single', 'x:1', "a: 'x:1' # same\n"],
  ])('%j: %s', (text, token, quoting, replacement, wanted) => {
    expect(replaceSite(text, site(partOf(text, token, quoting)), replacement)).toBe(wanted);
  });

  it('puts the digest after the tag where a chart has no key for it, and quotes a tag that would be a number', () => {
    const text = 'image:\n  repository: x\n  tag: "1"\n  pull: Always\n';
    const repository = partOf(text, 'x', 'plain');
    const missing = {
      at: text.indexOf('\n  pull'),
      lead: '\n  ',
      repository: null,
      tag: 'tag',
      digest: null,
    };
    const parts = { registry: null, repository, tag: partOf(text, '"1"', 'double'), digest: null, missing };
    expect(replaceSite(text, site(repository, parts), `h.example/x:3.10@${D}`)).toBe(
      `image:\n  repository: h.example/x\n  tag: "3.10@${D}"\n  pull: Always\n`,
    );
    const untagged = { ...parts, tag: null };
    expect(replaceSite(text, site(repository, untagged), 'x:3.10')).toContain('tag: "1"\n  tag: "3.10"\n');
  });

  it('a part that stays the same keeps its very bytes', () => {
    const text = 'image: {repository: "\\x61/b", tag: "1"}\n';
    const repository = { ...partOf(text, '"\\x61/b"', 'double'), written: 'a/b' };
    const missing = { at: 0, lead: '', repository: null, tag: 'tag', digest: null };
    const parts = { registry: null, repository, tag: partOf(text, '"1"', 'double'), digest: null, missing };
    expect(replaceSite(text, site(repository, parts), 'a/b:2')).toBe(text.replace('"1"', '"2"'));
  });

  it('adds the key of a digest that Kustomize reads', () => {
    const text = 'images:\n- name: x\n  newTag: v1 # bump\n';
    const repository = partOf(text, 'x', 'plain');
    const missing = { at: text.length - 1, lead: '\n  ', repository: null, tag: 'newTag', digest: 'digest' };
    const parts = { registry: null, repository, tag: partOf(text, 'v1', 'plain'), digest: null, missing };
    expect(replaceSite(text, site(repository, parts), `x:v1@${D}`)).toBe(
      `images:\n- name: x\n  newTag: v1 # bump\n  digest: "${D}"\n`,
    );
  });
});

it('a file holds its sites and what it approves, in the order of the text', () => {
  const text = 'a: x:1\nok: [quay.io/acme]\n';
  const ok: ApprovedSite = { file: 'a.yaml', line: 2, column: 6, written: 'quay.io/acme' };
  const sites = [site(partOf(text, 'x:1', 'plain'))];
  const file: ReferenceFile = { file: 'a.yaml', text, sites, approved: [ok] };
  expect(file.sites.map(({ start, end }) => file.text.slice(start, end))).toEqual(['x:1']);
});
