// Every reference of the files as lint sees it: what it names, where that belongs, or why it cannot be read.

import { isMistake, type Mistake, show } from '../../base/errors/mistake.ts';
import type { ReferenceFile, ReferenceSite } from '../../config/references/reference-site.ts';
import {
  formatReference,
  looksLikeHost,
  parseReference,
  type Reference,
} from '../../image/names/reference.ts';
import { type Approvals, type NameOrigin, type Names, originOf } from './approval.ts';

/** A reference that could be read, with where its name belongs. */
export type SeenReference = {
  readonly kind: 'seen';
  readonly site: ReferenceSite;
  readonly reference: Reference;
  readonly origin: NameOrigin;
};

/** One reference of a file. `unreadable`: a template, of which nobody knows here what it becomes. */
export type ReadReference =
  | SeenReference
  | { readonly kind: 'malformed'; readonly site: ReferenceSite; readonly mistake: Mistake }
  | { readonly kind: 'unreadable'; readonly site: ReferenceSite };

/** Reads every reference of the files, in their order. */
export function readSites(
  files: readonly ReferenceFile[],
  names: Names,
  approvals: Approvals,
): ReadReference[] {
  return files.flatMap(({ sites }) => sites.map((site) => readSite(site, names, approvals)));
}

function readSite(site: ReferenceSite, names: Names, approvals: Approvals): ReadReference {
  if (!site.readable) return { kind: 'unreadable', site };
  const reference = strictReference(site.written);
  if (isMistake(reference)) return { kind: 'malformed', site, mistake: reference };
  approvals.use(reference.name);
  return { kind: 'seen', site, reference, origin: originOf(reference.name, names, approvals) };
}

/**
 * Reads a reference and takes nothing for granted. A host in capital letters reaches the same registry, but whoever
 * compares texts (an admission policy, a search) takes it for another one.
 */
export function strictReference(written: string): Reference | Mistake {
  const reference = parseReference(written);
  if (isMistake(reference)) return reference;
  const host = hostIn(written);
  if (host === host.toLowerCase()) return reference;
  return { mistake: `${show(host)} has upper-case letters`, hint: `write ${host.toLowerCase()}` };
}

function hostIn(written: string): string {
  const first = written.includes('/') ? (written.split('/', 1)[0] ?? '') : '';
  return looksLikeHost(first) ? first : '';
}

/** `docker.io/library/python:3.13-slim@sha256:…`: what a reference stands for upstream, in full; empty if nobody knows. */
export function canonicalOf(read: ReadReference): string {
  return read.kind === 'seen' ? formatReference({ ...read.reference, name: read.origin.upstream }) : '';
}
