// The input `mode`, and the inputs that mean something only in some modes: in others they are a mistake, never ignored.

import type { Mistake } from './base/errors/mistake.ts';
import { oneOf, parseDuration } from './base/text/values.ts';
import type { InputReader } from './input-reader.ts';
import { type MatrixWish, parseShards } from './plan/shards/matrix.ts';
import { type AskedPart, parseRegistries, parseShard } from './plan/shards/part.ts';
import type { Mode, RunSettings } from './run/doors/settings.ts';
import { MODES } from './run/modes/table.ts';

/** Reads the name of a mode. */
export function parseMode(written: string): Mode | Mistake {
  const names = MODES.map(({ values }) => values.name);
  const hint = 'check reads both sides and writes nothing';
  const mistake = `"${written}" is not one of ${names.join(', ')}`;
  return MODES.find(({ values }) => values.name === written) ?? { mistake, hint };
}

type ModeSettings = Pick<RunSettings, 'wait' | 'part' | 'matrix' | 'mergeReports'>;

/** The inputs that are for some modes only. */
export function readModeInputs(inputs: InputReader, mode: Mode): ModeSettings {
  const only = { inputs, mode };
  return {
    wait: readOnly(only, 'waits', 'wait', parseDuration),
    part: readPart(only),
    matrix: readMatrixWish(only),
    mergeReports: readMergeReports(only),
  };
}

type Only = { readonly inputs: InputReader; readonly mode: Mode };

/** What a mode can do that an input may be for, as the end of a sentence. */
const ABILITIES = {
  waits: 'waits for the mirror',
  narrows: 'can be narrowed',
  cuts: 'cuts a config into the jobs of a matrix',
} as const;
type Ability = keyof typeof ABILITIES;

/** An input that means something where the mode has an ability. */
function readOnly<T>(
  { inputs, mode }: Only,
  ability: Ability,
  name: string,
  parse: (written: string) => T | Mistake,
): T | null {
  return inputs.read(name, (written) => (mode[ability] === true ? parse(written) : inVain(ability, name)));
}

function inVain(ability: Ability, name: string): Mistake {
  const modes = MODES.filter((mode) => mode[ability] === true).map(({ values }) => values.name);
  const hint = `also write mode: ${modes.join(' or ')}, or remove ${name}`;
  return { mistake: `only ${modes.join(' and ')} ${ABILITIES[ability]}`, hint };
}

/** What this job looks after; null for everything. */
function readPart(only: Only): AskedPart | null {
  const registries = readOnly(only, 'narrows', 'only-registries', parseRegistries);
  const isSecond = only.inputs.isGiven('only-registries');
  const shard = readOnly(only, 'narrows', 'shard', (written) => (isSecond ? TWO_PARTS : parseShard(written)));
  return shard ?? registries;
}

const TWO_PARTS: Mistake = {
  mistake: 'only-registries is given too, and both say what this job looks after',
  hint: 'remove one of the two',
};

/** How the jobs of a matrix are made. */
function readMatrixWish(only: Only): MatrixWish {
  const by = readOnly(only, 'cuts', 'matrix-by', oneOf(['registry', 'shards'] as const));
  return { by, shards: readOnly(only, 'cuts', 'shards', (written) => parseShards(written, by)) };
}

/** The patterns of report files, for a mode that reads them. */
function readMergeReports({ inputs, mode: { reports } }: Only): readonly string[] {
  if (reports === 'needed' && !inputs.isGiven('merge-reports')) inputs.refuse('merge-reports', NO_REPORTS);
  return inputs.readLines('merge-reports', (line) => (reports === undefined ? REPORTS_IN_VAIN : line));
}

const NO_REPORTS: Mistake = { mistake: 'it is empty', hint: 'write which files, as in reports/**/*.json' };
const REPORTS_IN_VAIN: Mistake = { mistake: 'this mode reads no reports', hint: 'write mode: merge' };
