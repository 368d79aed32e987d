// A run as a story, with plain doors: registries in memory, a runner that writes down what it hears.

import { describe, expect, it } from '@jest/globals';
import { parseConfig } from '../../../src/config/images/parse.ts';
import { lookUp } from '../../../src/image/names/look-up.ts';
import type { RunDoors } from '../../../src/run/doors/doors.ts';
import type { RunSettings } from '../../../src/run/doors/settings.ts';
import { CHECK } from '../../../src/run/modes/check.ts';
import { run } from '../../../src/run/modes/run.ts';
import { SYNC } from '../../../src/run/modes/sync.ts';
import { body } from '../../plan/steps/builders.ts';
import { type MemoryDoors, memoryDoors } from '../fakes.ts';

const CONFIG =
  'mirror: mirror.example/m\nimages:\n  - source: up.example/ruby\n    tags: [a, b]\n    new-tags: ignore\n';
const UP = { registry: 'up.example', repository: 'ruby' };
const MIRROR = { registry: 'mirror.example', repository: 'm/ruby' };

type Heard = {
  readonly lines: string[];
  outputs: Readonly<Record<string, string>>;
  summary: string;
  failed: string | null;
  report: unknown;
};

type Story = { readonly heard: Heard; readonly memory: MemoryDoors; readonly doors: RunDoors };

function story(change: Partial<RunDoors> = {}): Story {
  const memory = memoryDoors();
  for (const tag of ['a', 'b']) {
    memory.upstream.held.set(lookUp(UP, tag), body(tag));
    memory.upstream.held.set(lookUp(UP, body(tag).digest), body(tag));
  }
  memory.mirror.held.set(lookUp(MIRROR, 'a'), body('a'));
  const heard: Heard = { lines: [], outputs: {}, summary: '', failed: null, report: null };
  const doors: RunDoors = {
    runner: {
      info: (line) => void heard.lines.push(line),
      group: (_title, work) => work(),
      annotate: (all) => void heard.lines.push(...all.map(({ message }) => `annotation: ${message}`)),
      setOutputs: (outputs) => {
        heard.outputs = outputs;
      },
      writeSummary: async (markdown) => {
        heard.summary = markdown;
      },
      fail: (message) => {
        heard.failed = message;
      },
    },
    readConfig: async () => ({
      ...parseConfig(Buffer.from(CONFIG), 'images.yaml'),
      text: CONFIG,
      sha256: '',
    }),
    readBuilds: async () => [],
    readReferences: async () => ({ files: [], mistakes: [] }),
    openGitHub: () => {
      throw new Error('GitHub is not asked');
    },
    open: async () => ({
      doors: memory,
      craneVersion: '0.0.0',
      usage: () => ({ requests: {}, copies: memory.copies.length }),
      close: async () => undefined,
    }),
    prepareReport: async () => undefined,
    writeReport: async (_path, report) => {
      heard.report = report;
    },
    now: () => 0,
    today: () => '2026-09-01',
    readReports: async () => [],
    cancelled: new AbortController().signal,
    ...change,
  };
  return { heard, memory, doors };
}

const SETTINGS: RunSettings = {
  failOn: 'partial',
  summary: true,
  page: { docs: null, where: 'in the report' },
  timeBudget: null,
  runNumber: 1,
  branch: 'fresh-mirror/images.yaml',
  reportPath: 'report.json',
  lintOnline: false,
  sarifPath: '',
  wait: null,
  part: null,
  matrix: { by: null, shards: null },
  mergeReports: [],
  event: { name: 'schedule', isStrangers: false },
  mistakes: [],
  run: { id: '77', attempt: 1, pages: 'https://github.com/acme/app/actions/runs/', job: '' },
};

const tagsOf = (heard: Heard, list: string): string[] =>
  (JSON.parse(heard.outputs[list] ?? '') as { tag: string }[]).map(({ tag }) => tag);

