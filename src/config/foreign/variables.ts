// Variables in a file of another tool: `{{ env "NAME" }}` as regsync fills it in, `${NAME}` and `$NAME` as envsubst does it
// for a tool that knows none. Only values that a person gives are filled in; the environment, which may hold a login, is
// never read.

const TEMPLATE = /\{\{-?\s*env\s+(?:"([A-Za-z_]\w*)"|`([A-Za-z_]\w*)`)\s*-?\}\}/g;
const SHELL = /\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))/g;

/** The values by name. */
export type Variables = ReadonlyMap<string, string>;

/** A text with every variable filled in whose value is known. */
export function filledIn(text: string, variables: Variables): string {
  if (variables.size === 0) return text;
  const known = (found: string, braced?: string, bare?: string) =>
    variables.get(braced ?? bare ?? '') ?? found;
  return text.replace(TEMPLATE, known).replace(SHELL, known);
}

// user:password@host: a password may have a dollar in it, and no part of it is ever shown.
const LOGIN = /^(?:\w+:\/\/)?[^/]*:[^/]*@/;

/** The first variable that a name still has in it; null where it has none, and where it begins with a login. */
export function variableIn(text: string): string | null {
  if (LOGIN.test(text)) return null;
  const [, ...names] = [...text.matchAll(TEMPLATE), ...text.matchAll(SHELL)][0] ?? [];
  return names.find((name) => name !== undefined) ?? null;
}
