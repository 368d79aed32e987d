import { expect, it } from '@jest/globals';
import { isHidden, isLoopback, reachOf } from '../../../src/registry/network/addresses.ts';

it.each([
  ['8.8.8.8', 'public'],
  ['[2606:4700::1111]', 'public'],
  ['2001:4860:4860::8888', 'public'],
  ['10.1.1.1', 'private'],
  ['172.31.255.255', 'private'],
  ['172.32.0.1', 'public'],
  ['100.64.0.1', 'private'],
  ['192.0.0.192', 'private'],
  ['198.19.255.255', 'private'],
  ['198.20.0.0', 'public'],
  ['224.0.0.1', 'private'],
  ['255.255.255.255', 'private'],
  ['0.0.0.0', 'private'],
  ['[::]', 'private'],
  ['fd00::1', 'private'],
  ['[ff02::1]', 'private'],
  ['127.0.0.1', 'loopback'],
  ['[::1]', 'loopback'],
  ['169.254.169.254', 'forbidden'],
  ['169.254.170.2', 'forbidden'],
  ['100.100.100.200', 'forbidden'],
  ['[fe80::1]', 'forbidden'],
  ['fe80::1%eth0', 'forbidden'],
  ['febf::1', 'forbidden'],
  ['fd00:ec2::254', 'forbidden'],
  ['fd00:ec3::254', 'private'],
])('%s is %s', (address, reach) => expect(reachOf(address)).toBe(reach));

it.each([
  ['::ffff:8.8.8.8', 'public'],
  ['::ffff:127.0.0.1', 'loopback'],
  ['::ffff:a9fe:a9fe', 'forbidden'],
  ['64:ff9b::8.8.8.8', 'public'],
  ['64:ff9b::a9fe:a9fe', 'forbidden'],
  ['64:ff9b::10.0.0.1', 'private'],
  // A gateway's own loopback is not ours.
  ['64:ff9b::127.0.0.1', 'private'],
  ['64:ff9b:1::8.8.8.8', 'private'],
  ['2002:a9fe:a9fe::1', 'forbidden'],
  ['2002:808:808::1', 'public'],
  ['2002:c0a8:101::', 'private'],
  ['::10.0.0.1', 'private'],
  ['::169.254.169.254', 'forbidden'],
])('the IPv4 address within %s is %s', (address, reach) => expect(reachOf(address)).toBe(reach));

it.each(['ghcr.io', 'localhost', '10.example', '1234', ''])('%s is a name', (name) =>
  expect(reachOf(name)).toBeNull(),
);

// Spellings that the URL parser makes one.
it.each(['2852039166', '0xa9fea9fe', '169.254.43518', '169.254.169.254.', '[::ffff:169.254.169.254]'])(
  'http://%s/ is forbidden',
  (host) => expect(reachOf(new URL(`http://${host}/`).hostname)).toBe('forbidden'),
);

it.each([
  ['localhost.', true],
  ['a.localhost', true],
  ['ip6-localhost', true],
  ['ip6-loopback', true],
  ['[::ffff:127.0.0.1]', true],
  ['localhost.example', false],
  ['10.0.0.1', false],
])('%s is loopback: %s', (host, expected) => expect(isLoopback(host)).toBe(expected));

it.each([
  ['LOCALHOST.', true],
  ['192.0.0.192', true],
  ['169.254.1.1', true],
  ['ghcr.io', false],
  ['1.1.1.1', false],
])('%s is hidden: %s', (host, expected) => expect(isHidden(host)).toBe(expected));
