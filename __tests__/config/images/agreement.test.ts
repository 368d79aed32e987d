// The published schema and the parser agree on 10,000 generated configs: right ones, and right ones with one mistake in a
// random place. Where the parser knows more than a schema can say, its rule stands in a closed list.

import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import type { Rule } from '../../../src/base/errors/diagnostic.ts';
import { KEYS } from '../../../src/config/images/levels.ts';
import { LINT_RULES } from '../../../src/config/references/lint-rules.ts';
import { errorsIn } from './told.ts';

const SCHEMA = new URL('../../../schema/images.schema.json', import.meta.url);
const validate = new Ajv({ strict: false }).compile(JSON.parse(readFileSync(SCHEMA, 'utf8')));
const SHA = `sha256:${'0'.repeat(64)}`;

/** What the parser refuses because of two places of a file, which a schema, that looks at one, takes. */
const BESIDE_OTHERS: readonly Rule[] = [
  'conflicting-keys',
  'conflicting-policy',
  'conflicting-tag',
  'duplicate-host',
  'expected-not-mirrored',
  'follow-without-start',
  'invalid-follow',
  'invalid-to',
  'mirror-as-source',
  'no-mirror-name',
  'pinned-subset',
  'shared-platform-tag',
  'shared-repository',
];

type Value = unknown;
type Map = Readonly<Record<string, Value>>;

const one = <T>(...values: readonly T[]) => fc.constantFrom(...values);
const some = (item: fc.Arbitrary<Value>, most = 3) => fc.array(item, { minLength: 1, maxLength: most });
/** A map with the keys that are needed, and up to four of the others. */
const keys = (shape: Readonly<Record<string, fc.Arbitrary<Value>>>, needed: readonly string[] = []) => {
  const others = Object.keys(shape).filter((key) => !needed.includes(key));
  return fc.subarray(others, { maxLength: Math.min(4, others.length) }).chain((chosen) => {
    return fc.record(
      Object.fromEntries(Object.entries(shape).filter(([key]) => [...needed, ...chosen].includes(key))),
    );
  });
};

const tag = one('3.4', 'latest', '3.*', '[34].?', '3.4-slim, 3.5*', '[!a]*', 'v1', 'a_b');
const tags = fc.oneof(tag, some(tag));
const expected = one<Value>(['amd64'], 'linux/amd64');
const platforms = one<Value>(
  ['amd64'],
  ['linux/arm/v7', 'amd64'],
  'amd64, arm64',
  'amd64, windows/amd64:10.0.20348',
  [],
);
const bound = one('1.25', '3', 'v2');
const newTags = one<Value>('report', 'ignore', 'issue, mirror', ['pull-request', 'report']);
const count = one(1, 7, 1000);
const words = one<Value>(['a', 'b'], 'a, b', ['team/x']);
const paths = one<Value>('deploy/**/*.yaml', ['a.yaml', 'b/*.yml']);
const patches = keys({ lines: count, max: count });

const SIGNER = {
  issuer: one('https://token.actions.githubusercontent.com', 'http://idp.example:8080/x'),
  identity: one('me+x@acme.com', 'https://github.com/acme/app/.github/workflows/a.yml@refs/heads/main'),
  'identity-pattern': one(
    '*@acme.com',
    'https://github.com/acme/**',
    'spiffe://acme.com/*/b',
    'https://a.b/c/d-*_e@refs/tags/v1.*',
  ),
  key: one('keys/a.pub', './a.pub'),
  log: one('required'),
  'trusted-root': one('root.json'),
};
const signers = some(
  fc.oneof(
    keys({ issuer: SIGNER.issuer, identity: SIGNER.identity, 'trusted-root': one('a/root.json') }, [
      'issuer',
      'identity',
    ]),
    keys({ issuer: SIGNER.issuer, 'identity-pattern': SIGNER['identity-pattern'] }, [
      'issuer',
      'identity-pattern',
    ]),
    keys({ key: SIGNER.key, log: SIGNER.log, 'trusted-root': one('root.json') }, ['key']),
    keys(SIGNER),
  ),
  2,
);

