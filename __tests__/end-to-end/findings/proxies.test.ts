// Finding 21: the action reads proxies as curl and Go do. Every proxy here is on loopback and knows where the name leads.

import { writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { push } from '../../../demo/images.mjs';
import { type Authority, makeAuthority } from '../../fakes/network/certificates.ts';
import { type Gate, startGate } from '../../fakes/network/gate.ts';
import { startNameProxy } from '../../fakes/network/name-proxy.ts';
import { digestOf } from '../../fakes/registries/oracle.ts';
import { plainImage } from '../../fakes/registries/plain.ts';
import type { RunningRegistry } from '../../fakes/registries/registries.ts';
import { ROOT } from '../../fakes/runner/places.ts';
import {
  configOf,
  endOf,
  type LimitedResult,
  openStage,
  reasonsOf,
  rowsOf,
  runWithin,
  type Stage,
  wordsOf,
} from '../../fakes/runner/stage.ts';

let stage: Stage;
let upstream: RunningRegistry;
let mirror: RunningRegistry;
let authority: Authority;
let source: Gate;
beforeEach(async () => {
  stage = openStage();
  [upstream, mirror] = [await stage.registry(), await stage.registry()];
  await push(upstream.url, 'lib/app', plainImage('A', 5_000_000), ['1']);
  authority = makeAuthority('network');
  source = stage.keep(await startGate({ target: upstream.host, tls: authority.issue('registry.example') }));
});
afterEach(() => stage.close());

// Names that are not led through a proxy are found nowhere.
const trap = { NODE_OPTIONS: `--import=${join(ROOT, '__tests__/fakes/network/lookups.ts')}` };
const names = () => ({ 'registry.example:443': source.host });

function run(env: Record<string, string>): Promise<LimitedResult> {
  return runWithin(25, {
    config: configOf(
      'registry.example/lib/app',
      mirror.host,
      ['1'],
      'registries: { registry.example: { ca: ca.pem } }',
    ),
    files: { 'ca.pem': authority.ca },
    env: { FRESH_MIRROR_PATIENCE: '0.05', ...trap, ...env },
  });
}

it('finding 21a: an empty lower-case variable does not hide the other one', async () => {
  const proxy = stage.keep(await startNameProxy(names()));
  const result = await run({ https_proxy: '', HTTPS_PROXY: proxy.url });
  expect(reasonsOf(result, 'failed')).toEqual([]);
  expect(endOf(result)).toBe('exit 0, status synced');
});

it('finding 21a: the same for NO_PROXY', async () => {
  const proxy = stage.keep(await startNameProxy(names()));
  const result = await run({ no_proxy: '', NO_PROXY: 'registry.example', HTTPS_PROXY: proxy.url });
  expect(proxy.called).toEqual([]);
  expect(reasonsOf(result, 'failed')).toEqual(['1: network']);
});

it('finding 21b: a proxy with an https address is spoken to over TLS', async () => {
  const proxy = stage.keep(await startNameProxy(names(), authority.issue('127.0.0.1')));
  const extra = join(stage.folder(), 'extra.pem');
  writeFileSync(extra, authority.ca);
  const made = plainImage('A', 5_000_000);
  // crane alone goes through it.
  const own = { HTTPS_PROXY: proxy.url, SSL_CERT_FILE: extra };
  expect(await digestOf('registry.example/lib/app:1', own)).toBe(made.index.digest);
  const result = await run({ HTTPS_PROXY: proxy.url, NODE_EXTRA_CA_CERTS: extra });
  expect(reasonsOf(result, 'failed')).toEqual([]);
  expect(endOf(result)).toBe('exit 0, status synced');
});

it.each(['https', 'socks5'])(
  'finding 21b: the password of a proxy at %s:// is not sent in clear',
  async (scheme) => {
    const heard: string[] = [];
    const proxy = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', (bytes) => {
        heard.push(bytes.toString('latin1'));
        socket.destroy();
      });
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    stage.keep({ stop: async () => void proxy.close() });
    const { port } = proxy.address() as AddressInfo;
    const result = await run({ HTTPS_PROXY: `${scheme}://me:pass-of-the-proxy@127.0.0.1:${port}` });
    expect(heard.filter((text) => /CONNECT|authorization/i.test(text))).toEqual([]);
    expect(wordsOf(result)).not.toContain('pass-of-the-proxy');
    if (scheme === 'https') {
      expect(rowsOf(result, 'failed')).toHaveLength(1);
      expect(rowsOf(result, 'failed')[0]?.message).toMatch(/proxy/i);
      return;
    }
    // A proxy that cannot be used at all is told before anybody is asked.
    expect(heard).toEqual([]);
    expect(endOf(result)).toBe('exit 1, status failed');
    expect(result.annotations.map(({ data }) => data).join('\n')).toMatch(/HTTPS_PROXY.*socks5/);
  },
);

it('finding 21: a variable that is not a URL is an error that names the proxy, not a silent way around it', async () => {
  const result = await run({ https_proxy: 'http://[no-address' });
  expect(endOf(result)).toBe('exit 1, status failed');
  expect(result.annotations.map(({ data }) => data).join('\n')).toMatch(/https_proxy/i);
});

it('finding 21c: NO_PROXY with an IPv6 address that has no brackets', async () => {
  // The address is another name for [::1] here: a connection to it is bent before it leaves the process. Nothing is
  // copied, so crane is not asked.
  const bend = `import net from 'node:net';
const { connect } = net.Socket.prototype;
net.Socket.prototype.connect = function (...args) {
  const options = Array.isArray(args[0]) ? args[0][0] : args[0];
  if (options?.host === 'fd00::2') options.host = '::1';
  return connect.apply(this, args);
};`;
  const target = stage.keep(await startGate({ target: upstream.host, address: '::1' }));
  const proxy = stage.keep(await startNameProxy({}));
  const name = `[fd00::2]:${target.port}`;
  const result = await runWithin(25, {
    config: configOf(`${name}/lib/app`, mirror.host, ['1'], `registries: { "${name}": { http: true } }`),
    inputs: { mode: 'check' },
    env: {
      FRESH_MIRROR_PATIENCE: '0.05',
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(bend)}`,
      ...proxy.env,
      NO_PROXY: 'fd00::2',
    },
  });
  expect(proxy.called).toEqual([]);
  expect(reasonsOf(result, 'failed')).toEqual([]);
  expect(result.outputs['stale-count']).toBe('1');
});
