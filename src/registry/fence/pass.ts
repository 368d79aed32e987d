// What one command of crane may ask the fence for, and how that went.

import type { Failure } from '../../base/errors/failure.ts';
import type { Digest } from '../../image/names/digest.ts';
import type { Name } from '../../image/names/reference.ts';

/** The two ends of a command. Where it has no business with one of them that is null. */
export type Errand = {
  readonly source: Name | null;
  readonly mirror: Name | null;
  /** The blobs to bring; all else is there. Null where nothing is known of the content: then the mirror is asked. */
  readonly missing: ReadonlySet<Digest> | null;
  /** The most bytes that may come from the source; more is a loop. */
  readonly mostBytes: number;
  /** Hears of bytes as they come from the source. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
};

/** What may go better in a moment where it happened in the middle of a stream. */
const PASSING: readonly string[] = ['network', 'timeout', 'server-error', 'corrupt'];

/** What one command may do inside the fence, and what became of it. */
export class Pass {
  readonly errand: Errand;
  /** Uploads under way: the name that crane knows, and where they really are. */
  readonly uploads = new Map<string, URL>();
  /** Fires when the command cannot succeed any more; its reason is the failure. */
  readonly over = new AbortController();
  /** Requests under way. Without one the command waits for nobody but itself. */
  open = 0;
  #failure: Failure | null = null;
  #bytes = 0;

  constructor(errand: Errand) {
    this.errand = errand;
  }

  /** What went wrong last, whether or not it ended the command. */
  get failure(): Failure | null {
    return this.#failure;
  }

  /** A failure after every retry that makes sense: the command is ended. */
  fail(failure: Failure): void {
    this.#failure = failure;
    this.over.abort(failure);
  }

  /** A failure in the middle of a stream: crane begins that blob again by itself, as long as it may go better. */
  stumble(failure: Failure): void {
    this.#failure = failure;
    if (!PASSING.includes(failure.reason)) this.over.abort(failure);
  }

  /** Counts what came from the source. False when it is more than there can be. */
  take(bytes: number): boolean {
    this.#bytes += bytes;
    this.errand.onBytes?.(bytes);
    return this.#bytes <= this.errand.mostBytes;
  }
}
