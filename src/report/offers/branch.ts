// Names of branches: the built-in one of a config, and what git and GitHub refuse (git-check-ref-format).

import { type Mistake, show } from '../../base/errors/mistake.ts';

/** The built-in name of a config's branch, in characters that git takes (git-check-ref-format). */
export function branchFor(config: string): string {
  return `fresh-mirror/${config.replace(ILLEGAL, '-')}`;
}

const ILLEGAL = /[^A-Za-z0-9._/-]|\.\.|\/(?=\/|$)|^\/|(?<=^|\/)\.|\.(?=$|\/)|\.lock(?=$|\/)/g;

/** Gives back the branch that an input names, or why there can be none of that name. */
export function parseBranch(written: string): string | Mistake {
  const full = /^refs\/(?:heads\/)?(.*)$/.exec(written);
  if (full !== null) {
    return {
      mistake: `${show(written)} is a ref`,
      hint: `write only the branch, as in ${full[1] || 'fresh-mirror'}`,
    };
  }
  const rule = REFUSED.find(({ found }) => found.test(written));
  if (rule === undefined) return written;
  return {
    mistake: `${show(written)} is not a valid branch name: ${rule.why}`,
    hint: 'write a name as in fresh-mirror',
  };
}

const REFUSED: readonly { readonly found: RegExp; readonly why: string }[] = [
  // Written out, because a pattern with them in it reads as a mistake.
  { found: /[^\P{Cc}]|[ ~^:?*[\\]/u, why: 'it has a blank or one of ~ ^ : ? * [ \\' },
  { found: /\.\.|@\{|\/\/|\/$|^\/|\.$/, why: 'it has .., @{ or //, or ends or begins with / or .' },
  { found: /(?:^|\/)\./, why: 'a part of it begins with a dot' },
  { found: /\.lock(?:$|\/)/, why: 'a part of it ends with .lock' },
  { found: /^(?:-|@$|HEAD$|[0-9a-f]{40}$)/, why: 'git reads it as something else' },
  { found: /^.{245}/u, why: 'it is longer than 244 characters' },
];
