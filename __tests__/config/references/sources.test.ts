// The keys of the images config that are about references.

import { describe, expect, it } from '@jest/globals';
import { parseConfig } from '../../../src/config/images/parse.ts';
import { errorsIn, told } from '../images/told.ts';

const parse = (text: string) =>
  parseConfig(new TextEncoder().encode(`mirror: ghcr.io/a/m\n${text}`), 'images.yaml').config;
const place = { file: 'images.yaml', line: 3, column: 3 };
const item = (row: string) => `mirror: ghcr.io/a/m\nreferences:\n- ${row}\n`;

describe('references', () => {
  it.each<[string, object]>([
    [
      '{ file: vars.yml, key: IMAGES, approved-key: OK }',
      { include: ['vars.yml'], isPattern: false, reader: { kind: 'key', key: 'IMAGES', approvedKey: 'OK' } },
    ],
    [
      '{ files: "deploy/**/*.yaml", field: image }',
      {
        include: ['deploy/**/*.yaml'],
        isPattern: true,
        reader: { kind: 'field', field: 'image', approvedKey: null },
      },
    ],
    [
      '{ files: ["a/*", "b/*"], exclude: "*/x", key: a.b }',
      {
        include: ['a/*', 'b/*'],
        exclude: ['*/x'],
        isPattern: true,
        reader: { kind: 'key', key: 'a.b', approvedKey: null },
      },
    ],
    [
      '{ dockerfiles: "**/Dockerfile" }',
      { include: ['**/Dockerfile'], isPattern: true, reader: { kind: 'dockerfile' } },
    ],
    ['{ list: .//a/./images.txt }', { include: ['a/images.txt'], isPattern: true, reader: { kind: 'list' } }],
    ['{ list: images.txt }', { include: ['images.txt'], isPattern: true, reader: { kind: 'list' } }],
  ])('%s', (row, wanted) => {
    expect(parse(`references:\n- ${row}\n`).references).toEqual([
      { exclude: [], bump: true, bumpTags: null, place, ...wanted },
    ]);
  });

  it('need no images beside them', () => {
    const config = parse('references:\n- {list: a}\napproved: [quay.io, "localhost:5000/x"]\n');
    expect(config.entries).toEqual([]);
    expect(config.approved).toEqual([
      { file: 'images.yaml', line: 4, column: 12, written: 'quay.io' },
      { file: 'images.yaml', line: 4, column: 21, written: 'localhost:5000/x' },
    ]);
    expect(told('mirror: ghcr.io/a/m\n')).toEqual([
      'images.yaml:1:1: error: the config has no images (write images: with at least one entry)',
    ]);
  });

  it.each<[string, string]>([
    ['{ key: A }', 'this does not say which files hold the references'],
    ['{ file: a, files: b, key: A }', 'file and files name two sources'],
    ['{ file: a }', 'this does not say where the references are in the file'],
    ['{ file: a, key: A, field: B }', 'both key and field are set'],
    ['{ file: a, key: A, exclude: b }', 'exclude cannot be used with file'],
    ['{ list: a, key: A }', 'key cannot be used with list'],
    ['{ dockerfiles: a, approved-key: A }', 'approved-key cannot be used with dockerfiles'],
    ['{ list: ../a }', '"../a" leaves its folder with ..'],
    ['{ list: /a }', '"/a" is not inside the workspace'],
    ['{ list: "C:/a" }', '"C:/a" is not inside the workspace'],
    ['{ list: "a\\\\b" }', '"a\\\\b" has a backslash'],
    ['{ list: .git/config }', '".git/config" lies under .git, which is never read'],
    ['{ list: "" }', 'the path is empty'],
    ['{ list: ./ }', 'the path is empty'],
    ['{ list: .GIT/config }', '".GIT/config" lies under .git, which is never read'],
    ['{ list: .git./config }', '".git./config" lies under .git, which is never read'],
    [
      '{ list: ".git::$INDEX_ALLOCATION/config" }',
      '".git::$INDEX_ALLOCATION/config" lies under .git, which is never read',
    ],
    ['{ list: 1 }', 'YAML reads 1 as a number, not as text'],
    ['{ list: [] }', 'this list is empty'],
    ['{ list: a, feild: b }', 'the key "feild" is not known here'],
    ['images.txt', 'expected a map, found "images.txt"'],
  ])('%s', (row, message) => {
    expect(errorsIn(item(row)).map((error) => error.message)).toEqual([message]);
  });

  it('every mistake is told at once, each with its place', () => {
    expect(
      told(
        'mirror: ghcr.io/a/m\napproved: [acme]\nreferences:\n- {list: /a}\n- {file: a}\nlint: {rules: {not-pined: error}}\n',
      ),
    ).toEqual([
      'images.yaml:2:12: error: "acme" is not a registry, or a registry with a path (write it in full, as in docker.io/library or quay.io/acme)',
      'images.yaml:4:10: error: "/a" is not inside the workspace (write a path from the root of the repository, as in deploy/app.yaml)',
      'images.yaml:5:3: error: this does not say where the references are in the file (write key: IMAGES for one map or list, or field: image for every place)',
      expect.stringMatching(
        /^images.yaml:6:16: error: the key "not-pined" is not known here \(did you mean not-pinned\?/,
      ),
    ]);
  });
});

describe('lint', () => {
  it('sets the level of rules', () => {
    const config = parse('images: [a:1]\nlint: {rules: {not-pinned: warning, not-approved: off}}\n');
    expect(config.lintLevels).toEqual({ 'not-pinned': 'warning', 'not-approved': 'off' });
    expect(parse('images: [a:1]\n').lintLevels).toEqual({});
  });

  it.each([
    ['lint: {rules: {not-pinned: loud}}', 'not-pinned is "loud"'],
    ['lint: {rule: {}}', 'the key "rule" is not known here'],
    ['approved: quay.io', 'expected a list, found "quay.io"'],
    ['approved: ["me:secret@quay.io"]', 'the reference holds credentials'],
  ])('%s', (row, message) => {
    expect(errorsIn(`mirror: ghcr.io/a/m\nimages: [a:1]\n${row}\n`).map((error) => error.message)).toEqual([
      message,
    ]);
  });
});
