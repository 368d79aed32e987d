import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tls from 'node:tls';
import { getCACertificates } from 'node:tls';
import { afterAll, expect, it, jest } from '@jest/globals';
import { UserError } from '../../../src/base/errors/user-error.ts';
import { NOTHING_GIVEN } from '../../../src/config/images/config.ts';
import { parseConfig } from '../../../src/config/images/parse.ts';
import type { OpenRequest } from '../../../src/run/open/settings.ts';
import { clientSettings, readRegistries } from '../../../src/run/open/trust.ts';

const workspace = mkdtempSync(join(tmpdir(), 'workspace-'));
afterAll(() => rmSync(workspace, { recursive: true, force: true }));
const [certificate = ''] = getCACertificates('bundled');
writeFileSync(join(workspace, 'one.pem'), `An authority:\n${certificate}\n`);
writeFileSync(join(workspace, 'words.pem'), 'no certificate');
writeFileSync(join(workspace, 'half.pem'), '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
writeFileSync(join(workspace, 'large.pem'), certificate.padEnd(1024 * 1024 + 1));

function read(registries: string) {
  const text = `mirror: 10.0.0.1:5000/m\nregistries: ${registries}\nread-from: { docker.io: hub.internal/hub }\nimages: [ruby:3.4]\n`;
  const { config } = parseConfig(Buffer.from(text), 'images.yaml', NOTHING_GIVEN);
  return readRegistries(workspace, config);
}

it('every host that the config names has settings', async () => {
  const registries = await read('{ "10.0.0.1:5000": { ca: one.pem }, store.internal: {} }');
  expect(Object.keys(registries).toSorted()).toEqual(['10.0.0.1:5000', 'hub.internal', 'store.internal']);
  expect(registries['10.0.0.1:5000']?.ca).toContain(certificate);
});

it('an approved registry and the right side of read-from are named by the config, too: lint asks them', async () => {
  const text =
    'mirror: m.example/m\napproved: ["10.0.0.2:5000/a"]\nread-from: { quay.io: q.internal }\nreferences: [{ list: a }]\n';
  const { config } = parseConfig(Buffer.from(text), 'images.yaml', NOTHING_GIVEN);
  const registries = await readRegistries(workspace, config);
  expect(Object.keys(registries).toSorted()).toEqual(['10.0.0.2:5000', 'm.example', 'q.internal']);
});

it('another spelling of a host keeps its settings', async () => {
  const registries = await read('{ "hub.internal:443": { concurrency: 2 } }');
  expect(registries).toMatchObject({ 'hub.internal:443': { concurrency: 2 } });
  expect(registries).not.toHaveProperty(['hub.internal']);
});

it('every file of certificates that cannot be used is told with its place', async () => {
  const error = await read(
    '{ a.example: { ca: words.pem }, b.example: { ca: half.pem }, c.example: { ca: large.pem }, d.example: { ca: ../x }, e.example: { ca: . } }',
  ).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UserError);
  const { code, message, diagnostics } = error as UserError;
  expect([code, message]).toEqual(['config', 'images.yaml names certificates that cannot be used']);
  expect(diagnostics.map(({ place }) => place.line)).toEqual([2, 2, 2, 2, 2]);
  expect(diagnostics.map((one) => one.message)).toEqual([
    'words.pem holds no certificate',
    'certificate 1 of half.pem cannot be read',
    'large.pem has 1048577 bytes, more than a file of certificates may have',
    '../x is outside the workspace',
    '. is not a file',
  ]);
});

it('a proxy that cannot be used is an input mistake that shows no password', async () => {
  const environment = { HTTPS_PROXY: 'socks5://me:secret@proxy' };
  const settings = { environment, patience: 1, hosts: null } as unknown as OpenRequest;
  const error = await clientSettings(settings, {}).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'input', message: expect.stringMatching(/^HTTPS_PROXY names/) });
  expect(JSON.stringify(error)).not.toContain('secret');
});

it('a Node that has no list of its own to change asks GitHub with what it trusts: 24.4, of runner 2.327', async () => {
  const { setDefaultCACertificates: _, ...older } = { ...tls };
  jest.resetModules();
  jest.unstable_mockModule('node:tls', () => ({ ...older, default: older }));
  const { trustForGitHub } = await import('../../../src/run/open/trust.ts');
  jest.unstable_unmockModule('node:tls');
  expect(() => trustForGitHub({ environment: {} })).not.toThrow();
});
