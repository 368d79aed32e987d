// Findings 10 and 11: a certificate authority counts for its own host alone, and `ca` names a certificate in the workspace.

import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { push } from '../../../demo/images.mjs';
import { makeAuthority } from '../../fakes/network/certificates.ts';
import { type Gate, startGate } from '../../fakes/network/gate.ts';
import { startNameProxy } from '../../fakes/network/name-proxy.ts';
import { plainImage } from '../../fakes/registries/plain.ts';
import { configOf, endOf, openStage, runWithin, type Stage } from '../../fakes/runner/stage.ts';

let stage: Stage;
beforeEach(() => {
  stage = openStage();
});
afterEach(() => stage.close());

it("finding 10: a certificate of the mirror's authority opens no other host to crane", async () => {
  const [upstream, mirror] = [await stage.registry(), await stage.registry()];
  await push(upstream.url, 'lib/app', plainImage('A', 5_000_000), ['1']);
  const [right, wrong] = [makeAuthority('upstream'), makeAuthority('mirror')];
  const source = stage.keep(await startGate({ target: upstream.host, tls: right.issue('registry.example') }));
  const impostor = stage.keep(
    await startGate({ target: upstream.host, tls: wrong.issue('registry.example') }),
  );
  const target = stage.keep(await startGate({ target: mirror.host, tls: wrong.issue('mirror.example') }));
  const proxy = stage.keep(
    await startNameProxy({
      'mirror.example:443': target.host,
      // Go names itself at the proxy; who plays tricks can tell the two apart.
      'registry.example:443': ({ headers }) =>
        (headers['user-agent'] ?? '').includes('Go-http') ? impostor.host : source.host,
    }),
  );
  const more = 'registries: { mirror.example: { ca: mirror.pem }, registry.example: { ca: upstream.pem } }';
  const result = await runWithin(25, {
    config: configOf('registry.example/lib/app', 'mirror.example', ['1'], more),
    files: { 'mirror.pem': wrong.ca, 'upstream.pem': right.ca },
    env: { ...proxy.env, FRESH_MIRROR_PATIENCE: '0.05' },
  });
  expect(impostor.heard.map(({ method, kind }) => `${method} ${kind}`)).toEqual([]);
  expect(endOf(result)).toBe('exit 0, status synced');
});

describe('finding 11: what `ca` names', () => {
  let source: Gate;
  let workspace: string;
  const { ca } = makeAuthority('outside');
  beforeEach(async () => {
    source = stage.keep(await startGate());
    const folder = stage.folder();
    workspace = join(folder, 'workspace');
    mkdirSync(workspace);
    writeFileSync(join(folder, 'outside.pem'), ca);
    symlinkSync('../outside.pem', join(workspace, 'link.pem'));
    writeFileSync(join(workspace, 'words.pem'), 'no certificate at all\n');
    writeFileSync(join(workspace, 'empty.pem'), '');
    writeFileSync(
      join(workspace, 'half.pem'),
      '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
    );
  });

  it.each([
    ['a path out of the workspace', '../outside.pem'],
    ['an absolute path', '/etc/hostname'],
    ['a symlink out of the workspace', 'link.pem'],
    ['a file that is not there', 'nothing.pem'],
    ['a file without a certificate', 'words.pem'],
    ['an empty file', 'empty.pem'],
    ['a certificate that cannot be read', 'half.pem'],
  ])('%s is an error with its place, before any traffic', async (_name, path) => {
    const more = `registries: { "${source.host}": { ca: ${path} } }`;
    const config = configOf(`${source.host}/lib/app`, source.host, ['1'], more);
    const result = await runWithin(15, {
      config: config.replace(`${source.host}/m`, '127.0.0.1:9/m'),
      workspace,
      inputs: { mode: 'check' },
      env: { FRESH_MIRROR_PATIENCE: '0.05' },
    });
    expect(endOf(result)).toBe('exit 1, status failed');
    expect(source.connections()).toBe(0);
    // The step ends with an error of its own, which has no place.
    const errors = result.annotations.filter(({ name, properties }) => name === 'error' && properties.file);
    expect(errors.map(({ properties: { file, line } }) => [file, line])).toEqual([['images.yaml', '2']]);
    expect(errors[0]?.data).toContain(path);
  });
});
