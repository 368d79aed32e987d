// docs/configuration.md: every key of an images config with what it means, from the schema and the table of policies, and
// an example of each, from here. A test reads the examples with the parser.

import { renderSchema } from '../src/config/images/schema.ts';
import { POLICY_ROWS, type PolicyKey } from '../src/config/policies/policy.ts';
import { RULE_ROWS } from '../src/config/references/lint-rules.ts';

type Node = {
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node | boolean;
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
};

/** How each policy is written; the types hold the list to be whole. */
export const POLICY_EXAMPLES: Readonly<Record<PolicyKey, string>> = {
  'new-tags': 'new-tags: pull-request,mirror',
  alert: 'alert: issue',
  granularity: 'granularity: patch',
  patches: 'patches: { lines: 2, max: 3 }',
  prereleases: 'prereleases: true',
  recheck: 'recheck: 14',
  pins: 'pins: pull-request',
  'pins-group': 'pins-group: file',
  'bump-tags': 'bump-tags: patch',
  'on-failure': 'on-failure: rollback',
  verify: 'verify: deep',
  referrers: 'referrers: [signatures, sboms]',
  'lost-platforms': 'lost-platforms: hybrid',
  'expected-platforms': 'expected-platforms: [amd64, arm64]',
  platforms: 'platforms: [amd64, arm64/v8]',
  'platform-tags': 'platform-tags: "{tag}-{arch}"',
  'keep-pins': 'keep-pins: false',
  'signed-by': 'signed-by: [{ key: keys/acme.pub }]',
  'min-signature-age': 'min-signature-age: 48h',
};

/** What is said of a top-level key besides its description, and how it is written. */
export const KEY_EXAMPLES: Readonly<
  Record<string, readonly [about: readonly string[], example: readonly string[]]>
> = {
  mirror: [['The input `mirror` gives it where the config does not.'], ['mirror: ghcr.io/acme/mirror']],
  'mirror-path': [
    [
      '`docker.io/library/ruby` becomes `library/ruby`, `docker.io/library/ruby` or `ruby` below the prefix. Docker Hub and GitLab',
      'have [no room for all of them](registries.md).',
    ],
    ['mirror-path: "{registry}/{repository}"'],
  ],
  'read-from': [
    [
      'Lists, outputs and reports keep upstream\'s own names. `"*"` is every registry without a line of its own. An entry',
      'that would be read from its own place on the mirror is a mistake in `sync`, and skipped with a notice in `check`.',
    ],
    [
      'read-from:',
      '  docker.io: registry.example.com:5000/hub',
      '  quay.io: ""',
      '  "*": cache.example.com/{registry}/{repository}',
    ],
  ],
  registries: [
    ['Write each host as it is contacted. [Network](network.md) says more.'],
    [
      'registries:',
      '  registry.example.com:5000: { http: true, requests-per-second: 40, concurrency: 8 }',
      '  harbor.example.com: { ca: certificates/harbor.pem }',
    ],
  ],
  defaults: [
    ['An entry that sets a policy itself keeps its own; an input of the same name comes between the two.'],
    ['defaults: { lost-platforms: hybrid, alert: issue }'],
  ],
  'pull-request': [
    ['See [new tags](new-tags.md) and [pins that move](moving-pins.md).'],
    [
      'pull-request: { base: main, title-prefix: "chore(deps):", labels: [mirror], reviewers: [ana, team/infra] }',
    ],
  ],
  images: [
    ['', 'An item is one reference, or an entry with these keys and any [policy](#policies):'],
    [
      'images:',
      '  - source: ruby                         # any spelling; docker.io/library/ruby',
      '    tags: ["3.3-slim", "3.4-slim"]       # literal tags',
      '  - source: python',
      '    tags: [latest, "3.1?-slim"]          # globs: * ? [789] [!a]; whole tag, case-sensitive',
      '    exclude: ["*-windowsservercore*"]    # takes away what a glob matched',
      '  - source: golang',
      '    to: base/go                          # its repository on the mirror',
      '    follow: [{ tags: N.N-alpine, from: "1.25", max: 3 }]   # by number; N is one number',
      '    ignore: ["1.26rc*"]                  # never offered as new',
      '  - debian:12-slim                       # shorthand: one tag',
      '  - quay.io/prometheus/prometheus:v3.5.0@sha256:4ab1cd0b6f3cd4b05c5f8cce6d0a1ee2b0c5df6cc2f38f1ec04a4dd4ee1a2e4e',
    ],
  ],
  references: [
    [
      'One of `file`, `files`, `dockerfiles` and `list` in each item. See [lint](lint.md) and [pins](pins.md).',
    ],
    [
      'references:',
      '  - { file: deployment/vars.yml, key: IMAGES, approved-key: APPROVED_REGISTRIES }',
      '  - { files: "deploy/**/*.yaml", field: image, exclude: "deploy/old/**", bump-tags: patch }',
      '  - { dockerfiles: "**/Dockerfile", bump: false }',
      '  - { list: images.txt }',
    ],
  ],
  builds: [
    ['One of `image-info`, `image`, and `name` with `base`. See [builds](builds.md).'],
    [
      'builds:',
      '  - { image-info: image-info.json }',
      '  - { image: "ghcr.io/acme/app:latest" }',
      '  - { name: appliance, base: "debian:12-slim" }',
    ],
  ],
  approved: [
    ['For `lint` and pins. See [lint](lint.md).'],
    ['approved: [registry.access.redhat.com, quay.io/acme]'],
  ],
  lint: [
    [
      `Each of the ${RULE_ROWS.length} rules of [lint](lint.md#rules) takes \`error\`, \`warning\`, \`note\` or \`off\`.`,
    ],
    ['lint: { rules: { not-pinned: warning, unused-approval: off } }'],
  ],
};

