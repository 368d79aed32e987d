// What lint finds in references without asking anybody, and the text that would be right.

import { describe, expect, it } from '@jest/globals';
import { parseConfig } from '../../../src/config/images/parse.ts';
import { levelsFor } from '../../../src/config/references/lint-rules.ts';
import { replaceSite } from '../../../src/config/references/reference-site.ts';
import { lint, readForLint } from '../../../src/plan/lint/lint.ts';
import { digest, fileOf, lintLines, rulesOf, withEdit } from './sites.ts';

const A = digest('a');
const B = digest('b');
const M = 'ghcr.io/acme/mirror';

describe('where an image is from', () => {
  it.each([
    ['an approved path', `quay.io/acme/app:1@${A}`, {}],
    ['the approved path itself', `quay.io/acme:1@${A}`, {}],
    ['an approved registry', `quay.io/else/app:1@${A}`, { approved: ['quay.io'] }],
    ['an approved registry with its port', `localhost:5000/a/b:1@${A}`, { approved: ['localhost:5000'] }],
    ['the short form of an approved one', `ruby:1@${A}`, { approved: ['docker.io/library'] }],
    ['the mirror, by its path', `${M}/docker.io/library/ruby:1@${A}`, {}],
    ['the mirror, with a port in the path', `${M}/localhost_5000/a/b:1@${A}`, {}],
    [
      'the mirror, by an entry',
      `${M}/acme/app:1@${A}`,
      { path: '{repository}', images: ['quay.io/acme/app:1'] },
    ],
    ['the mirror, without a tag', `${M}/docker.io/library/ruby@${A}`, {}],
    ['a mirror that is a whole registry', `m.example/quay.io/x/y:1@${A}`, { mirror: 'm.example' }],
  ])('%s is fine', (_what, reference, setting) => {
    expect(rulesOf(lintLines([reference], setting))).toEqual([]);
  });

  it.each([
    ['another registry that begins alike', 'quay.io.evil.example/acme/app'],
    ['a registry one letter longer', 'quay.iox/acme/app'],
    ['another port', 'quay.io:8443/acme/app'],
    ['the port of https, which nobody approved', 'quay.io:443/acme/app'],
    ['a path that begins alike', 'quay.io/acme-evil/app'],
    ['a path that begins alike, in one part', 'quay.io/acmeapp'],
    ['the path one level deeper', 'quay.io/evil/acme/app'],
    ['the host as a path of Docker Hub', 'evil/quay.io/acme/app'],
    ['the host as a path of another one', 'evil.example/quay.io/acme/app'],
    ['this machine', 'localhost/quay.io/acme/app'],
    ['this machine with the approved path', 'localhost/acme/app'],
    ['capital letters in the host', 'QUAY.IO/acme/app'],
    ['capital letters in the path', 'quay.io/ACME/app'],
    ['a scheme', 'https://quay.io/acme/app'],
    ['a scheme without slashes', 'docker:quay.io/acme/app'],
    ['a blank in front', ' quay.io/acme/app'],
    ['a blank behind', 'quay.io/acme/app '],
    ['a tab', 'quay.io/acme/app\t'],
    ['a dot behind the host', 'quay.io./acme/app'],
    ['a user in front', 'evil@quay.io/acme/app'],
    ['the approved one as a user', 'quay.io/acme@evil.example/app'],
    ['a password in front', 'robot:secret@quay.io/acme/app'],
    ['a letter that looks like a q', 'ԛuay.io/acme/app'],
    ['a letter that looks like an o', 'quay.iо/acme/app'],
    ['a character without a width', 'quay.io/ac\u200bme/app'],
    ['a full-width slash', 'quay.io／acme/app'],
    ['a backslash', 'quay.io\\acme\\app'],
    ['two slashes', 'quay.io//acme/app'],
    ['a step up', 'quay.io/acme/../evil/app'],
    ['a percent sign', 'quay.io/acme%2f..%2fevil/app'],
    ['a question mark', 'quay.io/acme?app'],
    ['the mirror with another port', `ghcr.io:443/acme/mirror/docker.io/library/ruby`],
    ['a prefix that begins like the mirror', `${M}-evil/docker.io/library/ruby`],
    ['under the mirror, but of no registry', `${M}/library/ruby`],
    ['the mirror itself', M],
    ['under the mirror, a short name', `${M}/docker.io/ruby`],
  ])('%s is never approved', (_what, name) => {
    const [first] = rulesOf(lintLines([`${name}:1@${A}`]));
    expect(first).toMatch(/^1 (?:not-approved|malformed|mirror-path-mismatch)$/);
  });

  it('nothing else that only looks like an approval approves', () => {
    const approvals = [
      'quay',
      'acme',
      '*',
      'https://quay.io',
      'quay.io/acme:1',
      'quay.io//',
      'u@quay.io',
      '',
    ];
    const result = lintLines([`quay.io/acme/app:1@${A}`], { approved: approvals });
    expect(result.findings.map(({ rule, file }) => `${file} ${rule}`)).toEqual([
      ...approvals.map(() => 'images.yaml malformed'),
      'vars.yml not-approved',
    ]);
  });

  it('without a mirror only what is approved is, and no name on a mirror is offered', () => {
    const text = 'approved: [quay.io]\nreferences: [{ list: a }]\n';
    const { config } = parseConfig(Buffer.from(text), 'images.yaml');
    const lines = [`quay.io/a:1@${A}`, `mirror.invalid/quay.io/a:1@${A}`, `ruby:1@${A}`];
    const read = readForLint({ files: [fileOf('vars.yml', lines)], mistakes: [] }, config);
    const { findings } = lint(read, levelsFor({}, false), null);
    expect(findings.map(({ line, rule, replacement }) => [line, rule, replacement])).toEqual([
      [2, 'not-approved', ''],
      [3, 'not-approved', ''],
    ]);
    expect(findings[1]?.message).toMatch(
      /^docker\.io\/library\/ruby is not from an approved registry - approve/,
    );
  });

  it('a login in a reference is not told', () => {
    const result = lintLines([`robot:hunter2@quay.io/acme/app:1@${A}`, `h/robot:hunter2@quay.io/app`]);
    expect(JSON.stringify(result)).not.toContain('hunter2');
  });
});

