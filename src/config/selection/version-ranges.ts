// Version ranges of other tools as bounds of `follow`: `>=1.2 <2` is from 1.2, below 2. Their libraries differ in what
// they call a version (peers: Masterminds/semver in skopeo, blang/semver in dregsy, regsync's own), so the caller says
// which forms of tags a range is about.

/** The oldest version that is in a range, and the first one that is not any more; null where nothing is said. */
export type Bounds = { readonly from: string; readonly below: string | null };

type Version = readonly number[];
type Edges = { readonly from: Version; readonly below: Version | null };

const TERM = /^(>=|=>|<=|=<|!=|==|[<>=~^])?\s*v?(\d+|[xX*])(?:\.(\d+|[xX*]))?(?:\.(\d+|[xX*]))?$/;

/**
 * The alternatives of a range: `||` between alternatives, commas or spaces between terms that must all hold, ` - ` between
 * the first and the last version. Null where
 * it says what two bounds cannot (`!=`, prereleases), or where it is wrong.
 */
export function boundsOf(range: string): readonly Bounds[] | null {
  const alternatives = range.split('||').map(alternativeOf);
  return alternatives.every((bounds) => bounds !== null) ? alternatives : null;
}

const HYPHEN = /^\s*(v?[\d.]+)\s+-\s+(v?[\d.]+)\s*$/;

function alternativeOf(text: string): Bounds | null {
  const spaced = text
    .replace(HYPHEN, '>=$1 <=$2')
    .replace(/([<>=~^!])\s+/g, '$1')
    .trim();
  const edges = spaced.split(/[\s,]+/).map(edgesOf);
  if (edges.length === 0 || edges.some((edge) => edge === null)) return null;
  const known = edges.filter((edge) => edge !== null);
  const from = known.map((edge) => edge.from).reduce((a, b) => (compare(a, b) < 0 ? b : a));
  const ends = known.map((edge) => edge.below).filter((edge) => edge !== null);
  const below = ends.length === 0 ? null : ends.reduce((a, b) => (compare(a, b) < 0 ? a : b));
  if (below !== null && compare(from, below) >= 0) return null;
  return { from: from.join('.'), below: below?.join('.') ?? null };
}

function edgesOf(term: string): Edges | null {
  const found = TERM.exec(term);
  if (found === null) return null;
  const [, operator = '', ...written] = found;
  const parts = written.filter((part) => part !== undefined);
  const open = parts.findIndex((part) => !/^\d/.test(part));
  const version = (open < 0 ? parts : parts.slice(0, open)).map(Number);
  return edgesFor(operator, version);
}

const ZERO: Version = [0];

/** A version that is not written in full stands for all that begin with it. */
function edgesFor(operator: string, version: Version): Edges | null {
  if (version.length === 0) return ['!=', '<', '>'].includes(operator) ? null : { from: ZERO, below: null };
  switch (operator) {
    case '>=':
    case '=>':
      return { from: version, below: null };
    case '>':
      return { from: after(version), below: null };
    case '<':
      return { from: ZERO, below: version };
    case '<=':
    case '=<':
      return { from: ZERO, below: after(version) };
    case '~':
      return { from: version, below: after(version.slice(0, 2)) };
    case '^':
      return { from: version, below: afterCaret(version) };
    case '!=':
      return null;
    default:
      return { from: version, below: after(version) };
  }
}

/** The next version of the same length: 1.2 is followed by 1.3. */
function after(version: Version): Version {
  return version.map((number, at) => (at === version.length - 1 ? number + 1 : number));
}

/** `^` lets everything change to the right of the first number that is not 0. */
function afterCaret(version: Version): Version {
  const first = version.findIndex((number) => number > 0);
  return after(version.slice(0, first < 0 ? version.length : first + 1));
}

function compare(a: Version, b: Version): number {
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
