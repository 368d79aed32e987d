// The report beside its published schema. Users get a schema that allows more fields; here it allows none, so that a field
// that is added must be described.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { ROOT } from './places.ts';

const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(
  closed(JSON.parse(readFileSync(join(ROOT, 'schema/report.schema.json'), 'utf8'))) as object,
);

/** The schema with no other fields than those it names. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inside = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  return 'properties' in schema && 'type' in schema ? { additionalProperties: false, ...inside } : inside;
}

/** What of a report does not fit the schema: a path and a sentence each. */
export function misfits(report: unknown): string[] {
  if (validate(report)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath}: ${message} ${JSON.stringify(params)}`,
  );
}
