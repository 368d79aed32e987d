// Images that an instruction takes files from without building on them: `COPY --from=` and `RUN --mount=from=`,
// https://docs.docker.com/reference/dockerfile/.

import { type Instruction, sliceWord, type Word } from './lines.ts';

// BuildKit sets these itself: "Automatic platform ARGs in the global scope".
const AUTOMATIC = /^(?:TARGET|BUILD)(?:PLATFORM|OS|OSVERSION|ARCH|VARIANT)$|^TARGETSTAGE$/;

/** True for a variable that the builder sets, so that no file says what it holds. */
export function isAutomatic(name: string): boolean {
  return AUTOMATIC.test(name);
}

/** What an instruction copies from: images and stages of the file, in the order of its flags. */
export function copiedFrom({ keyword, words, start }: Instruction): Word[] {
  const [first, ...rest] = words;
  const inner =
    keyword === 'onbuild' && first !== undefined && first.text.toLowerCase() !== 'onbuild'
      ? copiedFrom({ keyword: first.text.toLowerCase(), words: rest, start })
      : [];
  const end = words.findIndex(({ text }) => !text.startsWith('--'));
  const named = words.slice(0, end < 0 ? undefined : end).flatMap((flag) => {
    const word = keyword === 'copy' ? fromFlag(flag) : keyword === 'run' ? mountFrom(flag) : null;
    return word === null ? [] : [word];
  });
  return [...inner, ...named];
}

/** `--from=alpine:3.22` of COPY. */
function fromFlag(flag: Word): Word | null {
  return flag.text.startsWith('--from=') ? unquoted(sliceWord(flag, '--from='.length)) : null;
}

/** The `from` among the options of `--mount=type=bind,from=alpine:3.22`. */
function mountFrom(flag: Word): Word | null {
  if (!flag.text.startsWith('--mount=')) return null;
  const options = unquoted(sliceWord(flag, '--mount='.length));
  let at = 0;
  for (const option of options.text.split(',')) {
    const end = at + option.length;
    if (/^from=/i.test(option)) return sliceWord(options, at + 'from='.length, end);
    at = end + 1;
  }
  return null;
}

/** What is between the quotes, where they are around the whole word. */
export function unquoted(word: Word): Word {
  return /^(["'])[^"'\\`]*\1$/.test(word.text) ? sliceWord(word, 1, word.text.length - 1) : word;
}
