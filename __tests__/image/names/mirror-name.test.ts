import { describe, expect, it } from '@jest/globals';
import { isMistake } from '../../../src/base/errors/mistake.ts';
import { isUnder, mirrorName, parseMirror, parseMirrorPath } from '../../../src/image/names/mirror-name.ts';
import { checkName, formatName, parseName } from '../../../src/image/names/reference.ts';

function told(value: object | string): unknown {
  return isMistake(value) ? value.mistake : value;
}

describe('parseMirror', () => {
  it.each([
    ['ghcr.io/acme/mirror', 'ghcr.io', 'acme/mirror'],
    ['localhost:5000/m', 'localhost:5000', 'm'],
    ['localhost:5000', 'localhost:5000', ''],
    ['GHCR.io', 'ghcr.io', ''],
    ['index.docker.io/acme', 'docker.io', 'acme'],
  ])('reads %s', (text, registry, prefix) => expect(parseMirror(text)).toEqual({ registry, prefix }));

  it.each([
    ['acme/mirror', 'does not name a registry'],
    ['', 'does not name a registry'],
    ['ghcr.io/acme:1', 'is not a valid part of a repository'],
    ['ghcr.io/Acme', 'upper-case'],
    ['ghcr.io/acme/', 'ends with a slash'],
    ['https://ghcr.io/acme', 'has a scheme'],
    ['joe:secret@ghcr.io/acme', 'is not a registry with a prefix'],
    ['ghcr.io/a b', 'is not a registry with a prefix'],
    ['ghcr.io:99999/a', 'has port 99999'],
  ])('refuses %s', (text, words) => expect(told(parseMirror(text))).toContain(words));
});

describe('parseMirrorPath', () => {
  it.each([
    '{repository}',
    '{registry}/{repository}',
    '{name}',
    'copies/{name}',
    '{name}-copy',
    '{registry}/x/{name}',
  ])('reads %s', (text) => expect(parseMirrorPath(text)).toBe(text));

  it.each([
    ['{repo}', 'has "{repo}"'],
    ['{repository', 'sends every upstream to one'],
    ['{registry}', 'sends every upstream to one'],
    ['', 'sends every upstream to one'],
    ['/{repository}', 'does not make a valid repository'],
    ['{repository}/', 'does not make a valid repository'],
    ['A/{name}', 'does not make a valid repository'],
    ['{name}:x', 'does not make a valid repository'],
    ['{{name}}', 'does not make a valid repository'],
  ])('refuses %s', (text, words) => expect(told(parseMirrorPath(text))).toContain(words));
});

describe('mirrorName', () => {
  const mirror = { registry: 'ghcr.io', prefix: 'acme/m' };

  it.each([
    ['ruby', '{repository}', 'ghcr.io/acme/m/library/ruby'],
    ['ruby', '{registry}/{repository}', 'ghcr.io/acme/m/docker.io/library/ruby'],
    ['host:8080/a/b', '{registry}/{repository}', 'ghcr.io/acme/m/host_8080/a/b'],
    ['quay.io/a/b/c', '{name}', 'ghcr.io/acme/m/c'],
    ['quay.io/a/b', 'x-{name}', 'ghcr.io/acme/m/x-b'],
  ])('%s by %s goes to %s', (source, path, expected) => {
    const name = parseName(source);
    const copy = isMistake(name) ? name : mirrorName(name, { ...mirror, path });
    if (isMistake(copy)) throw new Error(copy.mistake);
    expect(formatName(copy)).toBe(expected);
    expect(checkName(copy)).toBe(copy);
  });

  it('a mirror may be a whole registry', () => {
    const source = { registry: 'docker.io', repository: 'library/ruby' };
    const whole = { registry: 'localhost:5000', prefix: '', path: '{repository}' };
    expect(mirrorName(source, whole)).toEqual({ registry: 'localhost:5000', repository: 'library/ruby' });
  });

  it.each([
    [{ registry: '[::1]:5000', repository: 'a' }, 'has no valid name on the mirror'],
    [{ registry: 'a.io', repository: `${'a/'.repeat(120)}a` }, 'characters long'],
  ])('%j has no place', (source, words) => {
    expect(told(mirrorName(source, { ...mirror, path: '{registry}/{repository}' }))).toContain(words);
  });

  it.each([
    ['acme/m/x', 'acme/m', true],
    ['acme/m', 'acme/m', true],
    ['acme/mm', 'acme/m', false],
    ['x', '', true],
  ])('%s under %j: %s', (repository, prefix, expected) => {
    expect(isUnder({ registry: 'ghcr.io', repository }, { registry: 'ghcr.io', prefix })).toBe(expected);
    expect(isUnder({ registry: 'quay.io', repository }, { registry: 'ghcr.io', prefix })).toBe(false);
  });
});
