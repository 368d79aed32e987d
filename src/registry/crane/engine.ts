// Brings content with crane, one process a copy. crane alone has no deadline and pushes shared layers once per process.

import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createTurns } from '../../base/flow/turns.ts';
import type { Digest } from '../../image/names/digest.ts';
import { formatName, type Name } from '../../image/names/reference.ts';
import type { Engine } from '../doors/engine.ts';
import { bringArgs, pullArgs, pushArgs, usesFolder } from './argv.ts';
import {
  ATTEMPT_DEFAULTS,
  type Attempt,
  type AttemptSettings,
  type Crane,
  type CraneDeps,
  repeat,
  runCrane,
  succeeded,
} from './attempts.ts';
import { classify } from './failure.ts';
import { coverManifest } from './layout.ts';

/** How copies are made. Durations in milliseconds. */
export type EngineSettings = AttemptSettings & {
  /** A folder for what must pass the disk. */
  readonly temp: string;
  /** Copies at once over all, and blobs at once in one copy. */
  readonly copies: number;
  readonly jobs: number;
  readonly bringDeadline: number;
  /** The longest silence of a copy, doubled each time: a registry may take a while to put a large layer in place. */
  readonly bringStall: number;
};

/** The built-in numbers. Four copies at once push least of what images share, measured against sixteen. */
export const ENGINE_DEFAULTS = {
  ...ATTEMPT_DEFAULTS,
  copies: 4,
  jobs: 4,
  bringDeadline: 10 * 60_000,
  bringStall: 60_000,
} as const;

type CopyCrane = Crane<EngineSettings>;

/** One copy; `what` is for messages. */
type Copy = { readonly what: string; readonly digest: Digest; readonly from: Name; readonly to: Name };

const DONE = { kind: 'done', value: null } as const;

/** The Engine door. Copies into one repository take turns, so that the first brings the layers that they share. */
export function createEngine(settings: EngineSettings, deps: CraneDeps): Engine {
  const crane = { settings, deps };
  const turns = createTurns(settings.copies);
  return {
    bring: (digest, from, to) => turns.take(formatName(to), () => bring(crane, digest, from, to)),
    refill: (digest, from, to) => turns.take(formatName(to), () => refill(crane, digest, from, to)),
  };
}

async function bring(crane: CopyCrane, digest: Digest, from: Name, to: Name): Promise<void> {
  const what = `copy ${formatName(from)}@${digest} to ${formatName(to)}`;
  await repeat(crane, { what, names: [from, to] }, (attempt) => {
    const stall = crane.settings.bringStall * 2 ** (attempt - 1);
    return copyOnce(crane, { what, digest, from, to }, stall);
  });
}

async function copyOnce(crane: CopyCrane, copy: Copy, stall: number): Promise<Attempt<null>> {
  const { what, digest, from, to } = copy;
  const { jobs, usesHttp, bringDeadline: deadline } = crane.settings;
  const commandsFor = (folder: string) => bringArgs(digest, from, to, { jobs, folder, usesHttp });
  const runAll = async (folder: string): Promise<Attempt<null>> => {
    for (const args of commandsFor(folder)) {
      const ended = await runCrane(crane, { args, deadline, stall });
      if (!succeeded(ended)) return classify(what, ended);
    }
    return DONE;
  };
  return usesFolder(commandsFor('')) ? withFolder(crane, runAll) : runAll('');
}

/** By way of a manifest of its own, which crane does not find there and so looks for each of its blobs. */
async function refill(crane: CopyCrane, digest: Digest, from: Name, to: Name): Promise<void> {
  const what = `copy the blobs of ${formatName(from)}@${digest} to ${formatName(to)}`;
  const once = (folder: string) => refillOnce(crane, { what, digest, from, to }, folder);
  await repeat(crane, { what, names: [from, to] }, () => withFolder(crane, once));
}

async function refillOnce(crane: CopyCrane, copy: Copy, folder: string): Promise<Attempt<null>> {
  const { what, digest, from, to } = copy;
  const { usesHttp, bringDeadline: deadline } = crane.settings;
  const pulled = await runCrane(crane, { args: pullArgs(digest, from, folder, usesHttp), deadline });
  if (!succeeded(pulled)) return classify(what, pulled);
  const cover = await coverManifest(folder, digest);
  const pushed = await runCrane(crane, { args: pushArgs(cover, folder, to, usesHttp), deadline });
  return succeeded(pushed) ? DONE : classify(what, pushed);
}

async function withFolder<T>({ settings }: CopyCrane, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(settings.temp, 'layout-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
