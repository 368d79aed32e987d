// References, after the tables of distribution/reference (reference_test.go, normalize_test.go).

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isMistake, show } from '../../../src/base/errors/mistake.ts';
import {
  familiarName,
  familiarText,
  formatName,
  formatReference,
  formatTag,
  parseHost,
  parseName,
  parseReference,
} from '../../../src/image/names/reference.ts';
import { isTag } from '../../../src/image/tags/tag.ts';

const SHA256 = `sha256:${'f'.repeat(64)}`;
const SHA512 = `sha512:${'f'.repeat(128)}`;

function told(value: object | string): string {
  return isMistake(value) ? `${value.mistake} (${value.hint})` : `no mistake: ${JSON.stringify(value)}`;
}

describe('parseReference', () => {
  it.each([
    // written, registry, repository, tag, digest
    ['test_com', 'docker.io', 'library/test_com', null, null],
    ['test.com:tag', 'docker.io', 'library/test.com', 'tag', null],
    ['test.com:5000', 'docker.io', 'library/test.com', '5000', null],
    ['test.com/repo:tag', 'test.com', 'repo', 'tag', null],
    ['test:5000/repo', 'test:5000', 'repo', null, null],
    ['test:5000/repo:tag', 'test:5000', 'repo', 'tag', null],
    [`test:5000/repo@${SHA256}`, 'test:5000', 'repo', null, SHA256],
    [`test:5000/repo:tag@${SHA256}`, 'test:5000', 'repo', 'tag', SHA256],
    ['lowercase:Uppercase', 'docker.io', 'library/lowercase', 'Uppercase', null],
    ['sub-dom1.foo.com/bar/baz/quux', 'sub-dom1.foo.com', 'bar/baz/quux', null, null],
    [
      'sub-dom1.foo.com/bar/baz/quux:some-long-tag',
      'sub-dom1.foo.com',
      'bar/baz/quux',
      'some-long-tag',
      null,
    ],
    [
      'b.gcr.io/test.example.com/my-app:test.example.com',
      'b.gcr.io',
      'test.example.com/my-app',
      'test.example.com',
      null,
    ],
    ['xn--n3h.com/myimage:xn--n3h.com', 'xn--n3h.com', 'myimage', 'xn--n3h.com', null],
    [`xn--7o8h.com/myimage:t@${SHA512}`, 'xn--7o8h.com', 'myimage', 't', SHA512],
    ['foo_bar.com:8080', 'docker.io', 'library/foo_bar.com', '8080', null],
    ['foo/foo_bar.com:8080', 'docker.io', 'foo/foo_bar.com', '8080', null],
    ['192.168.1.1', 'docker.io', 'library/192.168.1.1', null, null],
    ['192.168.1.1:5000', 'docker.io', 'library/192.168.1.1', '5000', null],
    ['192.168.1.1/repo', '192.168.1.1', 'repo', null, null],
    ['192.168.1.1:5000/repo:5050', '192.168.1.1:5000', 'repo', '5050', null],
    ['[2001:db8::1]/repo', '[2001:db8::1]', 'repo', null, null],
    ['[2001:db8::1]:5000/repo:tag', '[2001:db8::1]:5000', 'repo', 'tag', null],
    ['[::1]:5000/repo', '[::1]:5000', 'repo', null, null],
    ['docker/docker', 'docker.io', 'docker/docker', null, null],
    ['library/debian', 'docker.io', 'library/debian', null, null],
    ['debian', 'docker.io', 'library/debian', null, null],
    ['docker.io/debian', 'docker.io', 'library/debian', null, null],
    ['docker.io/docker/docker', 'docker.io', 'docker/docker', null, null],
    ['index.docker.io/debian', 'docker.io', 'library/debian', null, null],
    ['index.docker.io/docker/docker', 'docker.io', 'docker/docker', null, null],
    ['registry-1.docker.io/library/ruby:3.4', 'docker.io', 'library/ruby', '3.4', null],
    ['registry.hub.docker.com/ruby', 'docker.io', 'library/ruby', null, null],
    ['docker.io/library/foo/bar', 'docker.io', 'library/foo/bar', null, null],
    ['test_com/foo', 'docker.io', 'test_com/foo', null, null],
    ['localhost/foo', 'localhost', 'foo', null, null],
    ['LOCALHOST:5000/foo', 'localhost:5000', 'foo', null, null],
    ['GHCR.io/acme/app', 'ghcr.io', 'acme/app', null, null],
    ['docker---rules/docker', 'docker.io', 'docker---rules/docker', null, null],
    ['dock__er/docker', 'docker.io', 'dock__er/docker', null, null],
    [`docker.io/${'1a'.repeat(32)}`, 'docker.io', `library/${'1a'.repeat(32)}`, null, null],
    [`busybox:latest@${SHA256}`, 'docker.io', 'library/busybox', 'latest', SHA256],
    [
      `a.b/${'a/'.repeat(125)}a:tag-puts-this-over-max`,
      'a.b',
      `${'a/'.repeat(125)}a`,
      'tag-puts-this-over-max',
      null,
    ],
  ])('reads %s', (written, registry, repository, tag, digest) => {
    expect(parseReference(written)).toEqual({ name: { registry, repository }, tag, digest });
  });

  it.each([
    ['', 'the reference is empty'],
    [':justtag', 'has an empty part'],
    [`@${SHA256}`, 'has an empty part'],
    [`repo@sha256:${'f'.repeat(34)}`, 'has 34 digits (sha256 has 64'],
    [`repo@sha512:${'f'.repeat(64)}`, 'has 64 digits (sha512 has 128'],
    [`repo@SHA256:${'f'.repeat(64)}`, 'is not a valid digest'],
    [`repo@sha256:${'F'.repeat(64)}`, 'not lower-case hex'],
    [`validname@invaliddigest:${'f'.repeat(64)}`, 'is not a valid digest'],
    [`a@${SHA256}@${SHA256}`, 'digits'],
    ['repo@', '"" is not a valid digest'],
    ['repo:', '"" is not a valid tag'],
    ['Uppercase:tag', 'upper-case letters (write uppercase)'],
    ['Uppercase/lowercase:tag', 'upper-case letters (write uppercase)'],
    ['test:5000/Uppercase/lowercase:tag', 'upper-case letters'],
    [`${'a/'.repeat(128)}a:tag`, 'characters long'],
    ['aa/asdf$$^/aa', 'placeholder'],
    ['aa/asdf^/aa', 'is not a valid part of a repository'],
    ['[2001:db8::1]', 'is not a valid part of a repository'],
    ['[2001:db8::1]:5000', 'is not a valid part of a repository'],
    ['[fe80::1%eth0]:5000/repo', 'is not a valid registry host'],
    ['[2001:db8:3:4::192.0.2.33]:5000/debian', 'is not a valid registry host'],
    ['fc00::1:5000/debian', 'is not a valid registry host'],
    ['https://github.com/docker/docker', 'has a scheme (leave out https://)'],
    ['docker://ruby:3.4', 'leave out docker://'],
    ['docker/Docker', 'write docker)'],
    ['-docker', 'is not a valid part of a repository'],
    ['-docker/docker', 'is not a valid part of a repository'],
    ['-docker.io/docker/docker', 'is not a valid registry host'],
    ['docker-/docker', 'is not a valid part of a repository'],
    ['docker///docker', 'has an empty part'],
    ['docker.io/docker///docker', 'has an empty part'],
    ['/ruby', 'has an empty part'],
    ['docker/', 'has an empty part'],
    ['ghcr.io/', 'has an empty part'],
    ['1a'.repeat(32), 'is an image ID'],
    ['____/____', 'is not a valid part of a repository'],
    ['_docker/_docker', 'is not a valid part of a repository'],
    ['dock..er/docker', 'is not a valid registry host'],
    ['dock_.er/docker', 'is not a valid registry host'],
    ['dock-.er/docker', 'is not a valid registry host'],
    ['ghcr.io/../etc', 'is not a valid part of a repository'],
    ['../ruby', 'is not a valid registry host'],
    ['ghcr.io:99999/a', 'has port 99999 (ports are from 1 to 65535)'],
    ['ghcr.io:0/a', 'has port 0'],
    ['ghcr.io:/a', 'is not a valid registry host'],
    ['ruby:-x', '"-x" is not a valid tag'],
    ['ruby:.x', '".x" is not a valid tag'],
    [`ruby:${'x'.repeat(129)}`, '129 characters long'],
    ['ruby:3.4:5', 'is not a valid part of a repository'],
    ['ruby: 3.4', 'has a space'],
    ['ruby:3.4\n', 'has a space'],
    ['ruby:$TAG', 'placeholder'],
    ['{{ image }}', 'has a space'],
    ['rubý', 'is not a valid part of a repository'],
    ['ghcr.io/a\u0000b', 'is not a valid part of a repository'],
  ])('refuses %j', (written, words) => {
    expect(told(parseReference(written))).toContain(words);
  });

  it('never repeats what may be a password', () => {
    for (const written of [
      'https://joe:s3cret@ghcr.io/a/b',
      'joe:s3cret@ghcr.io/a',
      's3cret@ghcr.io/a/b:1',
    ]) {
      expect(told(parseReference(written))).toContain('holds credentials');
      expect(told(parseReference(written))).not.toContain('s3cret');
    }
  });

  it('reads back what it wrote, and never throws', () => {
    const part = fc.stringMatching(/^[a-z0-9]{1,6}((\.|_|__|-{1,2})[a-z0-9]{1,4}){0,2}$/);
    const registry = fc.constantFrom('docker.io', 'ghcr.io', 'localhost:5000', '[::1]:80');
    const tag = fc.option(fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,20}$/));
    const parts = fc.array(part, { minLength: 2, maxLength: 5 });
    fc.assert(
      fc.property(registry, parts, tag, fc.boolean(), (host, path, tagText, pinned) => {
        const name = { registry: host, repository: path.join('/') };
        const reference = { name, tag: tagText, digest: pinned ? (SHA256 as `sha256:${string}`) : null };
        expect(parseReference(formatReference(reference))).toEqual(reference);
        expect(parseName(familiarName(name))).toEqual(name);
      }),
    );
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => typeof parseReference(text) === 'object'));
  });
});

