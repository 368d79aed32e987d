// What holds for every format: it is known by its keys, secrets never come out, and the result is taken by our own parser.

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatDiagnostic } from '../../../src/base/errors/diagnostic.ts';
import { UserError } from '../../../src/base/errors/user-error.ts';
import { FORMAT_NAMES } from '../../../src/config/convert/table.ts';
import { parseConfig } from '../../../src/config/images/parse.ts';
import { imported, refusalOf } from './imported.ts';

const SECRET = 'hunter2';
const FILES: readonly (readonly [string, string])[] = [
  [
    'regsync',
    `creds:\n- {registry: a.io, user: ${SECRET}, pass: ${SECRET}, token: ${SECRET}, clientKey: ${SECRET}, credHelper: ${SECRET}, regcert: ${SECRET}, tls: insecure}\nsync:\n- {source: a.io/x, target: m.io/x, type: image}\n`,
  ],
  [
    'skopeo',
    `a.io:\n  images: {x: [y]}\n  tls-verify: false\n  credentials: {username: ${SECRET}, password: ${SECRET}}\n`,
  ],
  [
    'image-syncer',
    `auth: {a.io: {username: ${SECRET}, password: ${SECRET}, insecure: true}}\nimages: {a.io/x:y: m.io/x}\n`,
  ],
  [
    'dregsy',
    `tasks:\n- source: {registry: a.io, auth: ${SECRET}, skip-tls-verify: true}\n  target: {registry: m.io, auth: ${SECRET}}\n  mappings: [{from: x, tags: [y]}]\n`,
  ],
];
const MIRROR = { mirror: 'm.io' };

/** All that an import says, whether it is done or refused. */
function saidOf(text: string, from?: string): string {
  try {
    const { text: config, warnings } = imported(text, from === undefined ? MIRROR : { ...MIRROR, from });
    return [config, ...warnings.map(formatDiagnostic)].join('\n');
  } catch (thrown) {
    if (!(thrown instanceof UserError)) throw thrown;
    return [thrown.message, thrown.hint, ...thrown.diagnostics.map(formatDiagnostic)].join('\n');
  }
}

describe.each(FILES)('a config of %s', (name, text) => {
  it('is known by its keys', () => {
    expect(imported(text, MIRROR).format).toBe(name);
  });

  it('keeps its logins for itself, and names the step that logs in', () => {
    expect(saidOf(text)).not.toContain(SECRET);
    expect(saidOf(text)).toContain('the login for a.io is not imported');
    expect(saidOf(text)).toContain('docker/login-action with registry: a.io');
  });

  it.each([
    ['an unfinished line', (file: string) => `${file}pass:${SECRET}\n`],
    ['a bracket', (file: string) => `${file}x: [${SECRET}\n`],
    ['a lone word', (file: string) => `${file}${SECRET}\n`],
    ['an alias', (file: string) => `${file}x: *${SECRET}\n`],
    ['a YAML tag', (file: string) => `${file}x: !${SECRET} y\n`],
    ['a key twice', (file: string) => `${file}x: {${SECRET}: 1, ${SECRET}: 2}\n`],
    ['a quote', (file: string) => `${file}x: "${SECRET}\n`],
    ['a key that is a list', (file: string) => `${file}? [${SECRET}]\n: 1\n`],
  ])('with %s it is refused without a word of what is written there', (_slip, spoil) => {
    const { message, diagnostics } = refusalOf(spoil(text), MIRROR);
    expect(message).toBe('old.yml cannot be read');
    expect(diagnostics.length).toBeGreaterThan(0);
    expect(saidOf(spoil(text))).not.toContain(SECRET);
  });

  it.each(['u:', 'u:x$', 'https://u:$x'])('a login (%s…) in front of a name is not repeated', (start) => {
    const spoilt = text.replace(/a\.io/g, () => `${start}${SECRET}@a.io`);
    expect(saidOf(spoilt, name)).not.toContain(SECRET);
  });

  it('read as any other tool it is refused or imported, never a crash', () => {
    for (const other of FORMAT_NAMES) expect(saidOf(text, other)).not.toContain(SECRET);
  });
});

describe('a file of no such tool', () => {
  it.each([
    ['mirror: ghcr.io/a/b\nimages: [ruby:3]\n', 'not a file of regsync, skopeo, image-syncer, dregsy'],
    ['apiVersion: v1\nkind: Pod\n', 'a Kubernetes manifest, which cannot be imported'],
    ['target: {host: a.io}\nsources: [{repository: x}]\n', 'a sinker file, which cannot be imported'],
    ['just text\n', 'not a file of regsync, skopeo, image-syncer, dregsy'],
  ])('%j is %s', (text, what) => {
    const { code, message, hint } = refusalOf(text);
    expect([code, message]).toEqual(['config', `old.yml is ${what}`]);
    expect(hint).toContain('--from');
  });

  it.each([
    ['', 'the file is empty'],
    ['a: 1\n---\nb: 2\n', 'a second YAML document begins here'],
    ['\u0007', 'there is a control character here, U+0007'],
  ])('%j cannot be read', (text, words) => {
    const { message, diagnostics } = refusalOf(text);
    expect([message, diagnostics[0]?.message]).toEqual(['old.yml cannot be read', words]);
  });

  it('a file without anything to import is refused with its warnings', () => {
    const { message, diagnostics } = refusalOf('sync:\n- {source: "a b", target: m.io/x, type: image}\n');
    expect(message).toBe('old.yml has nothing that can be imported');
    expect(diagnostics.map(formatDiagnostic)).toEqual([
      'old.yml:2:12: warning: this step is not imported: "a b" has a space (remove the space)',
    ]);
  });
});

describe('any file', () => {
  const text = fc.constantFrom(
    'a',
    'ruby:3.4',
    'quay.io/x/y',
    'm.io/x',
    '^v\\d+$',
    '',
    '*',
    'a@b',
    '1.0',
    '>=1',
    'true',
  );
  const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
    node: fc.oneof(
      { maxDepth: 4 },
      text,
      fc.constantFrom(1, 0.5, true, null),
      fc.array(tie('node'), { maxLength: 3 }),
      fc.dictionary(
        fc.constantFrom(
          ...[
            'sync',
            'source',
            'target',
            'type',
            'tags',
            'allow',
            'deny',
            'images',
            'auth',
            'tasks',
            'mappings',
          ],
          ...[
            'from',
            'to',
            'registry',
            'creds',
            'defaults',
            'tagSets',
            'quay.io',
            'images-by-semver',
            'platform',
          ],
        ),
        tie('node'),
        { maxKeys: 5 },
      ),
    ),
  })).node;

  it('is imported into what our own parser takes, or refused with a sentence', () => {
    let done = 0;
    fc.assert(
      fc.property(value, fc.constantFrom(...FORMAT_NAMES), (content, from) => {
        try {
          const { text: config, entries } = imported(JSON.stringify(content), { ...MIRROR, from });
          if (entries > 0) parseConfig(new TextEncoder().encode(config), 'images.yaml');
          done++;
        } catch (thrown) {
          if (!(thrown instanceof UserError) || thrown.code === 'internal') throw thrown;
          expect(thrown.message).not.toContain('what was imported is not accepted');
        }
      }),
      { numRuns: 2000 },
    );
    expect(done).toBeGreaterThan(0);
  });
});