const POLICIES = {
  'new-tags': newTags,
  alert: one('none', 'issue'),
  granularity: one('listed', 'patch'),
  patches,
  prereleases: fc.boolean(),
  recheck: count,
  pins: one('report', 'pull-request'),
  'pins-group': one('one', 'file'),
  'bump-tags': one('none', 'patch', 'minor'),
  'on-failure': one('keep', 'rollback'),
  verify: one('tags', 'deep'),
  'lost-platforms': one('refuse', 'hybrid', 'accept'),
  'expected-platforms': expected,
  platforms,
  'platform-tags': one('{tag}-{arch}', '{os}-{machine}-{tag}'),
  'keep-pins': fc.boolean(),
  referrers: one<Value>('none', 'all', 'signatures, sboms', ['application/spdx+json']),
  'signed-by': fc.oneof(one<Value>('none'), signers),
  'min-signature-age': one('48h', '2d', '1d12h30m'),
};
const FOLLOW = {
  tags: one('N.N', 'N.N-alpine', 'vN', 'alpineN.N'),
  from: bound,
  below: one('9', '10.1'),
  max: count,
  patches,
  prereleases: fc.boolean(),
};
const ENTRY = {
  source: one(
    'ruby',
    'library/perl',
    'quay.io/a/b',
    'localhost:5000/x',
    'R.io/x',
    '[::1]:5000/x',
    'a.b',
    'a__b/c--d',
  ),
  tags,
  exclude: one<Value>('*-rc', ['a*', '*b']),
  follow: some(keys(FOLLOW, ['tags', 'max']), 2),
  ignore: tags,
  ...POLICIES,
};
const REGISTRY = {
  http: fc.boolean(),
  ca: one('certs/a.pem'),
  'requests-per-second': one(0.5, 40),
  concurrency: one(1, 64),
};
const SHORTHANDS = one('ruby:3.4', 'quay.io/a/b:v1', `x/y:a@${SHA}`, 'localhost:5000/a:b');
const REFERENCE = {
  file: one('a.yaml'),
  files: paths,
  dockerfiles: paths,
  list: paths,
  exclude: paths,
  key: one('IMAGES', 'a.b'),
  field: one('image'),
  'approved-key': one('OK'),
  bump: fc.boolean(),
  'bump-tags': one('none', 'patch'),
};
const BUILD = {
  'image-info': one('info.json'),
  image: one('ghcr.io/a/b:latest', `a/b@${SHA}`),
  name: one('app'),
  base: one('almalinux:8'),
  digest: one(SHA),
};
const PULL_REQUEST = { base: one('main'), 'title-prefix': one('chore:'), labels: words, reviewers: words };
const RULES = Object.fromEntries(LINT_RULES.map((rule) => [rule, one('error', 'note', 'off')]));
const CONFIG = {
  mirror: one('ghcr.io/acme', 'localhost:5000', 'GHCR.io/a/b', '[::1]:5000/m'),
  'mirror-path': one('{repository}', '{registry}/{repository}', '{name}', 'x/{name}'),
  'read-from': keys({
    'docker.io': one('r.io:5000/hub', 'r.io/{registry}/{repository}', ''),
    '*': one('a.io'),
  }),
  registries: keys({ 'r.io:5000': keys(REGISTRY), 'quay.io': keys(REGISTRY) }),
  defaults: keys(POLICIES),
  'pull-request': keys(PULL_REQUEST),
  images: some(
    fc.oneof(
      SHORTHANDS,
      keys(ENTRY, ['source', 'tags']),
      keys(ENTRY, ['source', 'follow']),
      keys({ source: ENTRY.source, to: one('base/ruby', 'x'), tags }, ['source', 'tags']),
    ),
    2,
  ),
  references: some(
    fc.oneof(
      keys({ file: REFERENCE.file, key: REFERENCE.key, 'approved-key': one('OK'), bump: fc.boolean() }, [
        'file',
        'key',
      ]),
      keys({ files: paths, exclude: paths, field: REFERENCE.field, 'bump-tags': one('minor') }, [
        'files',
        'field',
      ]),
      keys({ dockerfiles: paths, exclude: paths }, ['dockerfiles']),
      keys({ list: paths }, ['list']),
      keys(REFERENCE),
    ),
    2,
  ),
  builds: some(
    fc.oneof(
      keys({ 'image-info': BUILD['image-info'] }, ['image-info']),
      keys({ image: BUILD.image }, ['image']),
      keys({ name: BUILD.name, base: BUILD.base, digest: BUILD.digest }, ['name', 'base']),
      keys(BUILD),
    ),
    2,
  ),
  approved: some(one('docker.io/library', 'quay.io', 'r.io:5000/a')),
  lint: keys({ rules: keys(RULES) }),
};
const right = fc.oneof(
  keys(CONFIG, ['mirror', 'images']),
  keys(CONFIG, ['references']),
  keys(CONFIG, ['builds']),
) as fc.Arbitrary<Map>;