describe('the rules', () => {
  it('a template is counted, and not taken for malformed', () => {
    const result = lintLines(['{{ .Values.image }}', `quay.io/acme/app:$\{TAG}`, `quay.io/acme/app:1@${A}`]);
    expect(result.unreadable).toBe(2);
    expect(result.findings.map(({ rule, level }) => [rule, level])).toEqual([
      ['unreadable', 'note'],
      ['unreadable', 'note'],
    ]);
  });

  it('one tag with two digests: those that disagree with most are told, with the place of another', () => {
    const lines = [
      `quay.io/acme/a:1@${A}`,
      `quay.io/acme/a:1@${B}`,
      `quay.io/acme/a:1@${B}`,
      `quay.io/acme/a:2@${A}`,
    ];
    const { findings } = lintLines(lines);
    expect(findings.map(({ line, rule }) => [line, rule])).toEqual([[1, 'digest-conflict']]);
    expect(findings[0]?.message).toContain('vars.yml:2:3');
  });

  it('the mirror and its upstream are one tag', () => {
    const lines = [`ruby:1@${A}`, `${M}/docker.io/library/ruby:1@${B}`];
    expect(rulesOf(lintLines(lines, { approved: ['docker.io'] }))).toEqual(['2 digest-conflict']);
  });

  it('a pin of the images config with another digest is a conflict, a floating listing is not', () => {
    const lines = [`${M}/docker.io/library/ruby:1@${A}`];
    expect(rulesOf(lintLines(lines, { images: [`ruby:1@${B}`] }))).toEqual(['1 tag-conflict']);
    expect(rulesOf(lintLines(lines, { images: [`ruby:1@${A}`] }))).toEqual([]);
    expect(rulesOf(lintLines(lines, { images: ['ruby:1'] }))).toEqual([]);
  });

  it('an approval that nothing uses is told at its place, of whichever file', () => {
    const files = [fileOf('vars.yml', [`quay.io/acme/a:1@${A}`], ['quay.io', 'registry.example:5000'])];
    const { findings } = lintLines(files, { approved: ['docker.io'] });
    expect(
      findings.map(({ rule, level, file, line, reference }) => [rule, level, file, line, reference]),
    ).toEqual([
      ['unused-approval', 'warning', 'images.yaml', 2, 'docker.io'],
      ['unused-approval', 'warning', 'vars.yml', 101, 'registry.example:5000'],
    ]);
  });

  it('levels are those of the config; a rule that is off finds nothing', () => {
    const rules = { 'not-pinned': 'warning', 'unused-approval': 'off' } as const;
    const { findings } = lintLines(['quay.io/acme/a:1', 'x:1'], {
      rules,
      approved: ['quay.io', 'a.example'],
    });
    expect(findings.map(({ rule, level }) => `${rule} ${level}`)).toEqual([
      'not-pinned warning',
      'not-approved error',
      'not-pinned warning',
    ]);
  });

  it('what a comment ignores is counted with its reason; a comment that is not needed is told', () => {
    const result = lintLines([
      'quay.io/acme/a:1 # fresh-mirror-ignore: not-pinned — built here',
      `quay.io/acme/b:1@${A} # fresh-mirror-ignore: not-pinned — why`,
      'quay.io/acme/c:1 # fresh-mirror-ignore: not-pined — a typing error',
      `quay.io/acme/d:1@${A} # fresh-mirror-ignore: stale-pin — only registries know`,
    ]);
    expect(result.ignored.map(({ line, rule, reason }) => [line, rule, reason])).toEqual([
      [1, 'not-pinned', 'built here'],
    ]);
    expect(rulesOf(result)).toEqual(['2 unused-ignore', '3 not-pinned', '3 unused-ignore']);
  });
});

