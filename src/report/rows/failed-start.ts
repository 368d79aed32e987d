// The report of a run that could not be made. It has the fields of any other, so that whoever reads it need not ask first.

import type { Diagnostic } from '../../base/errors/diagnostic.ts';
import type { RunPart } from '../../plan/shards/part.ts';
import type { ModeValues } from './mode-values.ts';
import { makeReport, type Report } from './report.ts';
import type { Status } from './status.ts';

/** Why there was no run: one sentence, what to do, and each mistake with its place. */
type Reason = {
  readonly message: string;
  readonly hint: string;
  readonly diagnostics: readonly Diagnostic[];
};

/** A report with nothing in it but how the run ended, why, and which part of the config it was to look after. */
export function failedStart(
  {
    mode,
    part,
    run,
  }: { readonly mode: ModeValues; readonly part: RunPart | null; readonly run: Report['run'] },
  status: Extract<Status, 'failed' | 'cancelled'>,
  { message, hint, diagnostics }: Reason,
): Report & { readonly problem: Reason } {
  const nothing = {
    config: '',
    part,
    run: { id: run.id, attempt: run.attempt },
    mirror: '',
    newTags: [],
    pullRequest: null,
    issue: null,
    notices: [],
    usage: { requests: {}, copies: 0 },
    craneVersion: '',
    milliseconds: 0,
  };
  const report = makeReport({ mode, ...nothing }, { tags: [], patterns: [] }, []);
  return { ...report, status, problem: { message, hint, diagnostics } };
}
