// The guard against a second, naive reading of the same rules, over many generated pairs of manifests.

import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type GuardResult, guardPlatforms, isFreshlyMade } from '../../../src/plan/platforms/guard.ts';
import { type OpenManifest, serves } from '../../../src/plan/platforms/served.ts';
import { platforms, policyOf, side, sideOf } from './sides.ts';

// As an index writes it, and what is meant.
const WRITTEN = [
  ['amd64', 'linux/amd64'],
  ['amd64/v1', 'linux/amd64'],
  ['x86_64', 'linux/amd64'],
  ['amd64/v3', 'linux/amd64/v3'],
  ['arm64', 'linux/arm64'],
  ['arm64/v8', 'linux/arm64'],
  ['aarch64', 'linux/arm64'],
  ['arm', 'linux/arm/v7'],
  ['arm/v7', 'linux/arm/v7'],
  ['arm/v6', 'linux/arm/v6'],
  ['i386', 'linux/386'],
  ['s390x', 'linux/s390x'],
  ['freebsd/amd64', 'freebsd/amd64'],
  ['windows/amd64:10.0.20348.1', 'windows/amd64:10.0.20348'],
  ['windows/amd64:10.0.20348.2', 'windows/amd64:10.0.20348'],
  ['windows/amd64:10.0.17763.5', 'windows/amd64:10.0.17763'],
] as const;
const MEANT: string[] = [...new Set(WRITTEN.map(([, meant]) => meant))];

type Row = { readonly meant: string; readonly text: string };
type Drawn = { readonly rows: readonly Row[]; readonly side: OpenManifest; readonly plain: boolean };

/** A manifest: usually an index, with attestations, nested parts and platforms listed twice; now and then a plain one. */
function drawn(generation: string): fc.Arbitrary<Drawn> {
  const entry = fc.record({
    at: fc.nat(WRITTEN.length - 1),
    form: fc.constantFrom('', '', ' att', 'nested', 'silent'),
  });
  const entries = fc.array(entry, { minLength: 0, maxLength: 6 });
  return fc.tuple(entries, fc.boolean(), fc.nat(9), fc.boolean()).map(([list, docker, dice, artifact]) => {
    const rows = list.map(({ at, form }, place): Row => {
      const [written, meant] = WRITTEN[at] ?? ['', ''];
      const image = `${written}=${generation}${place}`;
      return { meant, text: form === 'nested' || form === 'silent' ? `${form}:${image}` : `${image}${form}` };
    });
    const [first] = rows;
    if (dice === 0 && first !== undefined) {
      const name = first.text.replace(/^\w+:(?=[a-z])| att$/g, '');
      return { rows: [first], side: side(`plain: ${name}`), plain: true };
    }
    const texts = [...rows.map((row) => row.text), ...(artifact ? ['artifact'] : [])];
    const text = texts.length === 0 ? 'empty' : texts.join(' ');
    return { rows, side: side(`${docker ? 'docker: ' : ''}${text}`), plain: false };
  });
}

const someMeant = fc.oneof(
  { weight: 2, arbitrary: fc.constant<string[]>([]) },
  { weight: 1, arbitrary: fc.subarray<string>(MEANT, { minLength: 1, maxLength: 4 }) },
);
const pairs = fc.record({
  mirror: fc.option(drawn('old'), { freq: 12, nil: null }),
  upstream: drawn('new'),
  lost: fc.constantFrom('refuse', 'hybrid', 'accept'),
  expected: someMeant,
  wanted: someMeant,
});

type Pair = { mirror: Drawn | null; upstream: Drawn; lost: string; expected: string[]; wanted: string[] };

/** The rules once more, in sets of texts. */
function naive({ mirror, upstream, lost, expected, wanted }: Pair): string {
  const mayStay = (text: string) => wanted.length === 0 || wanted.includes(text);
  const has = new Set(upstream.rows.map((row) => row.meant).filter(mayStay));
  const gone = [...new Set((mirror?.rows ?? []).map((row) => row.meant).filter(mayStay))]
    .filter((one) => !has.has(one))
    .sort();
  const needed = expected.filter((one) => !has.has(one));
  const subsetEmpty = wanted.length > 0 && has.size === 0 && upstream.rows.length > 0;
  const counted = gone.filter((one) => needed.includes(one) || (expected.length === 0 && lost !== 'accept'));
  const nowhere = [...new Set([...needed, ...(subsetEmpty ? wanted : [])])]
    .filter((one) => !counted.includes(one))
    .sort();
  const free = gone.filter((one) => !counted.includes(one));
  if (nowhere.length > 0) return `refused [${counted}] [${nowhere}]`;
  if (counted.length > 0 && lost !== 'hybrid') return `refused [${counted}] []`;
  if (counted.length > 0) return `hybrid [${counted}] [${free}]`;
  return free.length > 0 ? `accepted [${free}]` : 'ok';
}