describe('the text to write instead', () => {
  const known = [
    `quay.io/acme/known:1@${A}`,
    `${M}/docker.io/library/known:1@${A}`,
    `quay.io/acme/known@${B}`,
  ];

  it.each([
    ['quay.io/acme/known:1', `quay.io/acme/known:1@${A}`],
    [`docker.io/library/ruby:1@${A}`, `${M}/docker.io/library/ruby:1@${A}`],
    [`ruby:1@${A}`, `${M}/docker.io/library/ruby:1@${A}`],
    ['known:1', `${M}/docker.io/library/known:1@${A}`],
    [`localhost:5000/a/b:1@${A}`, `${M}/localhost_5000/a/b:1@${A}`],
    [`QUAY.io/acme/x:V1@${A}`, `quay.io/acme/x:V1@${A}`],
    [`https://quay.io/acme/x:1@${A}`, `quay.io/acme/x:1@${A}`],
    [`quay.io/ACME/x:1@${A}`, `quay.io/acme/x:1@${A}`],
    [`${M}/docker.io/ruby:1@${A}`, `${M}/docker.io/library/ruby:1@${A}`],
    ['quay.io/acme/other:1', ''],
    ['ruby:1', ''],
    [`user@quay.io/acme/x:1@${A}`, ''],
    [`${M}/library/ruby:1@${A}`, ''],
  ])('%s', (written, replacement) => {
    const { findings } = lintLines([...known, written]);
    const own = findings.filter(({ line }) => line === 4);
    expect(own.length).toBeGreaterThan(0);
    expect(own.map((finding) => finding.replacement)).toEqual(own.map(() => replacement));
  });

  it('is a name on the mirror only where that leads back: by its path, or by an entry', () => {
    const written = `quay.io/else/app:1@${A}`;
    const replacementWith = (setting: Parameters<typeof lintLines>[1]) =>
      lintLines([written], setting).findings.find(({ rule }) => rule === 'not-approved')?.replacement;
    expect(replacementWith({ path: '{repository}' })).toBe('');
    expect(replacementWith({ path: '{repository}', images: ['quay.io/else/app:1'] })).toBe(
      `${M}/else/app:1@${A}`,
    );
    expect(replacementWith({ path: 'all/{registry}/{repository}' })).toBe('');
    expect(replacementWith({ path: '{registry}/all/{repository}' })).toBe(`${M}/quay.io/all/else/app:1@${A}`);
  });

  it('put in through the given place leaves nothing to find, for every finding that has one', () => {
    const lines = [
      ...known,
      'quay.io/acme/known:1',
      `ruby:1@${A}`,
      'known:1',
      `HTTPS://Quay.io/acme/x:1@${A}`,
    ];
    const file = fileOf('vars.yml', lines);
    const { findings } = lintLines([file]);
    const bySite = new Map(findings.map((finding) => [finding.line, finding]));
    const repaired = [...bySite.values()].toReversed().reduce((text, { line, column, replacement, edit }) => {
      const site = file.sites.find((one) => one.line === line && one.column === column);
      if (site === undefined || replacement === '') throw new Error(`nothing to write at ${line}:${column}`);
      const after = replaceSite(text, site, replacement);
      expect(withEdit(text, edit)).toBe(after);
      return after;
    }, file.text);
    const again = repaired.split('\n').flatMap((line) => (line === '' ? [] : [line.slice(2)]));
    expect(bySite.size).toBe(4);
    expect(rulesOf(lintLines(again))).toEqual([]);
  });
});

it('looks at each of 10,000 references of 500 files as often as at each of 1,000', () => {
  const work = (files: number) => {
    let looks = 0;
    const counted = Array.from({ length: files }, (_, at) => {
      const lines = Array.from({ length: 20 }, (_, row) => `quay.io/acme/app${at}-${row}:1@${A}`);
      const mixed = lines
        .with(0, 'ruby:1')
        .with(1, `x${at}:1@${B}`)
        .with(2, `quay.io/acme/y:1@${at === 0 ? A : B}`);
      const file = fileOf(`deploy/${at}.yaml`, mixed);
      for (const site of file.sites) {
        const { written } = site;
        const get = () => {
          looks += 1;
          return written;
        };
        Object.defineProperty(site, 'written', { enumerable: true, get });
      }
      return file;
    });
    const { references, findings } = lintLines(counted);
    return { references, findings: findings.length, looks };
  };
  const [small, large] = [work(50), work(500)];
  expect([small.references, large.references]).toEqual([1_000, 10_000]);
  // Of each file one is not pinned and not approved, one not approved; one pin in all disagrees with the others.
  expect([small.findings, large.findings]).toEqual([151, 1_501]);
  expect(large.looks).toBeLessThanOrEqual(small.looks * 10);
});
