// What one run of a tool costs this machine: wall, CPU and memory of its whole process tree, read from /proc.

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

export type Cost = {
  readonly seconds: number;
  /** User and system time of the tool and of all children it waited for. */
  readonly cpu: number;
  /** The largest sum of the peaks (VmHWM) of all processes that were alive together, in MB. */
  readonly peak: number;
  readonly code: number | null;
};
export type Started = { readonly pid: number; readonly ended: Promise<{ readonly code: number | null }> };

const SAMPLE_EVERY = 40;
const TICKS_PER_SECOND = 100;

/** Starts a tool and measures it to its end. Nothing else that this process started may end meanwhile. */
export async function measure(start: () => Started): Promise<Cost> {
  const cpuBefore = cpuOfChildren();
  const started = performance.now();
  const { pid, ended } = start();
  let peak = 0;
  const timer = setInterval(() => {
    peak = Math.max(peak, peakOfTree(pid));
  }, SAMPLE_EVERY);
  const { code } = await ended;
  const seconds = (performance.now() - started) / 1000;
  clearInterval(timer);
  return { seconds, cpu: cpuOfChildren() - cpuBefore, peak: peak / 1e3, code };
}

/** A command with exactly this environment; its output is kept for the error when it fails. */
export function command(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Started {
  const child = spawn(file, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let words = '';
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    words = (words + part).slice(-2_000);
  });
  const ended = new Promise<{ code: number | null }>((resolve) => {
    child.on('close', (code) => {
      if (code !== 0) console.error(`${file} ended with ${code}: ${words}`);
      resolve({ code });
    });
  });
  return { pid: child.pid ?? 0, ended };
}

// proc_pid_stat(5): fields 16 and 17 are the times of children that were waited for, with theirs.
function cpuOfChildren(): number {
  const fields = readFileSync('/proc/self/stat', 'latin1')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND;
}

function peakOfTree(pid: number): number {
  const own = read(`/proc/${pid}/cmdline`);
  const children = read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
  // Between fork and exec a child is still its parent's image: counted, it would double the parent.
  const real = children.filter((child) => read(`/proc/${child}/cmdline`) !== own);
  const peak = Number(/VmHWM:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) * 1.024;
  return real.reduce((sum, child) => sum + peakOfTree(child), peak);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    // It ended meanwhile.
    return '';
  }
}