describe('names', () => {
  it.each([
    ['docker.io/library/ruby', 'ruby'],
    ['docker.io/acme/app', 'acme/app'],
    ['docker.io/library/foo/bar', 'library/foo/bar'],
    ['docker.io/other/library', 'other/library'],
    ['ghcr.io/library/ruby', 'ghcr.io/library/ruby'],
    [`docker.io/library/${'ab'.repeat(32)}`, `docker.io/library/${'ab'.repeat(32)}`],
  ])('%s is familiar as %s', (full, familiar) => {
    const name = parseName(full);
    expect(isMistake(name) ? name : familiarName(name)).toBe(familiar);
  });

  it('keeps a familiar name that would be read as a host in full', () => {
    expect(familiarName({ registry: 'docker.io', repository: 'foo.com/bar' })).toBe('docker.io/foo.com/bar');
  });

  it.each([
    ['docker.io/library/ruby', 'ruby'],
    ['docker.io/acme/app', 'acme/app'],
    // `foo/bar` would be another repository.
    ['docker.io/library/foo/bar', 'library/foo/bar'],
    ['ghcr.io/acme/app', 'ghcr.io/acme/app'],
    ['not a name', 'not a name'],
  ])('shortens the text %s to %s', (text, familiar) => {
    expect(familiarText(text)).toBe(familiar);
  });

  it('parseName takes neither tag nor digest', () => {
    expect(told(parseName('ruby:3.4'))).toBe('"ruby:3.4" has a tag (write only ruby)');
    expect(told(parseName(`a/b@${SHA256}`))).toContain('has a digest (write only a/b)');
    expect(formatName({ registry: 'ghcr.io', repository: 'a/b' })).toBe('ghcr.io/a/b');
  });

  it.each([
    ['GHCR.io', 'ghcr.io'],
    ['index.docker.io', 'docker.io'],
    ['registry-1.docker.io', 'docker.io'],
    ['Registry-1.docker.io:443', 'docker.io'],
    ['registry.hub.docker.com', 'docker.io'],
    ['docker.io:443', 'docker.io'],
    ['docker.io:5000', 'docker.io:5000'],
    ['auth.docker.io', 'auth.docker.io'],
    ['registry:5000', 'registry:5000'],
    ['a b', 'is not a valid registry host'],
    ['ghcr.io/acme', 'is not a valid registry host'],
    ['', 'is not a valid registry host'],
    ['host:65536', 'has port 65536'],
  ])('host %s: %s', (written, expected) => {
    const host = parseHost(written);
    expect(isMistake(host) ? told(host) : host).toContain(expected);
  });

  it.each([
    ['latest', true],
    ['_a', true],
    ['A'.repeat(128), true],
    ['A'.repeat(129), false],
    ['', false],
    ['-a', false],
    ['.a', false],
    ['a/b', false],
    ['a\n', false],
  ])('tag %j: %s', (text, expected) => expect(isTag(text)).toBe(expected));

  it('shows input on one line, cut', () => {
    expect(show('a\nb')).toBe('"a\\nb"');
    expect(show('x'.repeat(200))).toHaveLength(82);
  });
});

it('formatTag writes a tag of a name in full', () => {
  expect(formatTag({ registry: 'docker.io', repository: 'library/ruby' }, '3.4')).toBe(
    'docker.io/library/ruby:3.4',
  );
});
