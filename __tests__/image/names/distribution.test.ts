// Names are read as distribution/reference reads them: on the tables of its own tests, and on generated names, where the
// library itself is asked (tools/references). Where this project is stricter, the reason is one of a closed list.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isMistake } from '../../../src/base/errors/mistake.ts';
import { isDockerHub } from '../../../src/image/names/hub.ts';
import { familiarName, formatName, parseReference } from '../../../src/image/names/reference.ts';
import { tool } from '../../fakes/runner/places.ts';

/** What the library says of a name; nothing at all for a name that it refuses. */
type Reading = {
  readonly registry?: string;
  readonly repository?: string;
  readonly tag?: string;
  readonly digest?: string;
  readonly familiar?: string;
};

const VECTORS = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../data/distribution-reference/vectors.json'), 'utf8'),
) as readonly (readonly [string, Reading])[];

/** What the library reads and this project refuses, because a registry or the network would refuse it later. */
const STRICTER: Readonly<Record<string, (text: string, reading: Required<Reading>) => boolean>> = {
  // "FIXME "Uppercase" is incorrectly handled as a domain-name here" (reference_test.go): here it is a mistake with a hint.
  'an upper-case word before the first slash': (_text, { registry }) => /^[^.:]*[A-Z][^.:]*$/.test(registry),
  'a port that no host has': (_text, { registry }) => {
    const port = /:(\d+)$/.exec(registry)?.[1];
    return port !== undefined && (Number(port) < 1 || Number(port) > 65_535);
  },
  // OCI distribution-spec, "Pulling manifests".
  'more than 255 characters with the registry': (_text, { registry, repository }) => {
    return `${registry}/${repository}`.length > 255;
  },
  // The OCI image-spec registers sha256 and sha512.
  'a digest by sha384': (text) => text.includes('@sha384:'),
};

