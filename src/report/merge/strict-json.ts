// JSON from files that anybody may have written. JSON.parse lets the last of two equal keys win in silence, and nests as
// deep as its memory lasts; this reads neither (RFC 8259, section 4, leaves both to the reader).

/** Why a text is not read; one sentence without its subject. */
type JsonProblem = { readonly problem: string };

/** A string, or one of the characters that make the shape of a text. */
const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\]:,]/gs;

/** The value of a JSON text whose objects and lists nest at most `depth` deep and have every key once; else why not. */
export function parseStrict(text: string, depth: number): { readonly value: unknown } | JsonProblem {
  const problem = shapeProblem(text, depth);
  if (problem !== null) return { problem };
  try {
    return { value: JSON.parse(text) };
  } catch (thrown) {
    return { problem: `is not JSON (${thrown instanceof Error ? thrown.message : String(thrown)})` };
  }
}

/** Whether it is JSON at all is left to JSON.parse, once the depth is known to be bounded. */
function shapeProblem(text: string, depth: number): string | null {
  const open: (Set<string> | null)[] = [];
  let before = '';
  let key = '';
  for (const [token] of text.matchAll(TOKENS)) {
    const keys = open.at(-1) ?? null;
    if (token === '{' || token === '[') open.push(token === '{' ? new Set() : null);
    else if (token === '}' || token === ']') open.pop();
    else if (token === ':' && keys !== null) {
      const name = decoded(key);
      if (name === '__proto__') return 'has the key __proto__, which no report has';
      if (keys.has(name)) return `has the key ${JSON.stringify(name.slice(0, 100))} twice in one object`;
      keys.add(name);
    } else if (token.startsWith('"') && (before === '{' || before === ',')) key = token;
    if (open.length > depth) return `is nested deeper than ${depth} levels`;
    before = token;
  }
  return null;
}

/** Two spellings of one key are one key. */
function decoded(written: string): string {
  try {
    return String(JSON.parse(written));
  } catch {
    return written;
  }
}
