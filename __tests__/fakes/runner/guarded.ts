// Child processes that never outlive the tests: a small watcher holds a pipe to this process, and when the pipe
// closes, however this process ended, it kills the child and removes the folders that were made for it.
// (A hook on `process.on('exit')` would not do: jest hands tests a copy of `process`, and kill -9 runs no hook.)

import { type ChildProcess, spawn } from 'node:child_process';

export type Guarded = {
  readonly child: ChildProcess;
  readonly pid: number;
  /** Settles when the child has ended and its output was read. `code` is null when a signal ended it. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
};

export type GuardedOptions = {
  env: Readonly<Record<string, string>>;
  cwd?: string;
  /** Removed by the watcher if this process dies; a caller that ends well removes it itself. */
  removes?: string;
};

// The watcher is deaf to what a terminal or `timeout` sends to the whole group: it must live to clean up.
// `exec` keeps the pid, so that signals sent to it reach the program and not the shell.
const SCRIPT = `
folder=$1; shift
exec 3<&0
( trap '' INT TERM HUP; cat <&3 >/dev/null; kill -9 $$; [ -z "$folder" ] || rm -rf "$folder" ) >/dev/null 2>&1 &
exec 3<&-
exec "$@" </dev/null`;

/** Starts `command` with exactly the environment given; stdout and stderr are pipes on `child`. */
export function spawnGuarded(
  command: string,
  args: readonly string[],
  { env, cwd, removes = '' }: GuardedOptions,
): Guarded {
  const child = spawn('/bin/sh', ['-c', SCRIPT, 'sh', removes, command, ...args], {
    env,
    ...(cwd === undefined ? {} : { cwd }),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', () => child.stdin?.destroy());
    child.on('close', (code, signal) => resolve({ code, signal }));
  });
  return { child, pid: child.pid ?? 0, ended };
}

/**
 * The same watch over a child that is running already: for one whose environment a shell would spoil. Gives back
 * the end of the watch, to be called when the child has ended.
 */
export function watchOver(pid: number, folder: string): () => void {
  const script = 'trap "" INT TERM HUP; cat >/dev/null; kill -9 "$1"; rm -rf "$2"';
  const watcher = spawn('/bin/sh', ['-c', script, 'sh', String(pid), folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  return () => {
    watcher.kill('SIGKILL');
    watcher.stdin.destroy();
  };
}
