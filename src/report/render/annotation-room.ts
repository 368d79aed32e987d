// GitHub keeps ten annotations of a kind for each step and drops the rest in silence (actions/runner, ExecutionContext:
// `_maxCountPerIssueType`), whoever wrote them and in however many calls. So all calls of a step share this room.

import type { Severity } from '../../base/errors/diagnostic.ts';
import type { Annotation } from './annotations.ts';

/** What GitHub keeps of a kind. */
const MOST = 10;
/** The sentence that ends a red step is an error, and the one that nobody may miss. */
const FOR_THE_END: Readonly<Record<Severity, number>> = { error: 1, warning: 0, note: 0 };

/** Says which annotations of a step are shown at once, and what stands for the others at its end. */
export class AnnotationRoom {
  readonly #shown = new Map<Severity, number>();
  readonly #waiting = new Map<Severity, Annotation[]>();

  /** True when there is room to show it now; else it is kept for `rest`. One place is left for that. */
  admits(annotation: Annotation): boolean {
    const { severity } = annotation;
    const shown = this.#shown.get(severity) ?? 0;
    if (shown < MOST - 1 - FOR_THE_END[severity]) {
      this.#shown.set(severity, shown + 1);
      return true;
    }
    this.#waiting.set(severity, [...(this.#waiting.get(severity) ?? []), annotation]);
    return false;
  }

  /** At most one annotation of each kind for all that were not shown. Gives back each only once. */
  rest(): Annotation[] {
    const rest = [...this.#waiting].flatMap(([severity, waiting]) =>
      waiting.length > 1 ? [countOf(severity, waiting.length)] : waiting,
    );
    this.#waiting.clear();
    for (const { severity } of rest) this.#shown.set(severity, MOST);
    return rest;
  }
}

function countOf(severity: Severity, more: number): Annotation {
  const message = `… and ${more} more like these: see the job summary and the report`;
  return { severity, title: '', message, place: null };
}
