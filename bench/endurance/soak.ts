// A thousand syncs of fifty tags, one of which moves each time, while both registries go wrong now and then.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../../__tests__/fakes/faults/fault.ts';
import { startProxy } from '../../__tests__/fakes/faults/proxy.ts';
import { digestOf } from '../../__tests__/fakes/registries/oracle.ts';
import { startRegistry } from '../../__tests__/fakes/registries/registries.ts';
import { type ActionOptions, type ActionResult, startAction } from '../../__tests__/fakes/runner/bundle.ts';
import { image, push } from '../../demo/images.mjs';

const TAGS = Array.from({ length: 50 }, (_, at) => `1.${at}`);
/** Images go round, so that the registries of the test do not grow without end. */
const IMAGES = 40;
const FAULT_RATE = 0.05;

const EFFECTS: readonly Fault['effect'][] = [
  { kind: 'status', status: 503 },
  { kind: 'status', status: 429, headers: { 'Retry-After': '1' } },
  { kind: 'reset' },
  { kind: 'status', status: 404, error: { code: 'MANIFEST_UNKNOWN', message: 'made to fail' } },
];

/** What was wrong; `say` hears the counts. */
export async function soak(rounds: number, say: (line: string) => void): Promise<string[]> {
  const [above, below] = await Promise.all([startRegistry(), startRegistry({ deletes: true })]);
  const [upstream, mirror] = await Promise.all([startProxy(above.host), startProxy(below.host)]);
  const temp = mkdtempSync(join(tmpdir(), 'soak-'));
  const list = TAGS.map((tag) => `"${tag}"`).join(', ');
  const options: ActionOptions = {
    config: `mirror: ${mirror.host}/m\nimages:\n  - { source: "${upstream.host}/lib/app", tags: [${list}] }\n`,
    // Waits pass twenty times as fast: what is counted is where the rounds end, not how long a registry is waited for.
    env: { RUNNER_TEMP: temp, TMPDIR: temp, FRESH_MIRROR_PATIENCE: '0.05' },
  };
  const wrong: string[] = [];
  const peaks: number[] = [];
  const seen = { second: 0, struck: 0, quiet: 0 };
  try {
    for (const tag of TAGS) await push(above.url, 'lib/app', image('SOAK0'), [tag]);
    await follow(options);
    for (let round = 1; round <= rounds; round += 1) {
      const tag = TAGS[round % TAGS.length] ?? '';
      const wanted = image(`SOAK${round % IMAGES}`);
      await push(above.url, 'lib/app', wanted, [tag]);
      for (const proxy of [upstream, mirror]) proxy.setFaults(faults());
      const first = await follow({
        ...options,
        inputs: { 'on-failure': round % 2 === 0 ? 'keep' : 'rollback' },
      });
      peaks.push(first.peak);
      for (const proxy of [upstream, mirror]) {
        seen.struck += proxy.traffic().struck.filter((times) => times > 0).length;
        proxy.setFaults([]);
      }
      const done = async () => (await digestOf(`${below.host}/m/lib/app:${tag}`)) === wanted.index.digest;
      if (!(await done())) {
        seen.second += 1;
        await follow(options);
        if (!(await done())) wrong.push(`soak ${round}: ${tag} has not converged in two runs`);
      }
      if (round % 10 === 0) {
        mirror.reset();
        const { result } = await follow(options);
        seen.quiet += 1;
        if (mirror.traffic().writes > 0 || result.outputs.status !== 'fresh')
          wrong.push(`soak ${round}: an unchanged round wrote, ${result.outputs.status}`);
      }
      const left = readdirSync(temp);
      if (left.length > 0) wrong.push(`soak ${round}: ${left.join(' ')} is left in the temp folder`);
      upstream.reset();
      mirror.reset();
      if (round % 100 === 0) say(`  soak: ${round} of ${rounds}`);
    }
  } finally {
    await Promise.all([upstream.stop(), mirror.stop()]);
    await Promise.all([above.stop(), below.stop()]);
    rmSync(temp, { recursive: true, force: true });
  }
  const [early, late] = [median(peaks.slice(0, 50)), median(peaks.slice(-50))];
  if (late > early * 1.2) wrong.push(`soak: peak memory grew from ${early} to ${late} KiB`);
  say(
    `soak: ${rounds} rounds, ${seen.struck} faults struck, ${seen.second} rounds took a second run, ` +
      `${seen.quiet} unchanged rounds; peak memory ${early} KiB at first and ${late} KiB at last; ${wrong.length} wrong`,
  );
  return wrong;
}

/** One fault in twenty requests or so, spread over what a round asks. */
function faults(): Fault[] {
  return TAGS.filter(() => Math.random() < FAULT_RATE).map((tag) => ({
    methods: ['GET', 'HEAD', 'PUT'],
    place: 'manifest',
    times: 1,
    references: [tag],
    effect: EFFECTS[Math.floor(Math.random() * EFFECTS.length)] ?? { kind: 'reset' },
  }));
}

/** A run, with the most memory that it held, in KiB. */
async function follow(options: ActionOptions): Promise<{ result: ActionResult; peak: number }> {
  const running = startAction(options);
  let peak = 0;
  let ended = false;
  const result = running.result.finally(() => {
    ended = true;
  });
  while (!ended) {
    peak = Math.max(peak, peakOf(running.pid));
    await Promise.race([sleep(20), result]);
  }
  return { result: await result, peak };
}

function peakOf(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}