function ask(texts: readonly string[]): Reading[] {
  const input = texts.map((text) => `${JSON.stringify(text)}\n`).join('');
  const { stdout, stderr, status } = spawnSync(tool('references'), {
    input,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  expect([status, stderr]).toEqual([0, '']);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Reading);
}

/** How the library's reading is written here: hosts in lower case, Docker Hub under one name. */
function canonical({ registry = '', repository = '', tag, digest }: Reading) {
  const host = registry.toLowerCase();
  const isHub = isDockerHub(host);
  const path = isHub && !repository.includes('/') ? `library/${repository}` : repository;
  const name = { registry: isHub ? 'docker.io' : host, repository: path };
  return { name, tag: tag ?? null, digest: digest ?? null };
}

function difference(text: string, reading: Reading): string | null {
  const ours = parseReference(text);
  if (reading.registry === undefined) return isMistake(ours) ? null : 'only we read it';
  if (isMistake(ours)) {
    const complete = { registry: '', repository: '', tag: '', digest: '', familiar: '', ...reading };
    return (
      Object.entries(STRICTER).find(([, holds]) => holds(text, complete))?.[0] ?? `we say ${ours.mistake}`
    );
  }
  expect({ text, ...ours }).toEqual({ text, ...canonical(reading) });
  if (formatName(ours.name) !== `${reading.registry}/${reading.repository}`) return null;
  // A familiar name that would be read as something else stays in full here.
  expect([reading.familiar, formatName(ours.name)]).toContain(familiarName(ours.name));
  return null;
}

/** How many names differ, by reason. */
function differences(rows: readonly (readonly [string, Reading])[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [text, reading] of rows) {
    const reason = difference(text, reading);
    if (reason !== null) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return counts;
}

const one = <T>(...values: readonly T[]) => fc.constantFrom(...values);
/** The first most of the time, so that whole names are good ones often enough. */
const often = <T>(good: fc.Arbitrary<T>, ...odd: readonly fc.Arbitrary<T>[]) => {
  return fc.oneof(
    { weight: 12 * odd.length, arbitrary: good },
    ...odd.map((arbitrary) => ({ weight: 1, arbitrary })),
  );
};
const word = fc.stringMatching(/^[a-z0-9]{1,5}$/);
const part = fc
  .array(fc.tuple(word, often(one('.', '_', '__', '-', '--', '---', ''), one('..', '___', '._', 'A'))), {
    minLength: 1,
    maxLength: 3,
  })
  .map((pieces) => pieces.map(([text, separator], at) => (at === 0 ? text : separator + text)).join(''));
const label = often(
  one('a', 'ghcr', 'x-y', '0', 'xn--n3h', 'localhost', 'docker'),
  one('A', '-a', 'a-', 'a_b'),
);
const host = fc.oneof(
  fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.')),
  one(
    'docker.io',
    'index.docker.io',
    'registry-1.docker.io',
    'localhost',
    'LOCALHOST',
    'GHCR.io',
    '127.0.0.1',
  ),
  often(
    one('[::1]', '[2001:db8::1]', '[2001:DB8::1]'),
    one('[fe80::1%eth0]', '[]', '[::ffff:1.2.3.4]', '::1'),
  ),
);
const port = often(one('', '', ':5000', ':443', ':80'), one(':0', ':65536', ':', ':a', ':08080'));
const registry = fc.tuple(host, port).map(([name, number]) => `${name}${number}/`);
const tag = often(
  fc.oneof(
    one(''),
    fc.stringMatching(/^[\w][\w.-]{0,12}$/).map((text) => `:${text}`),
  ),
  one('', '', ':', ':-a', ':.a', ':a:b', ':a/b', `:${'x'.repeat(128)}`, `:${'x'.repeat(129)}`, ':ä'),
);
const hex = (length: number) =>
  fc.string({ unit: one(...'0123456789abcdef'), minLength: length, maxLength: length });
const digest = often(
  fc.oneof(
    one(''),
    hex(64).map((text) => `@sha256:${text}`),
    hex(128).map((text) => `@sha512:${text}`),
  ),
  one('@', '@sha256', '@sha256:', '@a:b'),
  hex(64).map((text) => `@sha256:${text.toUpperCase()}`),
  hex(63).map((text) => `@sha256:${text}`),
  hex(96).map((text) => `@sha384:${text}`),
  hex(64).map((text) => `@md5:${text}`),
  hex(64).map((text) => `@SHA256:${text}`),
  hex(64).map((text) => `@sha256+b64:${text}`),
);
const whole = fc
  .tuple(fc.option(registry, { nil: '' }), fc.array(part, { minLength: 1, maxLength: 4 }), tag, digest)
  .map(([before, path, version, pin]) => before + path.join('/') + version + pin);
/** Names with one character that does not belong there, or none where one does. */
const broken = fc
  .tuple(whole, fc.nat(), one('', '/', '//', ':', '@', ' ', 'A', '.', '-', '_', '\t', 'é', '%'))
  .map(([text, place, piece]) => {
    const at = place % (text.length + 1);
    return text.slice(0, at) + piece + text.slice(at + (place % 2));
  });
const long = fc
  .tuple(host, fc.integer({ min: 240, max: 260 }))
  .map(([name, length]) => `${name}/${'a'.repeat(length)}`);
const id = hex(64).chain((text) => one(text, `library/${text}`, `${text}:1`, `docker.io/${text}`));
const names = fc.oneof(
  { weight: 10, arbitrary: whole },
  { weight: 6, arbitrary: broken },
  { weight: 1, arbitrary: long },
  { weight: 1, arbitrary: id },
);

describe('names as distribution/reference reads them', () => {
  it('the tables of its own tests', () => {
    expect(VECTORS.length).toBe(277);
    expect(ask(VECTORS.map(([text]) => text))).toEqual(VECTORS.map(([, reading]) => reading));
    const found = [...differences(VECTORS).keys()].filter((reason) => !(reason in STRICTER));
    expect(found).toEqual([]);
  });

  it('10,000 generated names', () => {
    const texts = fc.sample(names, { numRuns: 10_000, seed: 13 });
    const readings = ask(texts);
    const rows = texts.map((text, at) => [text, readings[at] ?? {}] as const);
    const accepted = rows.filter(([, reading]) => reading.registry !== undefined);
    expect(accepted.length).toBeGreaterThan(2000);
    expect(accepted.length).toBeLessThan(8000);
    const counts = differences(rows);
    expect([...counts.keys()].toSorted()).toEqual(Object.keys(STRICTER).toSorted());
  });
});