function inWords(verdict: GuardResult): string {
  switch (verdict.kind) {
    case 'ok':
      return 'ok';
    case 'accepted':
      return `accepted [${verdict.lost}]`;
    case 'hybrid':
      return `hybrid [${verdict.kept.map((one) => one.platform)}] [${verdict.lost}]`;
    case 'refused':
      return `refused [${verdict.lost}] [${[...verdict.missing].sort()}]`;
  }
}

/** The platforms a side lists, each as often as it is listed, in the words of the table above. */
function listed(one: OpenManifest): string[] {
  const texts = serves(one).leaves.flatMap(({ platform }) => {
    if (platform === null) return [];
    const { os, architecture, variant, build } = platform;
    return [[os, architecture, variant].filter(Boolean).join('/') + (build && `:${build}`)];
  });
  return texts.sort();
}

function orphans(one: OpenManifest): number {
  const { leaves } = serves(one);
  return leaves.filter((leaf) => leaf.attests && !leaves.some((image) => image.digest === leaf.attests))
    .length;
}

const SOURCE = { registry: 'docker.io', repository: 'library/python' };

function run(
  { mirror, upstream, lost, expected, wanted }: Pair,
  current = mirror?.side ?? null,
  today = '2026-09-01',
) {
  const from = policyOf(lost);
  const texts = (list: string[]) => (list.length === 0 ? [] : platforms(list.join(' ')));
  const policy = { ...from, expected: texts(expected), platforms: texts(wanted) };
  const verdict = guardPlatforms({
    source: SOURCE,
    tag: '3',
    current,
    candidate: upstream.side,
    policy,
    where: 'entry',
    today,
  });
  return { policy, verdict };
}

/** What must hold of an index that was made or passed on. */
function checkPublished(pair: Pair, { policy, verdict }: ReturnType<typeof run>): void {
  if (verdict.kind === 'refused') return;
  const { mirror, upstream, wanted } = pair;
  const known = mirror === null ? [upstream.side] : [upstream.side, mirror.side];
  const made = sideOf(verdict.manifest, ...known);
  const fromUpstream = upstream.rows
    .map((row) => row.meant)
    .filter((one) => wanted.length === 0 || wanted.includes(one));
  const kept = verdict.kind === 'hybrid' ? verdict.kept.map((one) => one.platform) : [];
  expect(listed(made)).toEqual([...fromUpstream, ...kept].sort());
  expect(orphans(made)).toBe(0);
  if (verdict.manifest === upstream.side.body) return;
  expect(isFreshlyMade(made.manifest, SOURCE, upstream.side.body.digest, policy)).toBe(true);
  const again = run(pair, made, '2030-01-01').verdict;
  expect(again.kind === 'refused' ? again.message : textOf(again.manifest)).toEqual(textOf(verdict.manifest));
}

/** The bytes as text: `toEqual` looks at each byte as at a field of an object. */
function textOf({ bytes, ...rest }: OpenManifest['body']) {
  return { ...rest, bytes: Buffer.from(bytes).toString() };
}

/** The printed line lets the tag move, whatever was refused for the sake of the mirror. */
function checkLine(pair: Pair, verdict: GuardResult): boolean {
  if (verdict.kind !== 'refused' || verdict.advice.kind !== 'accept') return false;
  const expected = verdict.advice.line.replace('expected-platforms: [', '').replace(']', '').split(', ');
  expect(run({ ...pair, lost: 'refuse', expected }).verdict.kind).not.toBe('refused');
  return true;
}

it('agrees with the naive reading on 10,000 pairs', () => {
  const seen = new Map<string, number>();
  const note = (word: string) => seen.set(word, (seen.get(word) ?? 0) + 1);
  const property = fc.property(pairs, (pair) => {
    const result = run(pair);
    expect(inWords(result.verdict)).toBe(naive(pair));
    checkPublished(pair, result);
    note(result.verdict.kind);
    if (checkLine(pair, result.verdict)) note('line');
  });
  fc.assert(property, { numRuns: 10_000, seed: 40 });
  for (const kind of ['ok', 'accepted', 'hybrid', 'refused', 'line'])
    expect(seen.get(kind) ?? 0).toBeGreaterThan(300);
});
