// One input after the other, with what is wrong with them.

import * as core from '@actions/core';
import { withHintInBrackets } from './base/errors/hints.ts';
import { isMistake, type Mistake } from './base/errors/mistake.ts';

/** Reads inputs and keeps what is wrong with them, so that one run can report all of it. */
export class InputReader {
  readonly mistakes: string[] = [];

  /** The input as `parse` reads it; null when it is empty or has a mistake. */
  read<T>(name: string, parse: (written: string) => T | Mistake): T | null {
    const written = core.getInput(name);
    return written === '' ? null : this.#checked(name, parse(written));
  }

  isGiven(name: string): boolean {
    return core.getInput(name) !== '';
  }

  /** Every line of the input as `parse` reads it, without those that have a mistake. */
  readLines<T>(name: string, parse: (written: string) => T | Mistake): readonly T[] {
    const lines = core.getMultilineInput(name).map((line) => this.#checked(name, parse(line)));
    return lines.filter((line) => line !== null);
  }

  /** Notes what is wrong with an input. */
  refuse(name: string, { mistake: message, hint }: Mistake): void {
    this.mistakes.push(`input ${name}: ${withHintInBrackets({ message, hint })}`);
  }

  #checked<T>(name: string, parsed: T | Mistake): T | null {
    if (!isMistake(parsed)) return parsed;
    this.refuse(name, parsed);
    return null;
  }
}
