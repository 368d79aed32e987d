// What registries are asked about references, and what their answers mean.

import { describe, expect, it } from '@jest/globals';
import { Failure } from '../../../src/base/errors/failure.ts';
import { levelsFor } from '../../../src/config/references/lint-rules.ts';
import { OCI_INDEX, OCI_MANIFEST } from '../../../src/image/manifest/manifest.ts';
import { digestOf } from '../../../src/image/names/digest.ts';
import { lookUp } from '../../../src/image/names/look-up.ts';
import { type LintResult, lint, readForLint } from '../../../src/plan/lint/lint.ts';
import { judgeAnswers } from '../../../src/plan/lint/online.ts';
import { askPins } from '../../../src/run/references/ask-pins.ts';
import { configOf, fileOf, type Setting } from '../../plan/lint/sites.ts';
import { body } from '../../plan/steps/builders.ts';
import { type MemoryDoors, memoryDoors } from '../fakes.ts';

const M = 'ghcr.io/acme/mirror';
const UP = { registry: 'up.example', repository: 'app' };
const COPY = { registry: 'ghcr.io', repository: 'acme/mirror/up.example/app' };
const ACME = { registry: 'quay.io', repository: 'acme/app' };
const OLD = body('old');
const NEW = body('new');

type Held = readonly ['upstream' | 'mirror', typeof UP, string, typeof OLD][];

function registries(held: Held): MemoryDoors {
  const memory = memoryDoors();
  for (const [side, name, tag, content] of held) {
    memory[side].held.set(lookUp(name, content.digest), content);
    if (tag !== '') memory[side].held.set(lookUp(name, tag), content);
  }
  return memory;
}

async function online(lines: readonly string[], memory: MemoryDoors, setting: Setting = {}) {
  const config = configOf(setting);
  const linted = readForLint({ files: [fileOf('vars.yml', lines)], mistakes: [] }, config);
  const judged = (await askPins(linted.reads, config.readFrom, memory)).map(judgeAnswers);
  const answers = {
    drafts: judged.flatMap(({ drafts }) => drafts),
    digests: new Map(judged.flatMap(({ digest }) => (digest === null ? [] : [digest]))),
  };
  const result = lint(linted, levelsFor({}, setting.inPullRequest ?? false), answers);
  return { result, failures: judged.flatMap(({ failures }) => failures.map(({ reason }) => reason)) };
}

const found = ({ findings }: LintResult) =>
  findings
    .filter(({ rule }) => rule !== 'unused-approval')
    .map(({ rule, level, replacement }) => [rule, level, replacement]);

const PINNED = `${M}/up.example/app:1@${OLD.digest}`;

