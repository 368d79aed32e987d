// What the bundle does with wrong inputs, wrong events and wrong configs: one clear error, parsable outputs, and not
// one request. The registries named here do not exist, so a request would show as another error.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { image, push } from '../../demo/images.mjs';
import { type ActionOptions, runAction } from '../fakes/runner/bundle.ts';
import { configOf, openStage } from '../fakes/runner/stage.ts';

const CONFIG = 'mirror: mirror.invalid/m\nimages:\n  - { source: up.invalid/app, tags: ["1"] }\n';

async function errorsOf(options: ActionOptions): Promise<string[]> {
  const result = await runAction({ config: CONFIG, ...options });
  expect([result.code, result.outputs.status, result.outputs.copied]).toEqual([1, 'failed', '[]']);
  expect(result.stderr).toBe('');
  return result.commands.filter((one) => one.name === 'error').map((one) => one.data);
}

describe('wrong inputs', () => {
  it.each<[Record<string, string>, string]>([
    [{ mode: 'synch' }, 'input mode: "synch" is not one of sync, check'],
    [{ 'fail-on': 'always' }, 'input fail-on: "always" is not one of'],
    [{ summary: 'maybe' }, 'input summary: "maybe" is neither true nor false'],
    [{ 'on-failure': 'explode' }, 'input on-failure: "explode" is not one of keep'],
    [{ 'lost-platforms': 'ignore' }, 'input lost-platforms: "ignore" is not one of refuse, hybrid, accept'],
    [{ mirror: 'acme' }, 'input mirror:'],
    [{ 'read-from': 'docker.io' }, 'input read-from:'],
    [{ hosts: 'ghcr.io/acme' }, 'input hosts:'],
    [{ config: 'other.yaml' }, 'there is no file other.yaml'],
    [{ config: '../images.yaml' }, 'is outside the workspace'],
    [{ 'crane-path': '/nowhere/crane' }, 'crane-path'],
    [{ 'time-budget': 'soon' }, 'input time-budget: "soon" is not a valid duration'],
    [{ 'time-budget': '24h1s' }, 'input time-budget: "24h1s" is more than 24h'],
  ])('%j: %s', async (inputs, message) => {
    expect((await errorsOf({ inputs })).join('\n')).toContain(message);
  });

  it('are told all at once', async () => {
    const [error] = await errorsOf({ inputs: { mode: 'x', 'fail-on': 'y' } });
    expect(error).toMatch(/input mode: .*; input fail-on: /);
  });
});

it('no other host than those of `hosts` is contacted', async () => {
  const result = await runAction({ config: CONFIG, inputs: { hosts: 'mirror.invalid' } });
  expect(JSON.parse(result.outputs.failed ?? '')).toMatchObject([{ tag: '1', reason: 'denied' }]);
  expect(result.outputs.failed).toContain('hosts');
  expect(result.outputs.failed).not.toContain('ENOTFOUND up.invalid');
});

it.each(['check', 'sync'])('%s: a mirror outside of `hosts` is told as that', async (mode) => {
  const stage = openStage();
  try {
    const upstream = await stage.registry();
    await push(upstream.url, 'lib/app', image('HOSTS'), ['1']);
    const config = configOf(`${upstream.host}/lib/app`, 'mirror.invalid', ['1']);
    const result = await runAction({ config, inputs: { mode, hosts: upstream.host } });
    expect([result.code, result.outputs.status]).toEqual([1, 'failed']);
    const [row] = JSON.parse(result.outputs.failed ?? '[]');
    expect(row).toMatchObject({ tag: '1', reason: 'denied' });
    expect(result.summary).toContain('add mirror.invalid to the input');
  } finally {
    await stage.close();
  }
});

