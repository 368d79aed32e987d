// What an address reaches, however it is spelled: the public internet, a private network, this machine, or what nobody
// may ask. Pure.

import { BlockList, isIP } from 'node:net';

/** `forbidden`: link-local addresses and those of the clouds' metadata services, which give out the machine's own keys. */
type Reach = 'public' | 'private' | 'loopback' | 'forbidden';

type Range = readonly [net: string, bits: number, family: 'ipv4' | 'ipv6'];

const FORBIDDEN = listOf([
  ['169.254.0.0', 16, 'ipv4'],
  ['100.100.100.200', 32, 'ipv4'],
  ['fe80::', 10, 'ipv6'],
  // All that AWS answers on the machine itself, and the metadata service of Google.
  ['fd00:ec2::', 32, 'ipv6'],
  ['fd20:ce::254', 128, 'ipv6'],
]);
const LOOPBACK = listOf([
  ['127.0.0.0', 8, 'ipv4'],
  ['::1', 128, 'ipv6'],
]);
// IANA, special-purpose address registries: what is not reachable from everywhere, multicast and reserved space.
const PRIVATE = listOf([
  ['0.0.0.0', 8, 'ipv4'],
  ['10.0.0.0', 8, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.0.0.0', 24, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['198.18.0.0', 15, 'ipv4'],
  ['224.0.0.0', 4, 'ipv4'],
  ['240.0.0.0', 4, 'ipv4'],
  ['::', 128, 'ipv6'],
  ['64:ff9b:1::', 48, 'ipv6'],
  ['2001::', 32, 'ipv6'],
  ['fc00::', 7, 'ipv6'],
  ['fec0::', 10, 'ipv6'],
  ['ff00::', 8, 'ipv6'],
]);

function listOf(ranges: readonly Range[]): BlockList {
  const list = new BlockList();
  for (const [net, bits, family] of ranges) list.addSubnet(net, bits, family);
  return list;
}

/** A host name without the brackets of IPv6 and the dot of a full name, in lower case. */
export function bareHost(hostname: string): string {
  return hostname.replace(/^\[|\]$|\.$/g, '').toLowerCase();
}

/** What an IP address reaches, with or without brackets; null for a name, of which nobody knows before it is looked up. */
export function reachOf(hostname: string): Reach | null {
  const address = bareHost(hostname).replace(/%.*$/, '');
  const family = isIP(address);
  if (family === 0) return null;
  if (family === 4) return reachIn(address, 'ipv4');
  const groups = groupsOf(address);
  const [mapped, translated] = [mappedIn(groups), translatedIn(groups)];
  if (mapped !== null) return reachIn(mapped, 'ipv4');
  if (translated === null) return reachIn(address, 'ipv6');
  const reach = reachIn(translated, 'ipv4');
  return reach === 'loopback' ? 'private' : reach;
}

function reachIn(address: string, family: 'ipv4' | 'ipv6'): Reach {
  if (FORBIDDEN.check(address, family)) return 'forbidden';
  if (LOOPBACK.check(address, family)) return 'loopback';
  return PRIVATE.check(address, family) ? 'private' : 'public';
}

/** The eight numbers of an IPv6 address. */
function groupsOf(address: string): readonly number[] {
  // The URL parser writes every spelling alike, dotted tails too.
  const { hostname } = new URL(`http://[${address}]/`);
  const [head = [], tail = []] = hostname
    .slice(1, -1)
    .split('::')
    .map((half) => (half === '' ? [] : half.split(':').map((group) => Number.parseInt(group, 16))));
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}

/** The IPv4 address that `::ffff:a.b.c.d` is. RFC 4291, section 2.5.5.2. */
function mappedIn(groups: readonly number[]): string | null {
  return startsWith(groups, [0, 0, 0, 0, 0, 0xffff]) ? dotted(groups.slice(6)) : null;
}

/** The IPv4 address that a gateway makes of it: NAT64 (RFC 6052), 6to4 (RFC 3056), and `::a.b.c.d` of old. */
function translatedIn(groups: readonly number[]): string | null {
  if (startsWith(groups, [0x64, 0xff9b, 0, 0, 0, 0])) return dotted(groups.slice(6));
  if (startsWith(groups, [0x2002])) return dotted(groups.slice(1, 3));
  // `::` and `::1` mean this machine.
  return startsWith(groups, [0, 0, 0, 0, 0, 0]) && (groups[6] ?? 0) > 0 ? dotted(groups.slice(6)) : null;
}

function startsWith(groups: readonly number[], start: readonly number[]): boolean {
  return start.every((group, at) => groups[at] === group);
}

function dotted(groups: readonly number[]): string {
  return groups.flatMap((group) => [group >> 8, group & 0xff]).join('.');
}

/** True for a host that always means this machine: RFC 6761, section 6.3, and the names that Debian adds for `::1`. */
export function isLoopback(hostname: string): boolean {
  const bare = bareHost(hostname);
  const named = /^(?:(?:.+\.)?localhost|ip6-localhost|ip6-loopback)$/.test(bare);
  return named || reachOf(bare) === 'loopback';
}

/** True for a host that, as it is written, is not on the public internet; of other names only a look-up can tell. */
export function isHidden(hostname: string): boolean {
  const reach = reachOf(hostname);
  return isLoopback(hostname) || (reach !== null && reach !== 'public');
}