/** What people write in the place of something else: nothing, another kind of value, a text that is not what belongs there. */
const SLIPS = [
  ...[null, 0, -1, 1.5, 1001, true, {}, [], [null], [[]], [3.4], { x: 1 }],
  ...[
    '',
    ' ',
    ',',
    'a,',
    'N.N',
    'a b',
    'A/B',
    '/a',
    'a/',
    'x@y',
    'https://a.io',
    'a.io:99999',
    '{tag}',
    '[3',
    '-x',
  ],
  ...[
    '*',
    '"',
    'sha256:00',
    'é',
    '3..4',
    'amd46',
    'zzz',
    'report,',
    '../x',
    '.git/x',
    'a\\b',
    `${'a'.repeat(300)}`,
  ],
] as const;

type Mutation = { readonly at: number; readonly what: number; readonly slip: number };

/** The config with one change: at a path a value is another one, or goes, or has a key beside it that nobody knows. */
function spoilt(config: Value, { at, what, slip }: Mutation): Value {
  const places = pathsOf(config, []);
  const path = places[at % places.length] ?? [];
  return changed(config, path, (value) => {
    if (what % 4 === 0) return undefined;
    const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (what % 4 === 1 && isMap)
      return { ...value, [slip % 2 === 0 ? 'typo' : 'tags']: SLIPS[slip % SLIPS.length] };
    return SLIPS[slip % SLIPS.length];
  });
}

function pathsOf(value: Value, path: readonly string[]): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, [...path, key]))];
}

function changed(value: Value, [key, ...rest]: readonly string[], change: (value: Value) => Value): Value {
  if (key === undefined) return change(value);
  const inner = changed((value as Map)[key], rest, change);
  if (Array.isArray(value)) {
    return inner === undefined
      ? value.filter((_, at) => at !== Number(key))
      : value.map((item, at) => (at === Number(key) ? inner : item));
  }
  const copy: Record<string, Value> = { ...(value as Map) };
  if (inner === undefined) delete copy[key];
  else copy[key] = inner;
  return copy;
}

/** Whether they agree; `beyond` where the parser alone knows. */
function judged(config: Value): 'both take it' | 'none takes it' | 'beyond' {
  const text = JSON.stringify(config) ?? 'null';
  const errors = errorsIn(text).map(({ rule }) => rule);
  const isFine = validate(JSON.parse(text)) === true;
  if (errors.length === 0 && isFine) return 'both take it';
  if (errors.length > 0 && !isFine) return 'none takes it';
  if (errors.length > 0 && errors.every((rule) => BESIDE_OTHERS.includes(rule))) return 'beyond';
  throw new Error(
    `the parser ${errors.join(', ') || 'takes'}, the schema ${isFine ? 'takes' : JSON.stringify(validate.errors)}: ${text}`,
  );
}

it('agree on 10,000 configs', () => {
  const counts = { 'both take it': 0, 'none takes it': 0, beyond: 0 };
  const mutation = fc.option(fc.record({ at: fc.nat(9999), what: fc.nat(9999), slip: fc.nat(9999) }));
  fc.assert(
    fc.property(right, mutation, (config, slip) => {
      counts[judged(slip === null ? config : spoilt(config, slip))]++;
    }),
    { numRuns: 10_000 },
  );
  expect(counts['both take it']).toBeGreaterThan(1000);
  expect(counts['none takes it']).toBeGreaterThan(3000);
  expect(counts.beyond).toBeLessThan(5000);
});

it('every key of the schema is generated', () => {
  const shapes = [CONFIG, POLICIES, ENTRY, REGISTRY, FOLLOW, REFERENCE, BUILD, PULL_REQUEST, RULES, SIGNER];
  const generated = new Set([
    ...shapes.flatMap((shape) => Object.keys(shape)),
    'lines',
    'max',
    'rules',
    'to',
  ]);
  expect(
    Object.values(KEYS)
      .flat()
      .filter((key) => !generated.has(key)),
  ).toEqual([]);
});