describe('a mirror that is read as its own upstream', () => {
  const options = (mode: string, extra = ''): ActionOptions => ({
    config: `mirror: mirror.invalid/m\nimages: [up.invalid/app:1${extra}]\n`,
    inputs: { mode, 'read-from': 'up.invalid=MIRROR.invalid:443/m' },
  });

  it('is an error in sync, before anything is asked', async () => {
    expect((await errorsOf(options('sync'))).join('\n')).toContain('where its own copies go');
  });

  it('is skipped in check with a line in the summary, and never fresh', async () => {
    const result = await runAction(options('check'));
    expect([result.code, result.outputs.status]).toEqual([1, 'failed']);
    expect(result.summary).toContain('was skipped: read-from leads to its own mirror repository');
    expect(result.annotations.filter(({ data }) => data.includes('was skipped'))).toHaveLength(1);
  });
});

it('a source that upstream does not know is told once, in one annotation', async () => {
  const stage = openStage();
  try {
    const [upstream, mirror] = [await stage.registry(), await stage.registry()];
    const config = configOf(`${upstream.host}/lib/rubby`, mirror.host, ['3.3', '3.4', '3.5']);
    const result = await runAction({ config, env: { FRESH_MIRROR_PATIENCE: '0.05' } });
    const errors = result.annotations.filter(({ data }) => data.includes('upstream has no repository'));
    expect(errors).toHaveLength(1);
    expect(errors[0]?.data).toContain('correct the source in images.yaml');
    expect(result.outputs['failed-count']).toBe('3');
  } finally {
    await stage.close();
  }
});

describe('events in which the config may be a stranger’s', () => {
  const own = { full_name: 'Acme/Images' };
  const fork = { full_name: 'stranger/images' };

  /** What sync says when the payload of the event is this text. */
  async function syncIn(event: string, payload: string): Promise<string> {
    const folder = mkdtempSync(join(tmpdir(), 'event-'));
    writeFileSync(join(folder, 'event.json'), payload);
    const env = { GITHUB_EVENT_PATH: join(folder, 'event.json') };
    // Past the guard, the run ends at a crane that is not there.
    const errors = await errorsOf({ event, env, inputs: { 'crane-path': '/nowhere/crane' } });
    rmSync(folder, { recursive: true });
    return errors.join();
  }

  it.each([
    ['pull_request', {}],
    ['pull_request_target', {}],
    ['pull_request_review', {}],
    ['pull_request_review_comment', {}],
    ['workflow_run', {}],
    ['workflow_run', { workflow_run: null }],
    ['workflow_run', { workflow_run: {} }],
    ['workflow_run', { workflow_run: { head_repository: null } }],
    ['workflow_run', { workflow_run: { head_repository: {} } }],
    ['workflow_run', { workflow_run: { head_repository: fork } }],
    ['issue_comment', {}],
    ['issue_comment', { issue: { number: 1, pull_request: { url: '' } } }],
  ])('%s %j: sync writes nothing and names check', async (event, payload) => {
    expect(await syncIn(event, JSON.stringify(payload))).toContain('`mode: check`');
  });

  it.each([
    ['workflow_run', { workflow_run: { head_repository: own } }],
    ['issue_comment', { issue: { number: 1 } }],
    ['push', { head_repository: fork }],
    ['schedule', {}],
    ['constructor', {}],
  ])('%s %j is our own', async (event, payload) => {
    expect(await syncIn(event, JSON.stringify(payload))).toContain('crane-path');
  });
});

describe('a wrong config', () => {
  it('is told with every mistake at its place, in annotations and summary', async () => {
    const config =
      'mirror: mirror.invalid/m\nimages:\n  - { source: ruby, tags: [3.10] }\n  - { sorce: x }\n';
    const result = await runAction({ config });
    const places = result.commands
      .filter((one) => one.name === 'error')
      .map(({ properties }) => properties.line);
    expect(places).toContain('3');
    expect(places).toContain('4');
    expect(result.summary).toContain('`images.yaml:3:');
    expect(result.summary).toContain('"3.10"');
  });
});
