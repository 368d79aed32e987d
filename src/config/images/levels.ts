// The levels of a config and the keys that are known at each: for the words about a wrong key.

import { z } from 'zod';
import { patchesKeys } from '../policies/policy.ts';
import { signerKeys } from '../policies/signers.ts';
import {
  build,
  configSchema,
  defaults,
  entry,
  follow,
  lint,
  pullRequest,
  reference,
  registry,
  rules,
} from './schema.ts';

// The maps of a config whose keys are fixed.
const LEVELS = {
  config: configSchema,
  defaults,
  entry,
  registry,
  follow,
  patches: patchesKeys,
  signer: signerKeys,
  'pull-request': pullRequest,
  reference,
  build,
  lint,
  rules,
} as const;

type Level = keyof typeof LEVELS;

const LEVEL_NAMES = Object.keys(LEVELS) as Level[];

/** The keys that each level knows. */
export const KEYS: Readonly<Record<Level, readonly string[]>> = {
  config: keysOf('config'),
  defaults: keysOf('defaults'),
  entry: keysOf('entry'),
  registry: keysOf('registry'),
  follow: keysOf('follow'),
  patches: keysOf('patches'),
  signer: keysOf('signer'),
  'pull-request': keysOf('pull-request'),
  reference: keysOf('reference'),
  build: keysOf('build'),
  lint: keysOf('lint'),
  rules: keysOf('rules'),
};

function keysOf(level: Level): readonly string[] {
  return Object.keys(LEVELS[level].shape);
}

/** The level of the map at a path, found by walking the schema: a word of the path may be a key or a host's name. */
export function levelAt(path: readonly PropertyKey[]): Level {
  let schema: z.core.$ZodType = configSchema;
  for (const part of path) schema = stepInto(mapOrList(schema), part);
  const map = mapOrList(schema);
  const level = LEVEL_NAMES.find((name) => LEVELS[name] === map);
  if (level === undefined) throw new Error(`the schema has no map with fixed keys at ${path.join('.')}`);
  return level;
}

function stepInto(schema: z.core.$ZodType, part: PropertyKey): z.core.$ZodType {
  if (schema instanceof z.ZodObject) return schema.shape[String(part)];
  if (schema instanceof z.ZodRecord) return schema.valueType;
  return schema instanceof z.ZodArray ? schema.element : schema;
}

/** The map or list inside wrappers: optional values, values that are transformed, a text as the alternative. */
function mapOrList(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodOptional) return mapOrList(schema.unwrap());
  if (schema instanceof z.ZodPipe) return mapOrList(schema.in);
  if (!(schema instanceof z.ZodUnion)) return schema;
  const map = schema.options.find((option) => option instanceof z.ZodObject);
  return map ?? schema.options.find((option) => option instanceof z.ZodArray) ?? schema;
}

const PLANNED_POLICIES = ['tags-limit'];

/** Keys that are reserved and do nothing yet. A key moves from here into the schema when it works. */
export const PLANNED: Readonly<Record<Level, readonly string[]>> = {
  config: [],
  defaults: PLANNED_POLICIES,
  entry: PLANNED_POLICIES,
  registry: [],
  follow: [],
  patches: [],
  signer: [],
  'pull-request': [],
  reference: [],
  build: [],
  lint: [],
  rules: [],
};
