// What is wrong with a text that somebody wrote: the answer of a parser that does not throw.

/** Why a text is not what it should be: `mistake` says what was found, `hint` what to write instead. */
export type Mistake = { readonly mistake: string; readonly hint: string };

/** True when a parser gave back a mistake instead of a value. */
export function isMistake(value: object | string): value is Mistake {
  return typeof value === 'object' && 'mistake' in value;
}

/** Shows a piece of input in a message: quoted, on one line, cut to 80 characters. */
export function show(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 79)}…` : text);
}
