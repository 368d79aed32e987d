// The rules of lint as data: levels, what each is about, and what to do. Comments and `lint: rules:` name them; the schema,
// docs/lint.md, the summary and SARIF are made from this table. A new rule is a row here and the place that finds it.

/** How much a finding matters, the most first: an error fails the run. `off` is for what does not matter at all. */
export const LINT_LEVELS = ['error', 'warning', 'note', 'off'] as const;

/** One of `LINT_LEVELS`. */
export type LintLevel = (typeof LINT_LEVELS)[number];

/** The level of a finding. */
export type Level = Exclude<LintLevel, 'off'>;

/** `about` is a sentence without its full stop, `help` says what to do; both are Markdown. */
type RuleRow = {
  readonly level: Level;
  /** Levels in events of pull requests, where they differ: what is proposed there is not in use yet. */
  readonly inPullRequest?: Level;
  /** Found by asking registries alone (`lint-online`). */
  readonly online: boolean;
  readonly title: string;
  readonly about: string;
  readonly help: string;
};

const offline = { online: false } as const;
const online = { online: true } as const;

/** In the order in which documents and summaries list them. Programs and comments rely on the names: none is ever renamed. */
const TABLE = {
  malformed: {
    ...offline,
    level: 'error',
    title: 'Not a valid reference',
    about: 'The text is not a reference that every tool reads the same way',
    help: 'Write `registry/repository:tag@digest` without a scheme, spaces, credentials or capital letters.',
  },
  'not-approved': {
    ...offline,
    level: 'error',
    title: 'Neither from an approved registry nor from the mirror',
    about: 'The image is pulled from a registry that is not approved, and not from the mirror',
    help: 'Use the image under the mirror prefix, or add its registry (or registry and path) to `approved`. Host, port and whole parts of the path are compared, never the beginning of a text.',
  },
  'not-pinned': {
    ...offline,
    level: 'error',
    title: 'Not pinned by a digest',
    about: 'The reference has no digest, so what is pulled may change without a change here',
    help: 'Add `@sha256:…` after the tag. `lint-online` finds the digest that the tag has now.',
  },
  'mirror-path-mismatch': {
    ...offline,
    level: 'error',
    title: 'Under the mirror prefix, but from no known upstream',
    about: 'The name lies under the mirror prefix and cannot be traced back to an upstream',
    help: 'Correct the path, add the upstream to `images`, or use a `mirror-path` that begins with `{registry}`.',
  },
  'digest-conflict': {
    ...offline,
    level: 'error',
    title: 'One tag with two digests',
    about: 'The same tag is pinned to another digest elsewhere in the workspace',
    help: 'Pin it to one digest everywhere, or write the tag that belongs to each digest.',
  },
  'tag-conflict': {
    ...offline,
    level: 'error',
    title: 'A digest that differs from the images config',
    about: 'The images config pins the same tag to another digest',
    help: 'Pin both to one digest, or list the tag in the images config without a digest: then the mirror keeps the tag fresh and the pinned digest beside it.',
  },
  gone: {
    ...online,
    level: 'error',
    title: 'The pinned digest is gone',
    about: 'Upstream does not have the pinned digest, and neither does the mirror',
    help: 'Pin a digest that exists; what ran before can no longer be pulled.',
  },
  'not-mirrored-yet': {
    ...online,
    level: 'error',
    inPullRequest: 'note',
    title: 'The pinned digest is not in the mirror yet',
    about: 'Upstream has the pinned digest and the mirror does not',
    help: 'Mirror it before it is used: in a pull request this is a note, on a branch an error.',
  },
  'stale-pin': {
    ...online,
    level: 'note',
    title: 'Upstream has moved the tag',
    about: 'Upstream, the tag has a different digest from the pinned one',
    help: 'Pin the new digest when you want the new image.',
  },
  'tag-mismatch': {
    ...online,
    level: 'note',
    title: 'Tag and digest do not belong together',
    about:
      'The tag has another digest where the image is pulled, or is not there at all; the digest decides what is pulled',
    help: "Run mode sync if the mirror's tag is only behind; otherwise correct the tag, so that readers are not misled.",
  },
  'unused-approval': {
    ...offline,
    level: 'warning',
    title: 'An approval that nothing uses',
    about: 'No reference is from this approved registry or path',
    help: 'Remove it from the approved registries: what nobody uses should not stay open.',
  },
  'unreadable-file': {
    ...offline,
    level: 'error',
    title: 'A file of references that cannot be read',
    about:
      'The file, or what the images config names in it, is missing or broken, so its references are unknown',
    help: 'Repair the file, or correct its item under `references`.',
  },
  'unused-ignore': {
    ...offline,
    level: 'warning',
    title: 'A comment that ignores nothing',
    about: 'A `fresh-mirror-ignore` comment names a rule that is not broken here, or no rule at all',
    help: 'Remove the comment, or correct the name of the rule.',
  },
  unreadable: {
    ...offline,
    level: 'note',
    title: 'Not readable here',
    about: 'The value contains a template or a variable, so nobody can tell here which image it is',
    help: 'Lint the rendered file, or write the reference in full.',
  },
} as const satisfies Readonly<Record<string, RuleRow>>;

/** The name of a rule. */
export type LintRule = keyof typeof TABLE;

/** Every rule with its id. */
export const RULE_ROWS: readonly (RuleRow & { readonly id: LintRule })[] = (
  Object.entries(TABLE) as [LintRule, RuleRow][]
).map(([id, row]) => ({ id, ...row }));

/** The names of all rules. */
export const LINT_RULES: readonly LintRule[] = RULE_ROWS.map(({ id }) => id);

/** True for the name of a rule. */
export function isLintRule(name: string): name is LintRule {
  return (LINT_RULES as readonly string[]).includes(name);
}

/** The level of each rule: what the config says, else the row's own for this event. */
export function levelsFor(
  given: { readonly [Rule in LintRule]?: LintLevel | undefined },
  inPullRequest: boolean,
): ReadonlyMap<LintRule, LintLevel> {
  return new Map(
    RULE_ROWS.map((row) => [
      row.id,
      given[row.id] ?? (inPullRequest ? row.inPullRequest : undefined) ?? row.level,
    ]),
  );
}
