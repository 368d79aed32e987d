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

/** Where an upload really is, and how many silences there had been before it. */
export type Upload = { readonly at: URL; readonly after: number };

/** As many as any other request may meet. */
const MOST_SILENCES = 3;

/** What one command may do inside the fence, and what became of it. */
export class Pass {
  readonly errand: Errand;
  /** Uploads under way, by the name that crane knows. */
  readonly uploads = new Map<string, Upload>();
  /** How much of a tag list came through. */
  readonly list = { pages: 0, bytes: 0 };
  /** Fires when the command cannot succeed any more; its reason is the failure. */
  readonly over = new AbortController();
  /** Requests under way. Without one the command waits for nobody but itself. */
  open = 0;
  #failure: Failure | null = null;
  #bytes = 0;
  #silences = 0;

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
  stumble(failure: Failure, passes = PASSING.includes(failure.reason)): void {
    this.#failure = failure;
    // What comes again is no loop.
    this.#bytes = 0;
    if (!passes) this.over.abort(failure);
  }

  /** An upload that begins, or goes on, at this address. */
  upload(id: string, at: URL): void {
    this.uploads.set(id, { at, after: this.#silences });
  }

  /** The same of an upload, whose answer may take minutes: crane would wait for it fifty times. */
  stumbleAt({ after }: Upload, failure: Failure, passes?: boolean): void {
    // Several that are silent at the same time are one silence.
    if (failure.reason === 'timeout' && after === this.#silences) this.#silences += 1;
    if (this.#silences < MOST_SILENCES) this.stumble(failure, passes);
    else this.fail(failure);
  }

  /** Counts what came from the source. False when it is more than there can be. */
  take(bytes: number): boolean {
    this.#bytes += bytes;
    this.errand.onBytes?.(bytes);
    return this.#bytes <= this.errand.mostBytes;
  }
}
