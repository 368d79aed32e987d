// A file while it is being read: its values, and the mistakes found in it so far.

import type { Diagnostic, Place, Words } from '../../base/errors/diagnostic.ts';
import { type Path, spotAt, type Tree } from './tree.ts';

/** Collects mistakes, so that one run can report all of them; a mistake has a path of the tree or a place. */
export class Reading {
  readonly tree: Tree;
  readonly #diagnostics: Diagnostic[];

  /** `mistakes` are those that were met before, in the YAML itself. */
  constructor(tree: Tree, mistakes: readonly Diagnostic[] = []) {
    this.tree = tree;
    this.#diagnostics = [...mistakes];
  }

  /** Every mistake so far, in the order in which they were found. */
  get diagnostics(): readonly Diagnostic[] {
    return this.#diagnostics;
  }

  placeOf(path: Path): Place {
    return spotAt(this.tree, path).place;
  }

  /** Notes an error at the value of a path. */
  error(path: Path, words: Words): void {
    this.errorAt(this.placeOf(path), words);
  }

  /** Notes an error at the key of a path. */
  errorAtKey(path: Path, words: Words): void {
    this.errorAt(spotAt(this.tree, path).key, words);
  }

  errorAt(place: Place, words: Words): void {
    this.#diagnostics.push({ severity: 'error', place, ...words });
  }

  warnAt(place: Place, words: Words): void {
    this.#diagnostics.push({ severity: 'warning', place, ...words });
  }
}