describe('a run', () => {
  it('copies what is missing, and tells it in outputs, summary and report', async () => {
    const { heard, memory, doors } = story();
    expect(await run(SYNC, SETTINGS, doors)).toBe('passed');
    expect(memory.mirror.held.get(lookUp(MIRROR, 'b'))).toEqual(body('b'));
    expect(heard.outputs).toMatchObject({ status: 'synced', report: 'report.json', 'copied-count': '1' });
    expect(tagsOf(heard, 'copied')).toEqual(['b']);
    expect(heard.summary).toContain('Mirror synced');
    expect(heard.report).toMatchObject({ status: 'synced' });
    expect(heard.failed).toBeNull();
  });

  it('in check writes nothing, and says what is stale', async () => {
    const { heard, memory, doors } = story();
    expect(await run(CHECK, SETTINGS, doors)).toBe('passed');
    expect(memory.mirror.held.has(lookUp(MIRROR, 'b'))).toBe(false);
    expect(memory.mirror.calls.filter((call) => /^(?:put|remove)/.test(call))).toEqual([]);
    expect([heard.outputs.status, tagsOf(heard, 'stale')]).toEqual(['stale', ['b']]);
  });

  it.each(['pull_request', 'pull_request_target'])('never syncs in a %s event', async (name) => {
    const { heard, memory, doors } = story();
    const settings = { ...SETTINGS, event: { name, isStrangers: true } };
    expect(await run(SYNC, settings, doors)).toBe('failed');
    expect([memory.upstream.calls, memory.mirror.calls]).toEqual([[], []]);
    expect(heard.failed).toContain('mode: check');
  });

  it('says what it moved although the report cannot be written, and fails for that', async () => {
    const writeReport = async () => {
      throw new Error('ENOSPC: no space left on device');
    };
    const { heard, doors } = story({ writeReport });
    expect(await run(SYNC, SETTINGS, doors)).toBe('failed');
    expect(heard.outputs).toMatchObject({ status: 'synced', report: '', 'copied-count': '1' });
    expect(heard.summary).toContain('Mirror synced');
    expect(heard.failed).toContain('the report could not be written: ENOSPC');
  });

  it('ends with one error where something nobody foresaw is thrown', async () => {
    const open = async () => {
      throw new TypeError('x is undefined');
    };
    const { heard, doors } = story({ open });
    expect(await run(SYNC, SETTINGS, doors)).toBe('failed');
    expect(heard.outputs).toMatchObject({ status: 'failed', failed: '[]', 'copied-count': '0' });
    expect(heard.failed).toContain('internal error: TypeError: x is undefined');
  });

  it('is cancelled when the job is, whatever it was doing', async () => {
    const cancel = new AbortController();
    const open = async () => {
      cancel.abort(new Error('the job was cancelled'));
      throw new Error('torn down');
    };
    const { heard, doors } = story({ open, cancelled: cancel.signal });
    expect(await run(SYNC, SETTINGS, doors)).toBe('failed');
    expect(heard.outputs.status).toBe('cancelled');
  });

  it('fails by fail-on, and leaves the summary out where nobody wants one', async () => {
    const { heard, doors } = story();
    const settings: RunSettings = { ...SETTINGS, failOn: 'stale', summary: false };
    expect(await run(CHECK, settings, doors)).toBe('failed');
    expect([heard.outputs.status, heard.summary]).toEqual(['stale', '']);
  });

  it('is not green under fail-on: new-tags where a tag list could not be read', async () => {
    const text = CONFIG.replace('[a, b]', '["1.0"]').replace('ignore', 'report');
    const readConfig = async () => ({ ...parseConfig(Buffer.from(text), 'images.yaml'), text, sha256: '' });
    const { heard, memory, doors } = story({ readConfig });
    memory.upstream.held.set(lookUp(UP, '1.0'), body('a'));
    memory.mirror.held.set(lookUp(MIRROR, '1.0'), body('a'));
    memory.unlisted.add('up.example/ruby');
    expect(await run(SYNC, { ...SETTINGS, failOn: 'new-tags' }, doors)).toBe('failed');
    expect(heard.failed).toBe('mirror fresh: 0 copied, 1 tag list unread, 1 fresh');
    expect(heard.lines.filter((line) => line.startsWith('annotation: '))).toEqual([
      'annotation: up.example/ruby: new tags are unknown, the tag list could not be read (no list)',
    ]);
    expect(await run(SYNC, SETTINGS, doors)).toBe('passed');
  });
});
