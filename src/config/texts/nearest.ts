// The key that a person meant: the nearest known one, or the word that other tools use for it.

// What other tools call the keys of an images config.
const SYNONYMS: ReadonlyMap<string, string> = new Map([
  ['image', 'source'],
  ['name', 'source'],
  ['repo', 'source'],
  ['repository', 'source'],
  ['from', 'source'],
  ['version', 'tags'],
  ['versions', 'tags'],
  ['dest', 'to'],
  ['destination', 'to'],
  ['target', 'to'],
  ['mirrors', 'mirror'],
  ['entries', 'images'],
  ['sources', 'images'],
  ['arch', 'platforms'],
  ['architectures', 'platforms'],
]);

/** The known key that is the fewest typing errors away, if they are at most a third of its letters; else null. */
export function nearestKey(key: string, known: readonly string[]): string | null {
  const plain = key
    .replace(/_/g, '-')
    .replace(/([a-z])([A-Z])/g, '$1-$2')
    .toLowerCase();
  const synonym = SYNONYMS.get(plain) ?? '';
  const near = known
    .filter((candidate) => Math.abs(candidate.length - plain.length) <= Math.max(1, candidate.length / 3))
    .map((candidate) => ({ candidate, distance: editDistance(plain, candidate) }))
    .filter(({ candidate, distance }) => distance <= Math.max(1, candidate.length / 3))
    .sort((a, b) => a.distance - b.distance);
  return near[0]?.candidate ?? (known.includes(synonym) ? synonym : null);
}

/** Levenshtein's distance: insertions, deletions and replacements of one letter. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
