// Finding 8: nobody sends us to a metadata or link-local address, an internal registry as little as a public one. A proxy
// on loopback stands for the network, so that nothing leaves this machine: it hears what would have been contacted.

import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { push } from '../../../demo/images.mjs';
import { makeAuthority } from '../../fakes/network/certificates.ts';
import { refuse, reply, startGate } from '../../fakes/network/gate.ts';
import { startNameProxy } from '../../fakes/network/name-proxy.ts';
import { plainImage } from '../../fakes/registries/plain.ts';
import type { RunningRegistry } from '../../fakes/registries/registries.ts';
import { configOf, loginOf, openStage, reasonsOf, runWithin, type Stage } from '../../fakes/runner/stage.ts';

let stage: Stage;
let mirror: RunningRegistry;
beforeEach(async () => {
  stage = openStage();
  mirror = await stage.registry();
});
afterEach(() => stage.close());

const METADATA = ['169.254.169.254', '169.254.170.2', '[fe80::1]', '100.100.100.200', '[fd00:ec2::254]'];
const SCHEMES = ['http', 'https'];
const TARGETS = METADATA.flatMap((host) => SCHEMES.map((scheme) => `${scheme}://${host}`));
const env = { FRESH_MIRROR_PATIENCE: '0.05' };

/** Tags t0, t1 …, one for each target; the tag in a path says where its manifest shall be. */
const tagsOf = (targets: readonly string[]): string[] => targets.map((_, at) => `t${at}`);
const targetOf = (targets: readonly string[], reference: string | null): string | undefined =>
  targets[Number(/^t(\d+)$/.exec(reference ?? '')?.[1] ?? Number.NaN)];

it('finding 8: a redirect of an internal registry to a metadata address is not followed', async () => {
  const source = stage.keep(
    await startGate({
      hook({ kind, reference, path }, response) {
        const target = targetOf(TARGETS, reference);
        if (kind === 'ping') return reply(response, 200);
        return target !== undefined && reply(response, 307, {}, { Location: `${target}${path}` });
      },
    }),
  );
  const proxy = stage.keep(await startNameProxy({}));
  const config = configOf(`${source.host}/lib/app`, mirror.host, tagsOf(TARGETS));
  const result = await runWithin(25, { config, env: { ...env, ...proxy.env } });
  expect(proxy.called).toEqual([]);
  expect(reasonsOf(result, 'failed')).toEqual(tagsOf(TARGETS).map((tag) => `${tag}: denied`));
});

it('finding 8: a realm at a metadata address gets no login from an internal registry', async () => {
  const source = stage.keep(
    await startGate({
      hook({ kind, reference }, response) {
        if (kind === 'ping') return reply(response, 200);
        const realm = targetOf(TARGETS, reference);
        return (
          realm !== undefined &&
          refuse(response, 401, 'UNAUTHORIZED', { 'WWW-Authenticate': `Bearer realm="${realm}/token"` })
        );
      },
    }),
  );
  const proxy = stage.keep(await startNameProxy({}));
  const login = stage.dockerConfig({ auths: { [source.host]: loginOf('me', 'secret') } });
  const config = configOf(`${source.host}/lib/app`, mirror.host, tagsOf(TARGETS));
  const result = await runWithin(25, { config, env: { ...env, ...proxy.env, ...login } });
  expect(proxy.called).toEqual([]);
  expect(reasonsOf(result, 'failed')).toEqual(tagsOf(TARGETS).map((tag) => `${tag}: denied`));
});

// Names and addresses that mean this machine or its network in another spelling.
const HIDDEN = [
  'localhost.',
  'ip6-localhost',
  '[64:ff9b::a9fe:a9fe]',
  '[2002:a9fe:a9fe::1]',
  '192.0.0.192',
  '198.18.0.1',
  '224.0.0.1',
  '[ff02::1]',
].map((host) => `https://${host}`);

it('finding 8: a public registry sends nobody to an address that is not public, however it is spelled', async () => {
  const upstream = await stage.registry();
  await push(upstream.url, 'lib/app', plainImage('A'), ['good']);
  const authority = makeAuthority('public');
  const source = stage.keep(
    await startGate({
      target: upstream.host,
      tls: authority.issue('registry.example'),
      hook({ reference, path }, response) {
        const target = targetOf(HIDDEN, reference);
        return target !== undefined && reply(response, 307, {}, { Location: `${target}${path}` });
      },
    }),
  );
  const proxy = stage.keep(await startNameProxy({ 'registry.example:443': source.host }));
  const more = 'registries: { registry.example: { ca: ca.pem } }';
  const result = await runWithin(25, {
    config: configOf('registry.example/lib/app', mirror.host, ['good', ...tagsOf(HIDDEN)], more),
    files: { 'ca.pem': authority.ca },
    env: { ...env, ...proxy.env },
  });
  expect([...new Set(proxy.called)]).toEqual(['registry.example:443']);
  expect(reasonsOf(result, 'failed')).toEqual(tagsOf(HIDDEN).map((tag) => `${tag}: denied`));
  expect(result.outputs['copied-count']).toBe('1');
});
