// Runs crane: no shell, a process group of its own, captured and capped output, a deadline that always ends it.

import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** One command. `env` is all that crane sees of the environment. */
type Command = {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Milliseconds until it is ended; without it, it may take as long as something is under way. */
  readonly deadline?: number;
  /** Milliseconds for which `isIdle` may stay true before it is ended. */
  readonly stall?: number;
  readonly isIdle?: () => boolean;
  /** Milliseconds between the first attempt to end it and SIGKILL. */
  readonly grace?: number;
  readonly signal?: AbortSignal;
  /** Called with each line of standard output; false ends the command. Without it the output is captured. */
  readonly onLine?: (line: string) => boolean;
};

/** How it ended; only `exit` with code 0 is a success: a killed child has no code. */
type Ending = 'exit' | 'deadline' | 'stalled' | 'cancelled' | 'stopped' | 'unstarted';
/** How a command ended. `code` is null where a signal ended it; of its output the end is kept. */
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
/** Milliseconds in which the last output of a program that has ended must come. */
const DRAIN = 500;

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
    const ending = endGroup(child, command, () => settle(null));
    const end = (why: Ending): void => {
      if (how === 'exit') how = why;
      ending.begin();
    };
    const cancel = (): void => end('cancelled');
    const { deadline } = command;
    const timer = deadline === undefined ? undefined : setTimeout(() => end('deadline'), deadline);
    const unwatch = watchIdle(command, () => end('stalled'));
    const stderr = capture(child.stderr);
    const stdout = command.onLine === undefined ? capture(child.stdout) : { text: () => '' };
    if (command.onLine !== undefined) readLines(child.stdout, command.onLine, () => end('stopped'));
    let startError = '';
    let lastDrain: NodeJS.Timeout | undefined;
    const settle = (code: number | null): void => {
      clearTimeout(timer);
      clearTimeout(lastDrain);
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
    // What it left behind may hold the pipes open for as long as it likes; what it said has come by then.
    child.once('exit', (code) => {
      lastDrain = setTimeout(() => settle(code), DRAIN);
    });
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

/** Ends what does nothing while nothing is under way for it; gives back how to stop looking. */
function watchIdle({ stall = 0, isIdle }: Command, onStall: () => void): () => void {
  if (stall === 0 || isIdle === undefined) return () => undefined;
  let idle = 0;
  const timer = setInterval(() => {
    idle = isIdle() ? idle + 1 : 0;
    if (idle === 10) onStall();
  }, stall / 10);
  return () => clearInterval(timer);
}

// crane ends cleanly on SIGINT and on no other signal. SIGKILL follows for what does not listen.
function endGroup(
  child: ChildProcess,
  { grace = GRACE, env }: Command,
  giveUp: () => void,
): { begin(): void; stop(): void } {
  const timers: NodeJS.Timeout[] = [];
  return {
    begin() {
      if (timers.length > 0) return;
      if (process.platform === 'win32') endTree(child, env);
      else kill(child, 'SIGINT');
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

/**
 * Windows has neither groups nor signals, and a process that is ended there leaves its children behind. `taskkill` ends them
 * too, but only as long as their parent is there to tell whose they are, so nothing is sent to that before.
 */
function endTree(child: ChildProcess, env: Command['env']): void {
  const file = join(env.SYSTEMROOT || 'C:\\Windows', 'System32', 'taskkill.exe');
  const end = () => kill(child, 'SIGKILL');
  spawn(file, ['/pid', String(child.pid), '/t', '/f'], {
    env: { ...env },
    stdio: 'ignore',
    windowsHide: true,
  })
    .once('error', end)
    .once('exit', end);
}

/** Keeps the beginning and the end: programs log their progress first, and their error last. */
function capture(stream: Readable | null): { text(): string } {
  const head: Buffer[] = [];
  let tail = Buffer.alloc(0);
  let room = MAX_OUTPUT / 2;
  stream?.on('data', (chunk: Buffer) => {
    head.push(chunk.subarray(0, room));
    const rest = chunk.subarray(room);
    room -= Math.min(room, chunk.length);
    if (rest.length > 0) tail = Buffer.concat([tail, rest]).subarray(-MAX_OUTPUT / 2);
  });
  // A broken pipe shows in how the process ends.
  stream?.on('error', () => undefined);
  return { text: () => Buffer.concat([...head, tail]).toString('utf8') };
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
