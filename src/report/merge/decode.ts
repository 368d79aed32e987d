// A report file that anybody may have written, read as a report: it must fit the published schema and nothing more, its
// numbers must be ones that can be added up, and its texts pass the sanitiser again.

import { z } from 'zod';
import published from '../../../schema/report.schema.json' with { type: 'json' };
import { asObject } from '../../base/text/json.ts';
import { oneLine } from '../../base/text/sanitize.ts';
import { VERSION } from '../../base/text/version.ts';
import type { Report } from '../rows/report.ts';
import { parseStrict } from './strict-json.ts';

/** What the merge reads of a report. `problem` is there where its run could not begin, `parts` where it is itself merged. */
export type PartReport = Report & { readonly problem?: { readonly message: string; readonly hint: string } };

/** Why a file does not count, as the end of a sentence that begins with its name. */
export type NoReport = { readonly unread: string };

/** Deeper than any field of a report by far. */
const MOST_DEPTH = 16;
/** Beyond it sums are no longer exact; 1,000 terabytes. */
const MOST_NUMBER = 1e15;
/** More than the longest message with everything a registry said. */
const MOST_CHARACTERS = 10_000;

/** Reads the text of a report file. What it says of prototypes, equal keys, depth, numbers and fields is not believed. */
export function decodeReport(text: string): PartReport | NoReport {
  const read = parseStrict(text.replace(/^\uFEFF/, ''), MOST_DEPTH);
  if ('problem' in read) return { unread: read.problem };
  const stranger = strangerWords(read.value);
  if (stranger !== null) return { unread: stranger };
  const checked = schema().safeParse(read.value);
  if (!checked.success) return { unread: `does not fit the schema of a report (${misfit(checked.error)})` };
  const huge = hugeNumber(checked.data, '');
  if (huge !== null) return { unread: `has a number that no run counts (${oneLine(huge, 100)})` };
  const report = cleaned(checked.data) as PartReport;
  const contradiction = contradictionIn(report);
  return contradiction === null ? report : { unread: contradiction };
}

/** Null for what says of itself that this very version wrote it. */
function strangerWords(value: unknown): string | null {
  const fields = asObject(value);
  if (fields === null || typeof fields.status !== 'string' || typeof fields.mode !== 'string')
    return 'is not a report';
  const { action, version } = fields;
  if (version === published.properties.version.const && action === VERSION) return null;
  const by = typeof action === 'string' ? oneLine(action, 40) : '';
  return `was written by another version of this action${by === '' ? '' : ` (${by})`}; this is ${VERSION}`;
}

let made: z.ZodType | null = null;

/** Made when it is needed: most runs read no report. */
function schema(): z.ZodType {
  made ??= z.fromJSONSchema(closed(published) as Parameters<typeof z.fromJSONSchema>[0]);
  return made;
}

/** The schema without room for fields that it does not name: what this version writes is known. */
function closed(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(closed);
  const fields = asObject(part);
  if (fields === null) return part;
  const inside = Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, closed(value)]));
  return 'properties' in fields && 'type' in fields ? { additionalProperties: false, ...inside } : inside;
}

function misfit({ issues: [issue] }: z.ZodError): string {
  if (issue === undefined) return '';
  const path = issue.path.map(String).join('.');
  return oneLine(path === '' ? issue.message : `${path}: ${issue.message}`, 200);
}

/** The path of a number that is out of range. */
function hugeNumber(value: unknown, path: string): string | null {
  if (typeof value === 'number') return Math.abs(value) <= MOST_NUMBER ? null : path;
  if (typeof value !== 'object' || value === null) return null;
  for (const [key, inside] of Object.entries(value)) {
    const found = hugeNumber(inside, path === '' ? key : `${path}.${key}`);
    if (found !== null) return found;
  }
  return null;
}

/** The same with every text, names of hosts too, made safe for a log. */
function cleaned(value: unknown): unknown {
  if (typeof value === 'string') return oneLine(value, MOST_CHARACTERS);
  if (Array.isArray(value)) return value.map(cleaned);
  const fields = asObject(value);
  if (fields === null) return value;
  return Object.fromEntries(
    Object.entries(fields).map(([key, inside]) => [oneLine(key, 300), cleaned(inside)]),
  );
}

/** Counts that no run can have come to. */
function contradictionIn({ sources, selected, platformTags, fresh }: Report): string | null {
  const sum = (of: 'selected' | 'fresh') => sources.reduce((total, row) => total + row[of], 0);
  if (sum('selected') !== selected || sum('fresh') > fresh || fresh > selected + platformTags)
    return 'contradicts itself: its counts do not add up';
  return null;
}
