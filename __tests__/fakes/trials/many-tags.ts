// Many tags of which some cannot be copied, synced in turn with both policies, while upstream moves on each time.

import { image, push } from '../../../demo/images.mjs';
import { startProxy } from '../faults/proxy.ts';
import type { Snapshot } from '../registries/oracle.ts';
import { startRegistry } from '../registries/registries.ts';
import { runAction } from '../runner/bundle.ts';
import { readTags } from './moments.ts';

export type ManyTags = { readonly tags: number; readonly failing: number; readonly rounds: number };

/** Repositories; tags and failing tags are spread over them evenly. */
const REPOSITORIES = ['lib/one', 'lib/two', 'lib/three'];
const DISTINCT = 12;

/** What was wrong, in sentences; `say` hears of each round. Odd rounds are `rollback`, even ones `keep`. */
export async function toggle(
  { tags, failing, rounds }: ManyTags,
  say: (line: string) => void,
): Promise<string[]> {
  const [upstream, mirror] = await Promise.all([startRegistry(), startRegistry({ deletes: true })]);
  const proxy = await startProxy(upstream.host);
  const each = tags / REPOSITORIES.length;
  const names = Array.from({ length: each }, (_, at) => `1.${at}`);
  const bad = new Set(names.slice(0, failing / REPOSITORIES.length));
  const picture = (round: number, tag: string) =>
    image(bad.has(tag) ? `BAD${round}-${tag}` : `R${round}-${Number(tag.slice(2)) % DISTINCT}`);
  const config = [
    `mirror: ${mirror.host}/m`,
    'images:',
    ...REPOSITORIES.map((name) => `  - { source: "${proxy.host}/${name}", tags: ["1.*"] }`),
  ].join('\n');
  const wrong: string[] = [];
  let before: Record<string, Snapshot> = {};
  try {
    for (let round = 0; round <= rounds; round += 1) {
      const policy = round % 2 === 1 ? 'rollback' : 'keep';
      for (const name of REPOSITORIES)
        for (const tag of names) await push(upstream.url, name, picture(round, tag), [tag]);
      const blobs = [...bad].flatMap((tag) => picture(round, tag).blobs.map((blob) => blob.digest));
      const effect = {
        kind: 'status',
        status: 403,
        error: { code: 'DENIED', message: 'made to fail' },
      } as const;
      // The first round fills the mirror.
      proxy.setFaults(
        round === 0 ? [] : [{ methods: ['GET'], place: 'blob', times: 'always', references: blobs, effect }],
      );
      const { outputs, summary, seconds } = await runAction({ config, inputs: { 'on-failure': policy } });
      const now: Record<string, Snapshot> = {};
      for (const name of REPOSITORIES) now[name] = await readTags(`${mirror.host}/m/${name}`);
      const expected = Object.fromEntries(
        REPOSITORIES.map((name) => [name, after(round, policy, names, bad, picture, before[name] ?? {})]),
      );
      const counts = [
        outputs.status,
        outputs['copied-count'],
        outputs['failed-count'],
        outputs['deferred-count'],
      ];
      const right = {
        first: ['synced', `${tags}`, '0', '0'],
        keep: ['partial', `${tags - failing}`, `${failing}`, '0'],
        rollback: ['failed', '0', `${failing}`, `${tags - failing}`],
      }[round === 0 ? 'first' : policy];
      if (`${counts}` !== `${right}`) wrong.push(`round ${round} ${policy}: ${counts}, not ${right}`);
      if (JSON.stringify(now) !== JSON.stringify(expected))
        wrong.push(`round ${round} ${policy}: other tags`);
      if (policy === 'rollback' && !/All or nothing: .* without a tag/.test(summary))
        wrong.push(`round ${round}: the summary is silent`);
      say(`round ${round} ${policy}: ${counts.join(' ')} in ${seconds.toFixed(1)} s`);
      before = now;
    }
  } finally {
    await proxy.stop();
    await Promise.all([upstream.stop(), mirror.stop()]);
  }
  return wrong;
}

function after(
  round: number,
  policy: 'keep' | 'rollback',
  names: readonly string[],
  bad: ReadonlySet<string>,
  picture: (round: number, tag: string) => { index: { digest: string } },
  before: Snapshot,
): Snapshot {
  if (policy === 'rollback') return before;
  const sorted = [...names].sort();
  const pairs = sorted.map((tag) => [
    tag,
    bad.has(tag) && round > 0 ? before[tag] : picture(round, tag).index.digest,
  ]);
  return Object.fromEntries(pairs);
}
