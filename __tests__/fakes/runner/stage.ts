// What many tests of one fault have in common: two registries, a config of one entry, a limit for what may hang, and
// everything stopped and removed at the end.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningRegistry, startRegistry } from '../registries/registries.ts';
import { type ActionOptions, type ActionResult, startAction } from './bundle.ts';

/** A run that was given a limit; `hung` when it had to be killed at it. */
export type LimitedResult = ActionResult & { readonly hung: boolean };

/** A row of the outputs `failed`, `refused`, `deferred` or `copied`. */
export type Row = {
  readonly tag: string;
  readonly reason: string;
  readonly message?: string;
  readonly hint?: string;
};

/** Runs the action and kills it after so many seconds. */
export async function runWithin(seconds: number, options: ActionOptions): Promise<LimitedResult> {
  const running = startAction(options);
  let hung = false;
  const timer = setTimeout(() => {
    hung = true;
    running.kill('SIGKILL');
  }, seconds * 1000);
  const result = await running.result;
  clearTimeout(timer);
  return { ...result, hung };
}

/** How a run ended, in a form whose difference tells what is wrong. */
export function endOf(result: LimitedResult): string {
  return result.hung ? 'hung, and killed' : `exit ${result.code}, status ${result.outputs.status ?? 'unset'}`;
}

/** The rows of a list output; none where it was not written. */
export function rowsOf({ outputs }: ActionResult, output: string): readonly Row[] {
  return JSON.parse(outputs[output] || '[]') as readonly Row[];
}

/** `tag: reason` of every row of an output, sorted. */
export function reasonsOf(result: ActionResult, output: string): string[] {
  return rowsOf(result, output)
    .map(({ tag, reason }) => `${tag}: ${reason}`)
    .sort();
}

/** Everything that a person can read of a run. */
export function wordsOf({ stdout, summary, annotations, report }: ActionResult): string {
  const titles = annotations.map(({ data, properties }) => `${properties.title ?? ''} ${data}`);
  return [stdout, summary, ...titles, JSON.stringify(report)].join('\n');
}

/** A config of one entry; `more` are further lines of the top level. */
export function configOf(source: string, mirror: string, tags: readonly string[], more = ''): string {
  return `mirror: ${mirror}/m\n${more}\nimages:\n  - { source: "${source}", tags: ${JSON.stringify(tags)}, new-tags: ignore }\n`;
}

export type Stage = {
  /** Remembers what is to be stopped at the end, the last one first. */
  keep<T extends { stop(): Promise<unknown> }>(started: T): T;
  registry(...options: Parameters<typeof startRegistry>): Promise<RunningRegistry>;
  /** A new folder that goes at the end. */
  folder(): string;
  /** A docker config in a folder of its own, as environment of the action. */
  dockerConfig(content: object): Record<string, string>;
  close(): Promise<void>;
};

export function openStage(): Stage {
  const running: { stop(): Promise<unknown> }[] = [];
  const folders: string[] = [];
  const folder = (): string => {
    const made = mkdtempSync(join(tmpdir(), 'stage-'));
    folders.push(made);
    return made;
  };
  const keep = <T extends { stop(): Promise<unknown> }>(started: T): T => {
    running.unshift(started);
    return started;
  };
  return {
    keep,
    registry: async (...options) => keep(await startRegistry(...options)),
    folder,
    dockerConfig(content) {
      const made = folder();
      writeFileSync(join(made, 'config.json'), JSON.stringify(content));
      return { DOCKER_CONFIG: made };
    },
    async close() {
      for (const one of running.splice(0)) await one.stop();
      for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true });
    },
  };
}

/** The entry of a docker config for a login by name and password. */
export function loginOf(username: string, password: string): { auth: string } {
  return { auth: Buffer.from(`${username}:${password}`).toString('base64') };
}
