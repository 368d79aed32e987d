// The rule of pins: a digest that the workspace names, and that the mirror has before the run, is never without a tag,
// whatever the order of the requests and whenever the run is killed.

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { image, push } from '../../demo/images.mjs';
import { type RunningRegistry, startRegistry } from '../fakes/registries/registries.ts';
import { type ActionOptions, type RunningAction, runAction, startAction } from '../fakes/runner/bundle.ts';
import { reachable, startHeld, tagsOf } from '../fakes/trials/held.ts';

let upstream: RunningRegistry;
let mirror: RunningRegistry;
beforeAll(async () => {
  [upstream, mirror] = await Promise.all([startRegistry(), startRegistry({ deletes: true })]);
  for (const name of Object.keys(BEFORE)) await push(upstream.url, 'lib/app', image(`${name} old`), []);
  for (const name of Object.keys(BEFORE)) await push(upstream.url, 'lib/app', image(`${name} new`), [name]);
});
afterAll(async () => {
  await Promise.all([upstream.stop(), mirror.stop()]);
});

const pin = (name: string) => image(name).index.digest;
const child = (name: string) => image(name).manifests[0]?.digest ?? '';

/** Each tag of the mirror before the run, and what the files say of it. */
const BEFORE: Readonly<Record<string, readonly string[]>> = {
  // Two files pin one tag to two digests.
  twice: [`:twice@${pin('twice old')}`, `:twice@${pin('twice new')}`, `:twice@${pin('twice new')}`],
  // A tag that the config lists, and a pin of what it had.
  listed: [`:listed@${pin('listed old')}`],
  // A digest without a tag.
  bare: [`@${pin('bare old')}`],
  // An image that an index lists.
  child: [`@${child('child old')}`],
  // A digest pinned under the name of another tag.
  other: [`:twin@${pin('other old')}`],
  // A pin that moved on, and is named no more.
  bumped: [`:bumped@${pin('bumped new')}`],
};
const NAMED = ['twice', 'listed', 'bare', 'other', 'bumped']
  .map((name) => pin(`${name} old`))
  .concat(child('child old'));

async function fill(repository: string): Promise<void> {
  for (const name of Object.keys(BEFORE)) await push(mirror.url, repository, image(`${name} old`), [name]);
}

const REPOSITORY = () => `${upstream.host.replace(':', '_')}/lib/app`;

function optionsFor(host: string, prefix: string, policy: string): ActionOptions {
  const name = `${host}/${prefix}/${REPOSITORY()}`;
  const lines = Object.values(BEFORE)
    .flat()
    .map((reference, at) => `  i${at}: ${name}${reference}\n`);
  const config = [
    `mirror: ${host}/${prefix}`,
    'mirror-path: "{registry}/{repository}"',
    `defaults: { on-failure: ${policy} }`,
    'references: [{ file: vars.yml, key: IMAGES }]',
    'images:',
    `  - { source: "${upstream.host}/lib/app", tags: [listed, bare, child, other], new-tags: ignore }`,
  ].join('\n');
  return { config, files: { 'vars.yml': `IMAGES:\n${lines.join('')}` } };
}

type Trial = { readonly lost: string[]; readonly writes: number; readonly repository: string };

/** One run; `kill` strikes after the write of that number. What is lost at any moment is noted. */
async function trial(prefix: string, policy: string, kill?: number): Promise<Trial> {
  const repository = `${prefix}/${REPOSITORY()}`;
  await fill(repository);
  const lost: string[] = [];
  let running: RunningAction | null = null;
  const look = async (at: number): Promise<void> => {
    const names = await reachable(mirror.url, repository);
    const without = NAMED.filter((digest) => !names.has(digest));
    if (without.length > 0) lost.push(`after write ${at}: ${without.join(', ')}`);
    if (at === kill) running?.kill('SIGKILL');
  };
  const held = await startHeld(mirror.host, look);
  try {
    const options = optionsFor(held.host, prefix, policy);
    running = startAction(options);
    const result = await running.result;
    if (kill === undefined) expect(result.outputs.status).toBe('synced');
    else await runAction({ ...options, state: result.state });
    const names = await reachable(mirror.url, repository);
    lost.push(...NAMED.filter((digest) => !names.has(digest)).map((digest) => `at the end: ${digest}`));
    return { lost, writes: held.writes(), repository };
  } finally {
    await held.stop();
  }
}

describe.each(['keep', 'rollback'])('on-failure: %s', (policy) => {
  it('leaves no pinned digest without a tag at any moment, nor when it is killed at any write', async () => {
    const { lost, writes, repository } = await trial(`${policy}-0`, policy);
    expect(lost).toEqual([]);
    const tags = await tagsOf(mirror.url, repository);
    const digests = (name: string) => pin(name).slice(7, 19);
    expect(tags).toMatchObject({
      twice: pin('twice new'),
      [`twice-${digests('twice old')}`]: pin('twice old'),
      listed: pin('listed new'),
      [`listed-${digests('listed old')}`]: pin('listed old'),
      [`pinned-${digests('bare old')}`]: pin('bare old'),
      bumped: pin('bumped new'),
      [`bumped-${digests('bumped old')}`]: pin('bumped old'),
      twin: pin('other old'),
    });
    const all = Array.from({ length: writes }, (_, at) => at + 1);
    const moments = policy === 'keep' ? all : all.filter((at) => at % 3 === 0);
    expect(writes).toBeGreaterThan(10);
    const wrong: string[] = [];
    for (const at of moments) {
      const killed = await trial(`${policy}-${at}`, policy, at);
      wrong.push(...killed.lost.map((one) => `killed after write ${at}: ${one}`));
    }
    expect(wrong).toEqual([]);
  }, 600_000);
});
