// Reads WWW-Authenticate. Pure, linear in the length of the header, and safe on hostile text. RFC 9110, section 11.6.1.

/** One challenge: `scheme` in lower case, names of parameters in lower case. */
export type Challenge = { readonly scheme: string; readonly parameters: ReadonlyMap<string, string> };

const MAX_LENGTH = 8192;
const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
// token68 is what Negotiate sends; it is skipped, so that a challenge after it is still found.
const TOKEN68 = /[A-Za-z0-9\-._~+/]+=*(?=\s*(?:,|$))/y;
const QUOTED = /"((?:[^"\\]|\\.)*)"/sy;
// Looser than the RFC on purpose: some registries send a realm without quotes.
const BARE = /[^\s",]+/y;
const GAP = /[ \t,]*/y;
const SPACE = /[ \t]*/y;
const EQUALS = /[ \t]*=[ \t]*/y;

type Cursor = { readonly text: string; at: number };

/** Every challenge of a header value, in order. What cannot be read ends the list; it never throws. */
export function parseChallenges(header: string): readonly Challenge[] {
  const cursor: Cursor = { text: header.slice(0, MAX_LENGTH), at: 0 };
  const found: Challenge[] = [];
  for (;;) {
    take(cursor, GAP);
    const scheme = take(cursor, TOKEN);
    if (scheme === null) return found;
    take(cursor, SPACE);
    found.push({ scheme: scheme.toLowerCase(), parameters: readParameters(cursor) });
  }
}

/** The first challenge that can be answered, Bearer before Basic; `null` when it has none. */
export function chooseChallenge(header: string | undefined): Challenge | null {
  const all = parseChallenges(header ?? '');
  const bearer = all.find(({ scheme, parameters }) => scheme === 'bearer' && parameters.has('realm'));
  return bearer ?? all.find(({ scheme }) => scheme === 'basic') ?? null;
}

function readParameters(cursor: Cursor): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (;;) {
    const before = cursor.at;
    take(cursor, GAP);
    const name = take(cursor, TOKEN);
    const value = name !== null && take(cursor, EQUALS) !== null ? readValue(cursor) : null;
    if (name === null || value === null) {
      cursor.at = before;
      if (parameters.size === 0) take(cursor, TOKEN68);
      return parameters;
    }
    // The first value wins: a repeated parameter is a trick or a mistake, and the first is what others read.
    if (!parameters.has(name.toLowerCase())) parameters.set(name.toLowerCase(), value);
  }
}

function readValue(cursor: Cursor): string | null {
  const quoted = match(cursor, QUOTED);
  if (quoted !== null) return (quoted[1] ?? '').replace(/\\(.)/gs, '$1');
  return take(cursor, BARE);
}

function take(cursor: Cursor, pattern: RegExp): string | null {
  return match(cursor, pattern)?.[0] ?? null;
}

function match(cursor: Cursor, pattern: RegExp): RegExpExecArray | null {
  pattern.lastIndex = cursor.at;
  const found = pattern.exec(cursor.text);
  if (found !== null) cursor.at = pattern.lastIndex;
  return found;
}
