// The workflow runner as this action sees it: log, groups, annotations, outputs, summary, masks. Everything that is
// printed passes the sanitiser here, so that no caller can forget it.

import * as core from '@actions/core';
import { UserError } from '../base/errors/user-error.ts';
import { oneLine } from '../base/text/sanitize.ts';
import { AnnotationRoom } from '../report/render/annotation-room.ts';
import type { Annotation } from '../report/render/annotations.ts';

/** GitHub cuts a message at 4,096 characters. */
const MOST_CHARACTERS = 2_000;
/** A shorter line of a longer secret gives nothing away, and may be a word of any output. */
const LEAST_MASKED = 8;

/** The group whose work is under way, and whether its lines are being folded just now. */
const fold = { title: '', isOpen: false };

/** A line of the log, folded with the others of its group. */
export function info(line: string): void {
  if (fold.title !== '' && !fold.isOpen) {
    core.startGroup(fold.title);
    fold.isOpen = true;
  }
  core.info(oneLine(line, MOST_CHARACTERS));
}

/** A line that is seen at once: GitHub shows groups folded, so it ends the one it comes in, and the next line reopens that. */
export function tell(line: string): void {
  unfold();
  core.info(oneLine(line, MOST_CHARACTERS));
}

function unfold(): void {
  if (fold.isOpen) core.endGroup();
  fold.isOpen = false;
}

/** A line that shows only where debug logging is on. */
export function debug(line: string): void {
  core.debug(oneLine(line, MOST_CHARACTERS));
}

/** Runs `work` with its log lines folded under `title`; one group at a time, since the runner knows none inside another. */
export async function group<T>(title: string, work: () => Promise<T>): Promise<T> {
  fold.title = oneLine(title);
  try {
    return await work();
  } finally {
    unfold();
    fold.title = '';
  }
}

const room = new AnnotationRoom();

/** Shows annotations while GitHub still keeps them; those beyond are counted when the step ends. */
export function annotate(annotations: readonly Annotation[]): void {
  for (const annotation of annotations) if (room.admits(annotation)) write(annotation);
}

/** Shows what stands for the annotations that had no room. For the end of the step; a second call shows nothing. */
export function closeAnnotations(): void {
  room.rest().forEach(write);
}

function write({ severity, title, message, place }: Annotation): void {
  unfold();
  const command = { error: core.error, warning: core.warning, note: core.notice }[severity];
  const where = place === null ? {} : { file: place.file, startLine: place.line, startColumn: place.column };
  command(oneLine(message, MOST_CHARACTERS), { title: oneLine(title), ...where });
}

/** Sets the outputs of the step. */
export function setOutputs(outputs: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(outputs)) core.setOutput(name, value);
}

/** Keeps a value for the post step of this very step. @throws UserError `input` where the runner's files take nothing */
export function saveState(name: string, value: string): void {
  try {
    core.saveState(name, value);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new UserError('input', `this step cannot write to the files of the runner: ${why}`, {
      hint: 'let the container of this job run as the user of the runner, `options: --user 1001` on hosted ones, or as root',
      cause,
    });
  }
}

/** What the main step left for the post step; empty in the main step itself. */
export function readState(name: string): string {
  return core.getState(name);
}

/** Adds Markdown to the job summary; a runner without one (an old server) does not fail the step. */
export async function writeSummary(markdown: string): Promise<void> {
  try {
    await core.summary.addRaw(markdown, true).write();
  } catch (thrown) {
    const message = `the job summary could not be written: ${String(thrown)}`;
    annotate([{ severity: 'warning', title: '', message, place: null }]);
  }
}

/**
 * Keeps a password or token out of the log. Names and hosts are never masked: GitHub drops outputs that hold one. It
 * masks each line of a text by itself, too, so of several lines only those that mean something are masked: a lone brace
 * is in every output.
 */
export function mask(secret: string): void {
  for (const part of maskedParts(secret)) core.setSecret(part);
}

function maskedParts(secret: string): readonly string[] {
  const lines = secret.split(/[\r\n]+/);
  if (lines.length === 1) return secret === '' ? [] : [secret];
  return lines
    .map((line) => line.trim())
    .filter((line) => line.length >= LEAST_MASKED && /[\p{L}\p{N}]/u.test(line));
}

/** Ends the step as failed, with one sentence; what had no room before is counted above it. */
export function fail(message: string): void {
  unfold();
  closeAnnotations();
  core.setFailed(oneLine(message, MOST_CHARACTERS));
}
