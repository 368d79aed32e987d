// Programs that copy one image from registry to registry, run alike: the action, and the tools people trust. What
// they say of their own success is noted and never believed.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ActionResult, startAction } from '../runner/bundle.ts';
import { CLEAN_PATH, tool, which } from '../runner/places.ts';

/** One copy to make: `<source>/<repository>:<tag>` to `<mirror>/<prefix>/<repository>:<tag>`; hosts with ports. */
export type Errand = {
  readonly source: string;
  readonly mirror: string;
  readonly prefix: string;
  readonly repository: string;
  readonly tag: string;
  /** Inputs of the action. */
  readonly inputs?: Readonly<Record<string, string>>;
};

/** How it ended. `action` has what the action wrote besides. */
export type Finish = {
  readonly code: number | null;
  readonly hung: boolean;
  readonly text: string;
  readonly action: ActionResult | null;
};

export type Contestant = {
  readonly name: ContestantName;
  /** Runs to its end, or to the limit in milliseconds. `patience` is for the action alone. */
  run(errand: Errand, limit: number, patience: number): Promise<Finish>;
};

export type ContestantName = 'action' | 'crane' | 'regsync' | 'skopeo';

/** The contestant of that name, or null where its program is not installed. */
export function contestant(name: ContestantName): Contestant | null {
  if (name === 'action') return { name, run: runAction };
  const program = name === 'skopeo' ? which(name) : which(name) || tool(name);
  if (program === null) return null;
  const line = LINES[name];
  return { name, run: (errand, limit) => runProgram(program, line, errand, limit) };
}

type Line = (errand: Errand, folder: string) => readonly string[];

const LINES: Readonly<Record<Exclude<ContestantName, 'action'>, Line>> = {
  crane: (errand) => ['cp', ...ends(errand)],
  regsync: (errand, folder) => {
    const [source, target] = ends(errand);
    const creds = [errand.source, errand.mirror].map((registry) => ({ registry, tls: 'disabled' }));
    const config = { version: 1, creds, sync: [{ source, target, type: 'image' }] };
    // JSON is YAML, so no writer of YAML is needed.
    writeFileSync(join(folder, 'regsync.yml'), JSON.stringify(config));
    return ['once', '--config', join(folder, 'regsync.yml')];
  },
  skopeo: (errand) => [
    '--insecure-policy',
    'copy',
    '--all',
    '--retry-times=3',
    '--src-tls-verify=false',
    '--dest-tls-verify=false',
    ...ends(errand).map((reference) => `docker://${reference}`),
  ],
};

function ends({ source, mirror, prefix, repository, tag }: Errand): [string, string] {
  return [`${source}/${repository}:${tag}`, `${mirror}/${prefix}/${repository}:${tag}`];
}

async function runAction(errand: Errand, limit: number, patience: number): Promise<Finish> {
  const { source, mirror, prefix, repository, tag, inputs = {} } = errand;
  const running = startAction({
    inputs,
    config: `mirror: ${mirror}/${prefix}\nimages:\n  - { source: "${source}/${repository}", tags: ["${tag}"] }\n`,
    env: { FRESH_MIRROR_PATIENCE: String(patience) },
  });
  const end = { hung: false };
  const timer = setTimeout(() => {
    end.hung = true;
    running.kill('SIGKILL');
  }, limit);
  const action = await running.result;
  clearTimeout(timer);
  return { code: action.code, text: action.stdout, action, ...end };
}

function runProgram(program: string, line: Line, errand: Errand, limit: number): Promise<Finish> {
  const folder = mkdtempSync(join(tmpdir(), 'contestant-'));
  const child = spawn(program, line(errand, folder), {
    env: { PATH: CLEAN_PATH, HOME: folder, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part: string) => {
      text = (text + part).slice(-10_000);
    });
  }
  const end = { hung: false };
  const timer = setTimeout(() => {
    end.hung = true;
    child.kill('SIGKILL');
  }, limit);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      rmSync(folder, { recursive: true, force: true });
      resolve({ code, text, action: null, ...end });
    });
  });
}
