// What cosign's own library signs is let in by `signed-by`, and nothing else is: both formats, images and indexes, upstreams
// with and without the referrers API. The mirror is then asked by the same library.

import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { image, push } from '../../demo/images.mjs';
import { type Cosign, type Format, startCosign, type What } from '../fakes/registries/cosign.ts';
import { list } from '../fakes/registries/oracle.ts';
import { type RegistryKind, type RunningRegistry, startRegistry } from '../fakes/registries/registries.ts';
import { runAction } from '../fakes/runner/bundle.ts';

type Row = { source: string; reason: string; signedBy?: string };
type Case = { name: string; by: 'acme' | 'other'; what: What; format: Format; isIndex: boolean };

const FORMATS: readonly Format[] = ['old', 'new'];
const CASES: readonly Case[] = FORMATS.flatMap((format) =>
  [true, false].flatMap((isIndex) => {
    const of = `${isIndex ? 'index' : 'image'}-${format}`;
    return [
      { name: `signed-${of}`, by: 'acme', what: 'signature', format, isIndex } as const,
      { name: `attested-${of}`, by: 'acme', what: 'attestation', format, isIndex } as const,
      { name: `stranger-${of}`, by: 'other', what: 'signature', format, isIndex } as const,
    ];
  }),
);

const running: RunningRegistry[] = [];
let acme: Cosign;
let other: Cosign;

beforeAll(async () => {
  [acme, other] = await Promise.all([startCosign(), startCosign()]);
});
afterAll(async () => {
  await Promise.all([acme.stop(), other.stop(), ...running.map((registry) => registry.stop())]);
});

async function start(kind: RegistryKind): Promise<RunningRegistry> {
  const registry = await startRegistry({ kind });
  running.push(registry);
  return registry;
}

/** Pushes an image, or an index of two, and has it signed. */
async function publish(
  { url, host }: RunningRegistry,
  { name, by, what, format, isIndex }: Case,
): Promise<string> {
  const made = image(name, isIndex ? {} : { platforms: { 'linux/amd64': name } });
  await push(url, name, made, ['1']);
  const [first] = made.manifests;
  if (first === undefined) throw new Error('no image');
  const headers = { 'content-type': first.mediaType };
  if (!isIndex) await fetch(`${url}/v2/${name}/manifests/1`, { method: 'PUT', headers, body: first.bytes });
  const { digest } = isIndex ? made.index : first;
  await (by === 'acme' ? acme : other).attach(`${host}/${name}@${digest}`, what, format);
  return digest;
}

it.each<RegistryKind>(['v3', 'referrers'])(
  'cosign signs at a registry of the kind %s, and what it signed alone is mirrored',
  async (kind) => {
    const [upstream, mirror] = [await start(kind), await start('v3')];
    const digests = new Map<string, string>();
    for (const one of CASES) digests.set(one.name, await publish(upstream, one));
    const terms = { tags: ['1'], 'signed-by': [{ key: 'cosign.pub' }], referrers: 'signatures' };
    const images = CASES.map(({ name }) => ({ source: `${upstream.host}/${name}`, ...terms }));
    const result = await runAction({
      config: JSON.stringify({ mirror: `${mirror.host}/m`, images }),
      files: { 'cosign.pub': acme.publicKey },
    });
    const named = (output: string) =>
      (JSON.parse(result.outputs[output] ?? '[]') as Row[]).map(({ source, reason }) => [
        source.split('/').at(-1),
        reason,
      ]);
    const cases = (start: string) => CASES.map(({ name }) => name).filter((name) => name.startsWith(start));
    expect(named('copied').map(([name]) => name)).toEqual(cases('signed'));
    expect(named('refused')).toEqual(
      CASES.flatMap(({ name, what, by }) => {
        if (what === 'attestation') return [[name, 'unsigned']];
        return by === 'other' ? [[name, 'wrong-signer']] : [];
      }),
    );
    for (const { name, by, what, format } of CASES) {
      const isIn = by === 'acme' && what === 'signature';
      expect([name, (await list(`${mirror.host}/m/${name}`)).includes('1')]).toEqual([name, isIn]);
      if (!isIn) continue;
      const reference = `${mirror.host}/m/${name}@${digests.get(name)}`;
      expect([name, await acme.verify(reference, what, format)]).toMatchObject([name, { code: 0 }]);
    }
  },
  300_000,
);
