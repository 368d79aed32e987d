// JSON that strangers wrote: nothing is known of its shape until it was looked at.

/** The fields of a JSON object; none is known to be there. */
type JsonObject = Readonly<Record<string, unknown>>;

/** The value as an object with fields; `null` for everything else, lists too. */
export function asObject(value: unknown): JsonObject | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;
}

/** The object that a JSON text holds; `null` for what is not JSON and for JSON that is not an object. */
export function parseObject(text: string): JsonObject | null {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return null;
  }
}
