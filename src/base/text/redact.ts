// Keeps passwords and tokens out of what registries and programs say: a registry may send back the very header it got.
// Done before a text is cut short: half a password is still a secret.

/** Shorter ones are not secrets worth hiding, and hiding them would make every sentence unreadable. */
const SHORTEST = 4;

/** What follows the name of a scheme in an Authorization header (RFC 9110, section 11.4), unless it reads as a plain word. */
const CREDENTIALS = /\b([Bb]asic|BASIC|[Bb]earer|BEARER)(\s+|%20|\+)(?=\S+[0-9A-Z=])[\w.~+/=-]{8,}/g;

/** The text with `***` for every secret, as it is and as URLs and JSON write it, and for what looks like a login. */
export function redact(text: string, secrets: Iterable<string>): string {
  // The longest first: one may be a part of another.
  const known = [...secrets]
    .filter((secret) => secret.length >= SHORTEST)
    .sort((a, b) => b.length - a.length);
  const forms = known.flatMap((secret) => [
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
  ]);
  const clean = [...new Set(forms)].reduce((left, form) => left.replaceAll(form, '***'), text);
  return clean.replace(CREDENTIALS, '$1$2***');
}
