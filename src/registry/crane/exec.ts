// Runs crane: no shell, a process group of its own, captured and capped output, a deadline that always ends it.

import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** One command. `env` is all that crane sees of the environment. */
export type Command = {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Milliseconds until it is ended. */
  readonly deadline: number;
  /** Milliseconds within which it must read or write a kilobyte, or it is ended; only on Linux, which counts bytes. */
  readonly stall?: number;
  /** Milliseconds between SIGINT and SIGKILL. */
  readonly grace?: number;
  readonly signal?: AbortSignal;
  /** Called with each line of standard output; false ends the command. Without it the output is captured. */
  readonly onLine?: (line: string) => boolean;
};

/** How it ended; only `exit` with code 0 is a success: a killed child has no code. */
export type Ending = 'exit' | 'deadline' | 'stalled' | 'cancelled' | 'stopped' | 'unstarted';
export type Ended = {
  readonly how: Ending;
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
};

const MAX_OUTPUT = 64 * 1024;
// Longer than any tag. The rest of a longer line is thrown away.
const MAX_LINE = 4096;
const GRACE = 2_000;
// A program that waits still moves a byte now and then, when an idle connection ends.
const LEAST_BYTES = 1_024;

/** Runs a command to its end. Never rejects, never outlives the deadline by more than the grace and a second. */
export async function runCommand(command: Command): Promise<Ended> {
  if (command.signal?.aborted === true) return { how: 'cancelled', code: null, stdout: '', stderr: '' };
  try {
    return await follow(start(command), command);
  } catch (thrown) {
    // What spawn refuses at once, such as an argument with a NUL.
    return { how: 'unstarted', code: null, stdout: '', stderr: String(thrown) };
  }
}

function follow(child: ChildProcess, command: Command): Promise<Ended> {
  return new Promise((resolve) => {
    let how: Ending = 'exit';
    const ending = endGroup(child, command.grace ?? GRACE, () => settle(null));
    const end = (why: Ending): void => {
      if (how === 'exit') how = why;
      ending.begin();
    };
    const cancel = (): void => end('cancelled');
    const timer = setTimeout(() => end('deadline'), command.deadline);
    const unwatch = watchBytes(child.pid, command.stall ?? 0, () => end('stalled'));
    const stderr = capture(child.stderr);
    const stdout = command.onLine === undefined ? capture(child.stdout) : { text: () => '' };
    if (command.onLine !== undefined) readLines(child.stdout, command.onLine, () => end('stopped'));
    let startError = '';
    const settle = (code: number | null): void => {
      clearTimeout(timer);
      unwatch();
      ending.stop();
      command.signal?.removeEventListener('abort', cancel);
      resolve({ how, code, stdout: stdout.text(), stderr: stderr.text() + startError });
    };
    command.signal?.addEventListener('abort', cancel);
    child.once('error', (error) => {
      if (child.pid !== undefined) return;
      how = 'unstarted';
      startError = error.message;
      settle(null);
    });
    child.once('close', settle);
  });
}

function start({ file, args, env }: Command): ChildProcess {
  // A group of its own: a signal meant for crane reaches what it started (credential helpers) and nothing else.
  const detached = process.platform !== 'win32';
  return spawn(file, [...args], {
    env: { ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached,
    windowsHide: true,
  });
}

/** Looks ten times in `stall` milliseconds; gives back how to stop looking. */
function watchBytes(pid: number | undefined, stall: number, onStall: () => void): () => void {
  if (pid === undefined || stall === 0) return () => undefined;
  let moved = 0;
  let quiet = 0;
  const timer = setInterval(() => {
    const now = bytesMoved(pid);
    if (now === null || now - moved >= LEAST_BYTES) {
      quiet = 0;
      moved = now ?? moved;
    } else quiet += 1;
    if (quiet === 10) onStall();
  }, stall / 10);
  return () => clearInterval(timer);
}

/** Every byte that a process has read and written, sockets included: proc(5), `/proc/pid/io`. Null elsewhere. */
function bytesMoved(pid: number): number | null {
  try {
    const [, read = '', written = ''] =
      /^rchar: (\d+)\nwchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8')) ?? [];
    return read === '' ? null : Number(read) + Number(written);
  } catch {
    return null;
  }
}

// crane ends cleanly on SIGINT and on no other signal. SIGKILL follows for what does not listen.
function endGroup(child: ChildProcess, grace: number, giveUp: () => void): { begin(): void; stop(): void } {
  const timers: NodeJS.Timeout[] = [];
  return {
    begin() {
      if (timers.length > 0) return;
      kill(child, 'SIGINT');
      timers.push(setTimeout(() => kill(child, 'SIGKILL'), grace));
      // Somebody outside the group may still hold the pipes open; they are not waited for.
      timers.push(setTimeout(giveUp, grace + 1_000));
    },
    stop() {
      for (const timer of timers) clearTimeout(timer);
      child.stdout?.destroy();
      child.stderr?.destroy();
    },
  };
}

function kill(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === 'win32') child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    // It has ended in the meantime.
  }
}

function capture(stream: Readable | null): { text(): string } {
  const chunks: Buffer[] = [];
  let size = 0;
  stream?.on('data', (chunk: Buffer) => {
    const room = MAX_OUTPUT - size;
    if (room > 0) chunks.push(chunk.subarray(0, room));
    size += chunk.length;
  });
  // A broken pipe shows in how the process ends.
  stream?.on('error', () => undefined);
  return { text: () => Buffer.concat(chunks).toString('utf8') };
}

function readLines(stream: Readable | null, onLine: (line: string) => boolean, stop: () => void): void {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let open = true;
  const take = (line: string): void => {
    if (!open || onLine(line)) return;
    open = false;
    stop();
  };
  stream?.on('data', (chunk: Buffer) => {
    if (!open) return;
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = (lines.pop() ?? '').slice(0, MAX_LINE);
    for (const line of lines) take(line);
  });
  stream?.on('end', () => {
    if (rest !== '') take(rest);
  });
  stream?.on('error', () => undefined);
}
