/** The built-in name of a config's branch, in characters that git takes (git-check-ref-format). */
export function branchFor(config: string): string {
  return `fresh-mirror/${config.replace(ILLEGAL, '-')}`;
}

const ILLEGAL = /[^A-Za-z0-9._/-]|\.\.|\/(?=\/|$)|^\/|(?<=^|\/)\.|\.(?=$|\/)|\.lock(?=$|\/)/g;
