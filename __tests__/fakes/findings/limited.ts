// Runs that must end soon: one that does not is killed and says so, instead of holding the tests.

import { readFileSync } from 'node:fs';
import { type ActionOptions, type ActionResult, startAction } from '../runner/bundle.ts';

export type LimitedResult = ActionResult & {
  /** It was killed at the limit. */
  readonly hung: boolean;
  /** The most memory that the action itself held, in MiB (Linux; 0 elsewhere). */
  readonly peak: number;
  /** Rows of the output; the report has all of them, and whole. */
  readonly failed: readonly FailedRow[];
};

export type FailedRow = { readonly tag: string; readonly reason: string; readonly message: string };

/** Seconds after which a run is killed. */
export const LIMIT = 20;

/** Runs the action for at most so many seconds. */
export async function runWithin(options: ActionOptions, seconds = LIMIT): Promise<LimitedResult> {
  const running = startAction(options);
  const end = { hung: false, peak: 0 };
  const look = setInterval(() => {
    end.peak = Math.max(end.peak, memoryOf(running.pid));
  }, 100);
  const timer = setTimeout(() => {
    end.hung = true;
    running.kill('SIGKILL');
  }, seconds * 1000);
  const result = await running.result;
  clearTimeout(timer);
  clearInterval(look);
  return { ...result, ...end, failed: JSON.parse(result.outputs.failed ?? '[]') as FailedRow[] };
}

function memoryOf(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/** A config of one entry. */
export function oneEntry(source: string, mirror: string, tags: readonly string[]): string {
  return `mirror: ${mirror}/m\nimages:\n  - { source: "${source}/lib/app", tags: ${JSON.stringify(tags)} }\n`;
}

/** How often each reason stands among the failed tags of the report: an output has room for some hundred rows. */
export function reasonsOf({ report }: LimitedResult): Record<string, number> {
  const counts: Record<string, number> = {};
  const { failed = [] } = Object(report) as { failed?: readonly FailedRow[] };
  for (const { reason } of failed) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}