const HEAD = `# Configuration

<!-- Made from the schema and the table of policies by \`npm run docs\`; change them, or tools/configuration.ts. -->

Every key of \`images.yaml\`. Every mistake is reported at once, with line and column and what to write instead, before any
registry is asked. Editors check the file with [images.schema.json](../schema/images.schema.json). Inputs of the action are in
the [README](../README.md#inputs).

- Quote tags that look like numbers: YAML reads \`3.10\` as 3.1, and the action refuses it with the quoted form to write.
- Where words make a list (\`tags\`, \`exclude\`, \`ignore\`, \`platforms\`, \`expected-platforms\`, \`new-tags\`, \`labels\`,
  \`reviewers\`), one text with commas between them works too.
- Entries of one source are joined into one list. They must agree on \`on-failure\`, \`platforms\` and \`platform-tags\`; every
  other policy, \`exclude\` and \`ignore\` hold for the tags of their own entry alone, whatever the order of the entries. A tag
  that is listed twice with two policies is a mistake.
- A pattern that matches nothing while others of its source match is a notice; a source of which nothing matches is a row
  in \`failed\`.
`;

const POLICIES_HEAD = `## Policies

Set in an entry, as an input where there is one, or under \`defaults\`: the first of these that is set decides.
`;

/** The whole page. */
export function renderConfiguration(): string {
  const { properties = {} } = JSON.parse(renderSchema()) as Node;
  const sections = Object.entries(properties).map(([key, node]) => sectionOf(key, node));
  return [HEAD, ...sections, POLICIES_HEAD, policyTable()].join('\n');
}

function sectionOf(key: string, node: Node): string {
  const [about, example] = KEY_EXAMPLES[key] ?? [[], []];
  const description = sentence(node.description ?? '');
  const fence = ['```yaml', ...example, '```'];
  return [`## \`${key}\``, '', description, ...about, '', ...subKeys(key, node), ...fence, ''].join('\n');
}

/** The keys inside, where they are not policies or rules, which have tables of their own. */
function subKeys(key: string, node: Node): string[] {
  if (key === 'defaults' || key === 'lint') return [];
  const policies: readonly string[] = POLICY_ROWS.map((row) => row.key);
  const inside = Object.entries(mapIn(node)?.properties ?? {}).filter(([name]) => {
    return key === 'references' || !policies.includes(name);
  });
  if (inside.length === 0) return [];
  const follow = inside.flatMap(([name, below]) =>
    name === 'follow' ? Object.entries(mapIn(below)?.properties ?? {}) : [],
  );
  const rules = follow.length === 0 ? [] : ['A rule under `follow`:', '', ...keyTable(follow)];
  return [...keyTable(inside), ...rules];
}

function keyTable(keys: readonly (readonly [string, Node])[]): string[] {
  const rows = keys.map(([name, { description = '' }]) => `| \`${name}\` | ${plain(description)} |`);
  return ['| key | meaning |', '| --- | --- |', ...rows, ''];
}

/** The map with fixed keys that a key holds, directly, in a list or for any name. */
function mapIn(node: Node): Node | null {
  if (node.properties !== undefined) return node;
  const { additionalProperties: any } = node;
  const inner = [node.items, typeof any === 'object' ? any : undefined, ...(node.anyOf ?? [])];
  const found = inner.flatMap((one) => (one === undefined ? [] : [mapIn(one)])).find((one) => one !== null);
  return found ?? null;
}

function policyTable(): string {
  const rows = POLICY_ROWS.map(({ key, about, builtInWords, parseInput }) => {
    const where = parseInput === null ? 'config' : 'config, input';
    return `| \`${key}\` | ${builtInWords} | ${where} | ${cell(about)} | \`${POLICY_EXAMPLES[key]}\` |`;
  });
  const head = ['| key | built in | where | meaning | example |', '| --- | --- | --- | --- | --- |'];
  return `${[...head, ...rows].join('\n')}\n`;
}

/** A description as a sentence of its own. */
function sentence(text: string): string {
  const whole = plain(text);
  return `${whole.charAt(0).toUpperCase()}${whole.slice(1)}.`;
}

function cell(text: string): string {
  return text.trim().replace(/\s+/g, ' ').replaceAll('|', '\\|');
}

/** A description of the schema: editors show it as it is, so nothing in it is Markdown. */
function plain(text: string): string {
  return cell(text).replace(/([*<>])/g, '\\$1');
}
