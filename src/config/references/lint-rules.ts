// The rules of lint by name: comments and `lint: rules:` name them, and what finds the breaches is held to this list.

/** Every rule that a reference can break. Programs and comments rely on these names, so none is ever renamed. */
export const LINT_RULES = [
  'malformed',
  'not-pinned',
  'not-approved',
  'mirror-path-mismatch',
  'not-mirrored-yet',
  'gone',
] as const;

/** One of `LINT_RULES`. */
export type LintRule = (typeof LINT_RULES)[number];

/** How much a breach matters; `off` is for one that does not matter at all. */
export const LINT_LEVELS = ['error', 'warning', 'note', 'off'] as const;

/** One of `LINT_LEVELS`. */
export type LintLevel = (typeof LINT_LEVELS)[number];

/** True for a name of `LINT_RULES`. */
export function isLintRule(name: string): name is LintRule {
  return (LINT_RULES as readonly string[]).includes(name);
}
