import { describe, expect, it } from '@jest/globals';
import { checkSentTo, endpointOf } from '../../../src/registry/http/endpoint.ts';
import { isHidden, isLoopback } from '../../../src/registry/network/addresses.ts';
import { proxyFor } from '../../../src/registry/network/proxies.ts';

const OPEN = { registries: {}, hosts: null };

it.each([
  ['docker.io', {}, 'https://registry-1.docker.io'],
  ['ghcr.io', {}, 'https://ghcr.io'],
  ['localhost:5000', {}, 'http://localhost:5000'],
  ['127.0.0.9:5000', {}, 'http://127.0.0.9:5000'],
  ['127.0.0.1:5000', { '127.0.0.1:5000': { ca: 'PEM' } }, 'https://127.0.0.1:5000'],
  ['registry.internal:5000', {}, 'https://registry.internal:5000'],
  ['registry.internal:5000', { 'registry.internal:5000': { http: true } }, 'http://registry.internal:5000'],
  ['10.0.0.1:5000', {}, 'https://10.0.0.1:5000'],
])('%s is contacted at %s', (registry, registries, origin) => {
  expect(endpointOf(registry, { registries, hosts: null }).origin).toBe(origin);
});

it.each(['a/b', 'user@host', 'a b', 'a?x', '__proto__/'])('%s is no registry', (registry) => {
  expect(() => endpointOf(registry, OPEN)).toThrow(expect.objectContaining({ reason: 'unsupported' }));
});

it.each([
  [['ghcr.io'], 'ghcr.io', true],
  [['ghcr.io'], 'quay.io', false],
  [['docker.io'], 'docker.io', true],
  [['r.example'], 'r.example:5000', true],
  [['r.example:5001'], 'r.example:5000', false],
  [[], 'ghcr.io', false],
])('with hosts %j, %s is contacted: %s', (hosts, registry, allowed) => {
  const go = () => endpointOf(registry, { registries: {}, hosts });
  if (allowed) expect(go()).toBeDefined();
  else expect(go).toThrow(expect.objectContaining({ reason: 'denied' }));
});

it.each([
  ['localhost', true],
  ['a.localhost', true],
  ['[::1]', true],
  ['127.1.2.3', true],
  ['localhost.example', false],
  ['127.example', false],
])('%s is loopback: %s', (host, expected) => expect(isLoopback(host)).toBe(expected));

it.each([
  ['10.1.1.1', true],
  ['169.254.169.254', true],
  ['[fd00::1]', true],
  ['[::ffff:10.0.0.1]', true],
  ['8.8.8.8', false],
  ['10.example', false],
])('%s is a private address: %s', (host, expected) => expect(isHidden(host)).toBe(expected));

it.each([
  ['ghcr.io', 'https://auth.example/token', true],
  ['ghcr.io', 'http://auth.example/token', false],
  ['ghcr.io', 'http://ghcr.io/token', false],
  ['ghcr.io', 'https://169.254.169.254/latest', false],
  ['ghcr.io', 'https://localhost/token', false],
  ['ghcr.io', 'https://user:pw@auth.example/token', false],
  ['ghcr.io', 'ftp://auth.example/token', false],
  ['10.0.0.1', 'https://10.0.0.2/token', true],
  ['localhost:5000', 'http://127.0.0.1:5001/token', true],
  ['localhost:5000', 'http://auth.example/token', false],
  ['localhost:5000', 'http://10.0.0.2/token', false],
])('%s may send to %s: %s', (registry, url, allowed) => {
  const go = () => checkSentTo(new URL(url), endpointOf(registry, OPEN), OPEN);
  if (allowed) expect(go).not.toThrow();
  else expect(go).toThrow(expect.objectContaining({ reason: 'denied' }));
});

it.each([
  ['https://user:pw@auth.example/token', 'an address with a user name or a password in it'],
  ['http://auth.example/token', 'set `http: true` for auth.example'],
  ['https://10.0.0.1/token', 'only public addresses are followed; name 10.0.0.1'],
])('says why %s is not followed, and no password', (url, words) => {
  const go = () => checkSentTo(new URL(url), endpointOf('ghcr.io', OPEN), OPEN);
  expect(go).toThrow(expect.objectContaining({ hint: expect.stringContaining(words) }));
  expect(go).not.toThrow(expect.objectContaining({ message: expect.stringContaining('pw') }));
});

describe('proxyFor', () => {
  const proxy = {
    https: 'http://proxy:3128',
    http: 'proxy:3129',
    no: 'internal.example, .corp.example,10.0.0.0/8,r.example:5000',
  };
  it.each([
    ['https://ghcr.io/', 'proxy:3128'],
    ['http://ghcr.io/', 'proxy:3129'],
    ['http://localhost:5000/', null],
    ['https://internal.example/', null],
    ['https://a.internal.example/', null],
    ['https://notinternal.example/', 'proxy:3128'],
    ['https://a.corp.example/', null],
    ['https://10.2.3.4/', null],
    ['https://r.example:5000/', null],
    ['https://r.example/', 'proxy:3128'],
  ])('%s goes by %s', (url, host) => expect(proxyFor(new URL(url), proxy)?.host ?? null).toBe(host));
  it('asks no proxy when there is none, or for none', () => {
    expect(proxyFor(new URL('https://ghcr.io/'), { https: '', http: 'x', no: '' })).toBeNull();
    expect(proxyFor(new URL('https://ghcr.io/'), { ...proxy, no: '*' })).toBeNull();
  });
});
