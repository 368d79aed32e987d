// Which hosts are one, and which places a server may send to.

import { describe, expect, it } from '@jest/globals';
import {
  checkSentTo,
  type EndpointSettings,
  endpointOf,
  isNamed,
  settingsOf,
} from '../../../src/registry/http/endpoint.ts';

const OPEN: EndpointSettings = { registries: {}, hosts: null };

describe('settings of a host and its default port', () => {
  const secure = { concurrency: 3 };
  const plain = { http: true, concurrency: 4 };
  it.each([
    ['a.example', { 'a.example:443': secure }, 3],
    ['a.example:443', { 'a.example': secure }, 3],
    ['a.example:443', { 'a.example': { concurrency: 1 }, 'a.example:443': secure }, 3],
    ['a.example', { 'a.example:80': plain }, 4],
    ['a.example:80', { 'a.example': plain }, 4],
    // Another scheme, another port.
    ['a.example:443', { 'a.example': plain }, undefined],
    ['a.example:80', { 'a.example': secure }, undefined],
    ['a.example', { 'a.example:443': plain }, undefined],
    ['a.example:5000', { 'a.example': secure }, undefined],
    ['[fd00::80]', { '[fd00:]': plain }, undefined],
    ['registry-1.docker.io', { 'docker.io': secure }, 3],
  ])('%s with %j', (host, registries, concurrency) => {
    expect(settingsOf(host, { registries, hosts: null }).concurrency).toBe(concurrency);
  });
});

describe('`hosts` and default ports', () => {
  it.each([
    ['a.example:443', 'https://a.example/', true],
    ['a.example:443', 'http://a.example:443/', true],
    ['a.example:80', 'http://a.example/', true],
    ['a.example:80', 'https://a.example/', false],
    ['a.example:443', 'http://a.example/', false],
    ['a.example', 'https://a.example:443/', true],
    ['docker.io', 'https://auth.docker.io/token', true],
  ])('%s names %s: %s', (entry, url, expected) => {
    expect(isNamed(new URL(url), { registries: {}, hosts: [entry] })).toBe(expected);
  });
});

describe('forbidden addresses', () => {
  it.each(['169.254.169.254', '[fe80::1]:5000', '100.100.100.200'])(
    '%s is not asked even by name',
    (host) => {
      const settings = { registries: { [host]: { http: true } }, hosts: [host] };
      expect(() => endpointOf(host, settings)).toThrow(expect.objectContaining({ reason: 'denied' }));
    },
  );

  it.each(['10.0.0.1', 'localhost:5000', 'ghcr.io'])('%s sends nobody there', (registry) => {
    const from = endpointOf(registry, OPEN);
    for (const target of ['http://169.254.169.254/', 'https://[64:ff9b::a9fe:a9fe]/', 'https://2852039166/'])
      expect(() => checkSentTo(new URL(target), from, OPEN)).toThrow('link-local or metadata address');
  });
});

describe('private addresses', () => {
  const send = (registry: string, to: string, settings: EndpointSettings): string => {
    try {
      checkSentTo(new URL(to), endpointOf(registry, settings), settings);
      return 'followed';
    } catch (thrown) {
      return (thrown as { hint: string }).hint;
    }
  };
  const named = { '10.0.0.2': {} };

  it('are followed where the config names them, or from their neighbours', () => {
    expect(send('ghcr.io', 'https://10.0.0.2/', { registries: named, hosts: null })).toBe('followed');
    expect(send('10.0.0.1', 'https://10.0.0.2/', OPEN)).toBe('followed');
    expect(send('ghcr.io', 'https://10.0.0.2/', OPEN)).toBe(
      'only public addresses are followed; name 10.0.0.2 in `registries` of the config if it is meant to be used',
    );
  });

  it('are named by `hosts` alone where it is given', () => {
    const strict = { registries: named, hosts: ['ghcr.io'] };
    expect(send('ghcr.io', 'https://10.0.0.2/', strict)).toBe(
      'only public addresses are followed; name 10.0.0.2 in the input `hosts` if it is meant to be used',
    );
    expect(send('ghcr.io', 'https://10.0.0.2/', { ...strict, hosts: ['ghcr.io', '10.0.0.2'] })).toBe(
      'followed',
    );
    expect(send('ghcr.io', 'https://layers.example/', strict)).toBe('followed');
  });
});