describe('a pinned copy', () => {
  it.each<[string, Held, unknown[]]>([
    [
      'there on both sides',
      [
        ['upstream', UP, '1', OLD],
        ['mirror', COPY, '1', OLD],
      ],
      [],
    ],
    ['not mirrored yet', [['upstream', UP, '1', OLD]], [['not-mirrored-yet', 'error', '']]],
    [
      'nowhere',
      [
        ['upstream', UP, '1', NEW],
        ['mirror', COPY, '1', NEW],
      ],
      [
        ['gone', 'error', ''],
        ['stale-pin', 'note', PINNED.replace(OLD.digest, NEW.digest)],
      ],
    ],
    [
      'there, with a tag that upstream has moved',
      [
        ['upstream', UP, '1', NEW],
        ['mirror', COPY, '1', OLD],
      ],
      [['stale-pin', 'note', PINNED.replace(OLD.digest, NEW.digest)]],
    ],
    [
      'there, under another tag of the mirror',
      [
        ['upstream', UP, '1', OLD],
        ['mirror', COPY, '', OLD],
        ['mirror', COPY, '1', NEW],
      ],
      [['tag-mismatch', 'note', '']],
    ],
    [
      'there, with a tag that upstream removed',
      [
        ['upstream', UP, '', OLD],
        ['mirror', COPY, '1', OLD],
      ],
      [['tag-mismatch', 'note', '']],
    ],
  ])('%s', async (_what, held, wanted) => {
    const { result, failures } = await online([PINNED], registries(held));
    expect(found(result)).toEqual(wanted);
    expect(failures).toEqual([]);
  });

  it('of one image is clean for as long as the index of its tag lists that image', async () => {
    const image = { ...OLD, mediaType: OCI_MANIFEST };
    const bytes = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: OCI_INDEX,
        manifests: [{ mediaType: OCI_MANIFEST, digest: OLD.digest, size: OLD.bytes.length }],
      }),
    );
    const index = { digest: digestOf(bytes), mediaType: OCI_INDEX, bytes };
    const held: Held = [
      ['upstream', UP, '', image],
      ['mirror', COPY, '1', image],
    ];
    const listed = await online([PINNED], registries([...held, ['upstream', UP, '1', index]]));
    expect([found(listed.result), listed.failures]).toEqual([[], []]);
    const moved = await online([PINNED], registries([...held, ['upstream', UP, '1', NEW]]));
    expect(found(moved.result).map(([rule]) => rule)).toEqual(['stale-pin']);
  });

  it('that is not mirrored yet is a note in a pull request: the mirroring comes before the merge', async () => {
    const memory = registries([['upstream', UP, '1', OLD]]);
    const { result } = await online([PINNED], memory, { inPullRequest: true });
    expect(found(result)).toEqual([['not-mirrored-yet', 'note', '']]);
  });

  it.each(['mirror', 'upstream'] as const)('is never clean when the %s does not answer', async (side) => {
    const memory = registries([
      ['upstream', UP, '1', OLD],
      ['mirror', COPY, '1', OLD],
    ]);
    const name = side === 'mirror' ? COPY : UP;
    memory[side].faults.set(`head ${lookUp(name, '1')}`, new Failure('network', 'nobody answers'));
    memory[side].faults.set(`head ${lookUp(name, OLD.digest)}`, new Failure('network', 'nobody answers'));
    expect((await online([PINNED], memory)).failures).toContain('network');
  });
});

describe('what is pulled from an approved registry', () => {
  it('is asked there: a digest that is gone, a tag that has moved', async () => {
    const memory = registries([['upstream', ACME, '1', NEW]]);
    const { result } = await online([`quay.io/acme/app:1@${OLD.digest}`], memory);
    expect(found(result).map(([rule]) => rule)).toEqual(['gone', 'stale-pin']);
  });

  it('through read-from, where that says so', async () => {
    const memory = memoryDoors();
    await online([`quay.io/acme/app@${OLD.digest}`], memory, { readFrom: '{ quay.io: "cache.example/q" }' });
    expect(memory.upstream.calls).toEqual([`head cache.example/q/acme/app@${OLD.digest}`]);
  });

  it('gets the digest of its tag where it is not pinned', async () => {
    const memory = registries([
      ['upstream', ACME, '1', NEW],
      ['upstream', ACME, 'latest', OLD],
    ]);
    const { result } = await online(['quay.io/acme/app:1', 'quay.io/acme/app'], memory);
    expect(found(result).map(([, , replacement]) => replacement)).toEqual([
      `quay.io/acme/app:1@${NEW.digest}`,
      `quay.io/acme/app:latest@${OLD.digest}`,
    ]);
  });
});

it('a tag or digest is asked once, however often it is written, and nobody who is not approved is asked', async () => {
  const memory = registries([
    ['upstream', UP, '1', OLD],
    ['mirror', COPY, '1', OLD],
  ]);
  const lines = [
    ...Array.from({ length: 50 }, () => PINNED),
    `evil.example/x:1@${OLD.digest}`,
    '{{ x }}',
    'y y',
  ];
  await online(lines, memory);
  expect([memory.mirror.calls.length, memory.upstream.calls.length]).toEqual([2, 1]);
});
