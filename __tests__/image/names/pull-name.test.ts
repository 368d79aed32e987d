import { describe, expect, it } from '@jest/globals';
import { isMistake } from '../../../src/base/errors/mistake.ts';
import {
  canonicalName,
  makeReadFrom,
  mergeReadFrom,
  parseReadFrom,
  pullName,
  type ReadFromRule,
} from '../../../src/image/names/pull-name.ts';
import { formatName, type Name, parseName } from '../../../src/image/names/reference.ts';

function name(text: string): Name {
  const parsed = parseName(text);
  if (isMistake(parsed)) throw new Error(parsed.mistake);
  return parsed;
}

function rules(...lines: string[]): ReadFromRule[] {
  return lines.map((line) => {
    const rule = parseReadFrom(line);
    if (isMistake(rule)) throw new Error(rule.mistake);
    return rule;
  });
}

const HUB = rules('docker.io=registry.internal:5000/hub');
const FARM = rules(
  'docker.io=proxy:5000/hub',
  'quay.io=proxy:5000/hub/quay',
  'mcr.microsoft.com=',
  '*=proxy:5000/all/{registry}/{repository}',
);

describe('parseReadFrom', () => {
  it.each([
    ['docker.io=r:5000/hub', 'docker.io', { registry: 'r:5000', prefix: 'hub', named: false }],
    ['docker.io=r:5000', 'docker.io', { registry: 'r:5000', prefix: '', named: false }],
    ['docker.io=r:5000/{repository}', 'docker.io', { registry: 'r:5000', prefix: '', named: false }],
    ['*=r/a/b/{registry}/{repository}', '*', { registry: 'r', prefix: 'a/b', named: true }],
    [' Index.Docker.io = R.io/hub ', 'docker.io', { registry: 'r.io', prefix: 'hub', named: false }],
    ['mcr.microsoft.com=', 'mcr.microsoft.com', null],
  ])('reads %s', (line, registry, through) => expect(parseReadFrom(line)).toEqual({ registry, through }));

  it.each([
    ['docker.io', 'has no "="'],
    ['=r/hub', 'is not a valid registry host'],
    ['docker.io/library=r/hub', 'is not a valid registry host'],
    ['docker.io=r/{name}', 'an unknown template'],
    ['docker.io=r/{repository}/x', 'an unknown template'],
    ['docker.io=r/{registry}', 'an unknown template'],
    ['docker.io=r/Hub', 'upper-case'],
    ['docker.io=r//hub', 'an empty part'],
    ['docker.io=https://r/hub', 'is not a valid registry host'],
    ['docker.io=r:70000', 'port 70000'],
    ['docker.io=joe:secret@r/hub', 'the reference holds credentials'],
    ['joe:secret@docker.io=r/hub', 'the reference holds credentials'],
  ])('refuses %s', (line, words) =>
    expect(parseReadFrom(line)).toMatchObject({ mistake: expect.stringContaining(words) }),
  );
});

describe('pullName and canonicalName', () => {
  it.each([
    [HUB, 'almalinux', 'registry.internal:5000/hub/library/almalinux'],
    [HUB, 'library/almalinux', 'registry.internal:5000/hub/library/almalinux'],
    [HUB, 'quay.io/a/b', 'quay.io/a/b'],
    [FARM, 'ruby', 'proxy:5000/hub/library/ruby'],
    [FARM, 'quay.io/a/b', 'proxy:5000/hub/quay/a/b'],
    [FARM, 'mcr.microsoft.com/dotnet/sdk', 'mcr.microsoft.com/dotnet/sdk'],
    [FARM, 'ghcr.io/a/b', 'proxy:5000/all/ghcr.io/a/b'],
    [FARM, 'host:8080/a/b', 'proxy:5000/all/host_8080/a/b'],
  ])('of %#: %s is read at %s, and traced back', (list, source, pull) => {
    expect(formatName(pullName(name(source), list))).toBe(pull);
    expect(canonicalName(name(pull), list)).toEqual(name(source));
  });

  it.each([
    ['proxy:5000/hub/almalinux', 'docker.io/library/almalinux'],
    ['proxy:5000/other/x', 'proxy:5000/other/x'],
    ['proxy:5000/all/NOT_A_HOST', null],
    ['proxy:5000/all/ghcr.io', 'proxy:5000/all/ghcr.io'],
    ['proxy/hub/x', null],
    ['quay.io/a/b', 'quay.io/a/b'],
  ])('%s has the canonical name %s', (written, canonical) => {
    const parsed = parseName(written);
    if (isMistake(parsed) || canonical === null) return expect(canonical).toBeNull();
    expect(formatName(canonicalName(parsed, FARM))).toBe(canonical);
  });

  it('never reads a registry through itself', () => {
    expect(formatName(pullName(name('proxy:5000/other/x'), FARM))).toBe('proxy:5000/other/x');
  });

  it('cannot trace back a rule for every registry that drops the registry', () => {
    const list = rules('*=proxy:5000/all');
    expect(formatName(pullName(name('quay.io/a/b'), list))).toBe('proxy:5000/all/a/b');
    expect(formatName(canonicalName(name('proxy:5000/all/a/b'), list))).toBe('proxy:5000/all/a/b');
  });

  it('the first list of rules stands', () => {
    const merged = mergeReadFrom(rules('docker.io=a.io'), rules('docker.io=b.io', 'quay.io=c.io'));
    expect(merged).toEqual(rules('docker.io=a.io', 'quay.io=c.io'));
    expect(makeReadFrom('quay.io', '')).toEqual({ registry: 'quay.io', through: null });
  });
});
