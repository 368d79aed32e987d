import { describe, expect, it } from '@jest/globals';
import { addressOf, proxyFor, proxyHeaders, readProxies } from '../../../src/registry/network/proxies.ts';

describe('readProxies', () => {
  it.each([
    ['nothing', {}, { https: '', http: '', no: '' }],
    ['lower case first', { https_proxy: 'http://a', HTTPS_PROXY: 'http://b' }, { https: 'http://a' }],
    ['the first that is not empty', { https_proxy: ' ', HTTPS_PROXY: 'http://b' }, { https: 'http://b' }],
    ['the same for NO_PROXY', { no_proxy: '', NO_PROXY: 'a.example' }, { no: 'a.example' }],
    ['a host alone', { http_proxy: 'proxy:3128' }, { http: 'proxy:3128' }],
    ['a proxy that speaks TLS', { HTTPS_PROXY: 'https://proxy' }, { https: 'https://proxy' }],
  ])('%s', (_name, environment: Record<string, string>, expected) => {
    expect(readProxies(environment)).toMatchObject(expected);
  });

  it.each([
    [{ https_proxy: 'http://[no-address' }, 'https_proxy is not the address of a proxy'],
    [{ HTTP_PROXY: 'http://' }, 'HTTP_PROXY is not the address of a proxy'],
    [
      { HTTPS_PROXY: 'socks5://me:secret@proxy:1080' },
      'HTTPS_PROXY names a proxy that speaks socks5: only http and https proxies can be used',
    ],
  ])('%j is a mistake', (environment: Record<string, string>, mistake) => {
    expect(readProxies(environment)).toEqual({
      mistake,
      hint: 'write http://host:port or https://host:port',
    });
  });
});

describe('proxyFor', () => {
  const proxied = (url: string, no: string): boolean =>
    proxyFor(new URL(url), { https: 'http://proxy:3128', http: 'http://proxy:3128', no }) !== null;

  it.each([
    ['http://[fd00::2]:5000/', 'fd00::2', false],
    ['http://[fd00::2]:5000/', 'fd00:0::2', false],
    ['http://[fd00::2]:5000/', '[fd00::2]', false],
    ['http://[fd00::2]:5000/', '[fd00::2]:5000', false],
    ['http://[fd00::2]:5000/', '[fd00::2]:5001', true],
    ['http://[fd00::3]:5000/', 'fd00::2', true],
    ['http://[fd00::2]:5000/', 'fd00::/8', false],
    ['https://10.0.0.1/', '10.0.0.1', false],
    ['https://10.0.0.1/', '10.0.0.1:443', false],
    ['https://10.0.0.1:5000/', '10.0.0.1:443', true],
    ['https://a.example/', 'A.example:443', false],
    ['https://a.example/', '*.example', false],
    ['https://example/', '*.example', true],
    ['https://localhost./', '', false],
    ['https://ghcr.io/', 'a.example, ,b.example', true],
  ])('%s with NO_PROXY %s: %s', (url, no, expected) => expect(proxied(url, no)).toBe(expected));
});

it.each([
  ['http://proxy', { host: 'proxy', port: 80 }],
  ['https://proxy', { host: 'proxy', port: 443 }],
  ['https://proxy:3129', { host: 'proxy', port: 3129 }],
  ['http://[fd00::1]:3128', { host: 'fd00::1', port: 3128 }],
])('%s is at %j', (url, address) => expect(addressOf(new URL(url))).toEqual(address));

it.each([
  ['http://proxy', {}],
  ['http://u:p%40@proxy', { 'proxy-authorization': `Basic ${btoa('u:p@')}` }],
  ['http://u:100%@proxy', { 'proxy-authorization': `Basic ${btoa('u:100%')}` }],
])('%s gets %j', (url, headers) => expect(proxyHeaders(new URL(url))).toEqual(headers));
