// What is wrong with a text that somebody wrote: what a parser that does not throw gives back.

/** Why a text is not what it should be: `mistake` says what was found, `hint` what to write instead. */
export type Mistake = { readonly mistake: string; readonly hint: string };

/** True when a parser gave back a mistake and not a value. */
export function isMistake(value: unknown): value is Mistake {
  return typeof value === 'object' && value !== null && 'mistake' in value;
}

/** Quotes a piece of input for a message: on one line, cut to 80 characters. */
export function show(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 79)}…` : text);
}
