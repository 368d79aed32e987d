// `{dockerfiles}`: the images that a Dockerfile is built from, https://docs.docker.com/reference/dockerfile/: `FROM`,
// `COPY --from=` and `RUN --mount=from=`. Stages of the file itself, by name or number, and `scratch` are not images.
// The frontend that `# syntax=` names is the builder's matter.

import { copiedFrom, isAutomatic, unquoted } from '../dockerfile/flags.ts';
import {
  type Dockerfile,
  type Instruction,
  parseDockerfile,
  sliceWord,
  type Word,
} from '../dockerfile/lines.ts';
import { argumentParts, fromParts } from '../dockerfile/stages.ts';
import { expandWord, type Known } from '../dockerfile/variables.ts';
import type { SourceText } from './source-text.ts';

/** An `ARG` before the first `FROM`: what it holds if nobody sets it, and the text that says so. */
type Argument = { readonly known: Known; readonly word: Word | null };

const WHOLE_VARIABLE = /^\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})$/;

/** Reads every image of a Dockerfile that is not a stage of its own. */
export function readDockerfile(source: SourceText): void {
  new DockerfileReader(source, parseDockerfile(source.text)).read();
}

class DockerfileReader {
  readonly #source: SourceText;
  readonly #file: Dockerfile;
  readonly #arguments = new Map<string, Argument>();
  readonly #stages = new Set<string>();

  constructor(source: SourceText, file: Dockerfile) {
    this.#source = source;
    this.#file = file;
  }

  read(): void {
    let hasBase = false;
    for (const instruction of this.#file.instructions) {
      if (instruction.keyword === 'arg' && !hasBase)
        for (const word of instruction.words) this.#declare(word);
      if (instruction.keyword !== 'from') continue;
      hasBase = true;
      this.#readFrom(instruction);
    }
    // `COPY --from` knows the stages below it as well.
    for (const instruction of this.#file.instructions)
      for (const named of copiedFrom(instruction)) this.#addNamed(named, instruction.start);
  }

  #declare(word: Word): void {
    const { name, value } = argumentParts(word);
    if (value === null) {
      this.#arguments.set(name, { known: { kind: 'unset' }, word: null });
      return;
    }
    const inner = unquoted(sliceWord(word, word.text.length - value.length));
    const named = this.#named(inner);
    const text = expandWord(value, this.#file.escapedBy, (other) => this.#lookUp(other));
    const known: Known = text === null ? { kind: 'unknown' } : { kind: 'text', text };
    this.#arguments.set(name, { known, word: named?.word ?? inner });
  }

  #lookUp(name: string): Known {
    if (isAutomatic(name)) return { kind: 'unknown' };
    return this.#arguments.get(name)?.known ?? { kind: 'unset' };
  }

  /** The argument that a word is nothing else but. */
  #named({ text }: Word): Argument | undefined {
    const [, bare, braced] = WHOLE_VARIABLE.exec(text) ?? [];
    return this.#arguments.get(bare ?? braced ?? '');
  }

  #readFrom(instruction: Instruction): void {
    const { base, name } = fromParts(instruction);
    if (base !== null) this.#addBase(base, instruction.start);
    if (name !== null) this.#stages.add(name);
  }

  /** A base that is one variable is written where the variable has its default: there another one is written. */
  #addBase(base: Word, from: number): void {
    const meant = expandWord(base.text, this.#file.escapedBy, (name) => this.#lookUp(name));
    if (meant === 'scratch' || (meant !== null && this.#stages.has(meant.toLowerCase()))) return;
    if (meant === null || meant === '') this.#add(base, [from], null);
    else this.#add(this.#named(base)?.word ?? base, [from], meant);
  }

  #add({ text, offsets }: Word, from: readonly number[], meant: string | null): void {
    const start = offsets[0] ?? 0;
    const end = (offsets.at(-1) ?? 0) + 1;
    const readable = meant !== null;
    const written = meant ?? text;
    this.#source.add({ at: start, from, start, end, written, readable, quoting: 'bare', parts: 'whole' });
  }

  #addNamed(named: Word, from: number): void {
    const { text } = named;
    const isStage = /^\d+$/.test(text) || text === 'scratch' || this.#stages.has(text.toLowerCase());
    if (text !== '' && !isStage) this.#add(named, [from], text.includes('$') ? null : text);
  }
}
