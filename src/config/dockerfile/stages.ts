// The stages of a Dockerfile, and the images that reach its result: the last stage is built on one, and takes files from
// others. A stage that nothing leads to is not built, https://docs.docker.com/build/building/multi-stage/.

import { copiedFrom, isAutomatic, unquoted } from './flags.ts';
import { type Instruction, parseDockerfile, type Word } from './lines.ts';
import { expandWord, type Known } from './variables.ts';

/**
 * An image that the result is made of. The result is built on the one with the role `base`; it has files of the others. `meant`
 * is null where the file does not say what a variable holds.
 */
export type StageBase = {
  readonly role: 'base' | 'copied';
  readonly written: string;
  readonly meant: string | null;
  /** Where the instruction begins in the text. */
  readonly start: number;
};

/** Where a stage takes something from: an earlier stage by its number, or an image. */
type From = number | Omit<StageBase, 'role'>;
type Stage = { readonly base: From | null; readonly copied: From[] };

/** The images that reach the last stage, each once for a role: its base first, then what it copies from. */
export function basesOfResult(text: string): readonly StageBase[] {
  const stages = readStages(text);
  const found = new Map<string, StageBase>();
  const seen = new Set<string>();
  const open: { readonly from: From; readonly role: StageBase['role'] }[] =
    stages.length === 0 ? [] : [{ from: stages.length - 1, role: 'base' }];
  for (const { from, role } of open) {
    if (typeof from !== 'number') {
      const key = from.meant ?? from.written;
      if (role === 'base' || !found.has(key)) found.set(key, { role, ...from });
      continue;
    }
    const stage = stages[from];
    const visit = `${role} ${from}`;
    if (stage === undefined || seen.has(visit)) continue;
    seen.add(visit);
    if (stage.base !== null) open.push({ from: stage.base, role });
    for (const other of stage.copied) open.push({ from: other, role: 'copied' });
  }
  return [...found.values()].toSorted((a, b) => Number(a.role === 'copied') - Number(b.role === 'copied'));
}

function readStages(text: string): readonly Stage[] {
  const { instructions, escapedBy } = parseDockerfile(text);
  const known = new Map<string, Known>();
  const lookUp = (name: string): Known =>
    isAutomatic(name) ? { kind: 'unknown' } : (known.get(name) ?? { kind: 'unset' });
  const expand = (word: string) => expandWord(word, escapedBy, lookUp);
  const names = new Map<string, number>();
  const stages: Stage[] = [];
  for (const instruction of instructions) {
    const { keyword, words, start } = instruction;
    if (keyword === 'arg' && stages.length === 0)
      for (const word of words) known.set(...argument(word, expand));
    const stage = stages.at(-1);
    if (keyword !== 'from') {
      for (const { text: from } of copiedFrom(instruction)) stage?.copied.push(copied(from, start, names));
      continue;
    }
    const { base, name } = fromParts(instruction);
    const written = base?.text ?? '';
    stages.push({ base: baseOf(written, expand(written), start, names), copied: [] });
    if (name !== null) names.set(name, stages.length - 1);
  }
  return stages;
}

function argument(word: Word, expand: (word: string) => string | null): [string, Known] {
  const { name, value } = argumentParts(word);
  if (value === null) return [name, { kind: 'unset' }];
  const meant = expand(value);
  return [name, meant === null ? { kind: 'unknown' } : { kind: 'text', text: meant }];
}

/** The two parts of `ARG name=value`; `value` is null where only a name is declared. */
export function argumentParts({ text }: Word): { readonly name: string; readonly value: string | null } {
  const [, name = '', value = null] = /^([^=]*)(?:=(.*))?$/s.exec(text) ?? [];
  return { name, value };
}

/** The parts of `FROM base AS name`: the base without quotes, null where it is missing; the name in lower case. */
export function fromParts({ words }: Instruction): {
  readonly base: Word | null;
  readonly name: string | null;
} {
  const [base, as, name] = words.filter(({ text }) => !text.startsWith('--'));
  const isNamed = as?.text.toLowerCase() === 'as' && name !== undefined;
  return { base: base === undefined ? null : unquoted(base), name: isNamed ? name.text.toLowerCase() : null };
}

type Names = ReadonlyMap<string, number>;

function baseOf(written: string, meant: string | null, start: number, names: Names): From | null {
  if (meant === 'scratch') return null;
  const stage = meant === null ? undefined : names.get(meant.toLowerCase());
  return stage ?? { written, meant: meant === '' ? null : meant, start };
}

/** `COPY --from` knows stages by their numbers too. */
function copied(written: string, start: number, names: Names): From {
  if (/^\d+$/.test(written)) return Number(written);
  return (
    names.get(written.toLowerCase()) ?? { written, meant: written.includes('$') ? null : written, start }
  );
}
