// Finding 22: `host:443` and `host:80` are the same host as without the port, in `hosts` and in the settings.

import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { push } from '../../../demo/images.mjs';
import { makeAuthority } from '../../fakes/network/certificates.ts';
import { startGate } from '../../fakes/network/gate.ts';
import { startNameProxy } from '../../fakes/network/name-proxy.ts';
import { plainImage } from '../../fakes/registries/plain.ts';
import { configOf, endOf, openStage, reasonsOf, runWithin, type Stage } from '../../fakes/runner/stage.ts';

let stage: Stage;
beforeEach(() => {
  stage = openStage();
});
afterEach(() => stage.close());

const [BARE, PORT] = ['registry.example', 'registry.example:443'];

it.each([
  ['source, hosts and settings with the port', PORT, PORT, PORT],
  ['hosts without it', PORT, BARE, PORT],
  ['settings without it', PORT, PORT, BARE],
  ['the source alone without it', BARE, PORT, PORT],
  ['no port anywhere', BARE, BARE, BARE],
])('finding 22: port 443: %s', async (_name, source, host, setting) => {
  const [upstream, mirror] = [await stage.registry(), await stage.registry()];
  await push(upstream.url, 'lib/app', plainImage('A', 5_000_000), ['1']);
  const authority = makeAuthority('registry');
  const gate = stage.keep(
    await startGate({ target: upstream.host, tls: authority.issue('registry.example') }),
  );
  const proxy = stage.keep(await startNameProxy({ [PORT]: gate.host }));
  const more = `registries: { "${setting}": { ca: ca.pem } }`;
  const result = await runWithin(25, {
    config: configOf(`${source}/lib/app`, mirror.host, ['1'], more),
    files: { 'ca.pem': authority.ca },
    inputs: { hosts: `${host}\n${mirror.host}` },
    env: { ...proxy.env, FRESH_MIRROR_PATIENCE: '0.05' },
  });
  expect(reasonsOf(result, 'failed')).toEqual([]);
  expect(endOf(result)).toBe('exit 0, status synced');
});

it.each([
  ['with the port everywhere', 'registry.example:80', 'registry.example:80'],
  ['hosts without it', 'registry.example:80', 'registry.example'],
  ['the source without it', 'registry.example', 'registry.example:80'],
])('finding 22: port 80 and plain http: %s', async (_name, source, host) => {
  const [upstream, mirror] = [await stage.registry(), await stage.registry()];
  await push(upstream.url, 'lib/app', plainImage('A'), ['1']);
  const gate = stage.keep(await startGate({ target: upstream.host }));
  const proxy = stage.keep(await startNameProxy({ 'registry.example:80': gate.host }));
  const result = await runWithin(25, {
    config: configOf(`${source}/lib/app`, mirror.host, ['1'], `registries: { "${source}": { http: true } }`),
    inputs: { hosts: `${host}\n${mirror.host}` },
    env: { ...proxy.env, FRESH_MIRROR_PATIENCE: '0.05' },
  });
  expect(reasonsOf(result, 'failed')).toEqual([]);
  expect(endOf(result)).toBe('exit 0, status synced');
});

it('finding 22: the pace of a host that is written with its port is kept', async () => {
  const [upstream, mirror] = [await stage.registry(), await stage.registry()];
  const tags = Array.from({ length: 24 }, (_, at) => `1.${at}`);
  for (const tag of tags) {
    await push(upstream.url, 'lib/app', plainImage(tag), [tag]);
    await push(mirror.url, 'm/lib/app', plainImage(tag), [tag]);
  }
  const gate = stage.keep(await startGate({ target: upstream.host }));
  const proxy = stage.keep(await startNameProxy({ 'registry.example:80': gate.host }));
  const more = 'registries: { "registry.example:80": { http: true, requests-per-second: 6 } }';
  const config = configOf('registry.example:80/lib/app', mirror.host, tags, more);
  const result = await runWithin(25, { config, env: proxy.env });
  expect(result.outputs.status).toBe('fresh');
  const [first, last] = [gate.heard[0]?.at ?? 0, gate.heard.at(-1)?.at ?? 0];
  expect((last - first) / 1000).toBeGreaterThan(24 / 6 - 2);
});
