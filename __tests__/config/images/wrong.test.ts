// Wrong configs: each row is one mistake, with its place and the words that repair it.

import { describe, expect, it } from '@jest/globals';
import { RULES } from '../../../src/base/errors/diagnostic.ts';
import { parseConfig } from '../../../src/config/images/parse.ts';
import { KEYS, PLANNED } from '../../../src/config/images/schema.ts';
import { LINT_RULES } from '../../../src/config/references/lint-rules.ts';
import { errorsIn, item, tags, told, top } from './told.ts';

const SHA = `sha256:${'0'.repeat(64)}`;
const OTHER = `sha256:${'1'.repeat(64)}`;

// place, words, config
const YAML_ROWS: readonly (readonly [string, string, string | Uint8Array])[] = [
  ['1:1', 'the file is empty', ''],
  ['1:1', 'the file is empty', '# only a comment\n'],
  ['1:1', 'expected a map, found "ruby:3.4"', 'ruby:3.4\n'],
  ['1:1', 'expected a map, found a list', '- ruby:3.4\n'],
  ['1:1', 'bytes (at most 1 MiB', `#${'x'.repeat(1024 * 1024)}`],
  ['3:1', 'not UTF-8', Uint8Array.of(97, 58, 10, 35, 0xc3, 0xa4, 10, 35, 0xff, 10)],
  ['1:4', 'a control character here, U+0000', 'a: \u0000'],
  ['2:3', 'a control character here, U+001B', 'a:\n- \u001b[31m'],
  ['2:4', 'a control character here, U+0085', 'a:\n - \u0085'],
  ['1:52', 'nested more than 50 levels deep', '['.repeat(100_000)],
  ['1:103', 'nested more than 50 levels deep', '- '.repeat(2000)],
  [
    '51:51',
    'nested more than 50 levels deep',
    Array.from({ length: 60 }, (_, at) => `${' '.repeat(at)}a:`).join('\n'),
  ],
  ['2:1', 'a second YAML document begins here', 'images: [a:b]\n---\nimages: [c:d]\n'],
  ['1:1', 'asks for YAML 1.1', '%YAML 1.1\n---\nimages: [a:b]\n'],
  ['2:1', 'this line is indented with a tab', 'images:\n\t- ruby:3.4\n'],
  ['3:1', 'the key "images" is written twice', 'mirror: ghcr.io/acme/m\nimages: [a:b]\nimages: [c:d]\n'],
  ['3:17', 'there is a YAML tag here, "tag:yaml.org,2002:js/function"', item('- !!js/function "x"')],
  [
    '1:18',
    'there is a YAML tag here, "tag:yaml.org,2002:binary"',
    'mirror: !!binary Z2hjci5pbw==\nimages: [a:b]',
  ],
  ['3:1', 'there is a YAML tag here, "!mine"', 'mirror: ghcr.io/m\nimages: !mine\n- a:b\n'],
  ['2:9', 'the alias *nothing has no anchor', 'mirror: ghcr.io/m\nimages: *nothing\n'],
  ['4:11', 'the alias *-slim has no anchor (to write text, write "*-slim")', tags('[ *-slim ]')],
  ['2:13', 'the alias *a contains itself', 'mirror: ghcr.io/m\nimages: &a [*a]\n'],
  ['1:4', 'begin with this character', 'a: @x\n'],
  ['2:1', 'a closing ] is missing before this line', 'a: [b\n'],
  ['2:1', 'a closing " is missing', 'a: "b\n'],
  ['3:1', 'not indented like those around it', 'a:\n  b: 1\n c: 2\n'],
  ['1:4', 'there is a second colon with a space on this line', 'a: b: c\n'],
  ['2:3', 'this key is a list or a map', top('? [a]\n: b')],
  ['2:1', 'the key 3.10 is not text (write "3.10")', top('3.10: x')],
  ['2:1', 'a key cannot be called "__proto__"', top('__proto__: {}')],
];

const PLATFORM_ROWS: readonly (readonly [string, string, string])[] = [
  ['3:30', '"arm46" has no known architecture', item('- {source: ruby, platforms: [arm46], tags: a}')],
  ['3:35', 'YAML reads 386 as a number', item('- {source: ruby, platforms: [arm, 386], tags: a}')],
  ['2:34', 'YAML reads 386 as a number', top('defaults: {  expected-platforms: 386}')],
  ['2:34', '"amd46" has no known architecture', top('defaults: {  expected-platforms: "arm64, amd46"}')],
  ['2:28', 'write refuse, hybrid or accept', top('defaults: {lost-platforms: keep}')],
  ['2:27', '"{tag}-{os}" makes x-linux of linux/amd64', top('defaults: {platform-tags: "{tag}-{os}"}')],
  ['2:27', 'known placeholders are {tag} {arch}', top('defaults: {platform-tags: "{tag}-{cpu}"}')],
  [
    '3:12',
    'expected-platforms names linux/s390x',
    item('- {source: ruby, tags: a, platforms: [amd64], expected-platforms: [s390x]}'),
  ],
  [
    '3:12',
    'makes x-amd64 of linux/amd64 and windows/amd64',
    item('- {source: ruby, tags: a, platforms: [amd64, windows/amd64], platform-tags: "{tag}-{arch}"}'),
  ],
  [
    '3:10',
    'this reference is pinned, but',
    `mirror: a.io/m\ndefaults: {platforms: [amd64]}\nimages: [x/y:a@${SHA}]`,
  ],
  [
    '4:3',
    'so the index gets another digest',
    item(`- {source: x/y, tags: b, platforms: [amd64]}\n- x/y:a@${SHA}`),
  ],
  [
    '4:12',
    'platforms is linux/amd64 here but not set at',
    item('- x/y:a\n- {source: x/y, tags: b, platforms: [amd64]}'),
  ],
  [
    '4:12',
    'platform-tags is {tag}-{arch} here but not set',
    item('- x/y:a\n- {source: x/y, tags: b, platform-tags: "{tag}-{arch}"}'),
  ],
];

const SCHEMA_ROWS: readonly (readonly [string, string, string])[] = [
  ['1:1', 'the config has no images', 'mirror: ghcr.io/acme/m\n'],
  ['2:8', 'the config has no images', 'mirror: ghcr.io/acme/m\nimages:\n'],
  ['2:9', 'this list is empty (write images:', 'mirror: ghcr.io/acme/m\nimages: []\n'],
  ['2:9', 'expected a list, found "ruby:3.4"', 'mirror: ghcr.io/acme/m\nimages: ruby:3.4\n'],
  ['1:1', 'neither this file nor the input mirror says', 'images: [ruby:3.4]\n'],
  ['1:9', 'does not name a registry', 'mirror: acme/m\nimages: [ruby:3.4]\n'],
  ['1:8', 'mirror has no value', 'mirror:\nimages: [ruby:3.4]\n'],
  ['1:9', 'YAML reads 12 as a number', 'mirror: 12\nimages: [ruby:3.4]\n'],
  ['2:1', 'did you mean mirror-path?', top('mirrorPath: "{name}"')],
  ['2:1', 'did you mean read-from?', top('read_from: {}')],
  ['2:1', 'known keys are mirror, mirror-path', top('constructor: x')],
  ['2:1', 'on-failure" is not known here (write it under defaults', top('on-failure: keep')],
  ['2:14', 'has "{tag}" (known placeholders are', top('mirror-path: "{tag}"')],
  ['2:14', 'expected text, found a list', top('mirror-path: [x]')],
  ['2:12', 'expected a map, found "x"', top('read-from: x')],
  ['2:13', '"a/b" is not a valid registry host', top('read-from: {a/b: c.io}')],
  ['2:24', '"c d" is not a valid registry host', top('read-from: {docker.io: c d}')],
  ['2:24', 'an unknown template', top('read-from: {docker.io: "c.io/{name}"}')],
  ['2:30', 'another spelling of docker.io', top('read-from: {docker.io: a.io, index.docker.io: b.io}')],
  [
    '2:12',
    'more than 100 rules',
    top(`read-from: {${Array.from({ length: 101 }, (_, at) => `h${at}.io: a.io`).join(', ')}}`),
  ],
  ['2:14', '"ghcr.io:99999" has port 99999', top('registries: {"ghcr.io:99999": {}}')],
  ['2:28', 'another spelling of ghcr.io', top('registries: { ghcr.io: {}, GHCR.io: {} }')],
  ['2:23', 'expected a map, found 5', top('registries: {ghcr.io: 5}')],
  ['2:24', 'did you mean concurrency?', top('registries: {ghcr.io: {concurency: 3}}')],
  // The names that people give to hosts are no keys: each of these is a setting of a host.
  ...['patches', 'follow', 'defaults', 'registries', 'pull-request', 'images'].map(
    (host) =>
      [
        `2:${host.length + 17}`,
        '"htp" is not known here (did you mean http? known keys are http, ca',
        top(`registries: {${host}: {htp: true}}`),
      ] as const,
  ),
  ['2:22', 'expected text, found a map', top('read-from: {patches: {lines: 3}}')],
  ['2:21', 'expected text, found a map', top('read-from: {follow: {tags: N}}')],
  [
    '5:34',
    '"most" is not known here (known keys are lines, max)',
    tags('"1.2"\n  follow: [{tags: N.N, patches: {most: 3}}]'),
  ],
  ['2:22', '"newest" is not known here (known keys are lines, max)', top('defaults: {patches: {newest: 3}}')],
  ['2:30', 'expected true or false, found "yes"', top('registries: {ghcr.io: {http: yes}}')],
  ['2:28', 'path of the certificates is empty', top('registries: {ghcr.io: {ca: ""}}')],
  ['2:45', '0 is too small (write more than 0)', top('registries: {ghcr.io: {requests-per-second: 0}}')],
  [
    '2:45',
    '1001 is too large (write at most 1000)',
    top('registries: {ghcr.io: {requests-per-second: 1001}}'),
  ],
  ['2:45', 'expected a number, found "4"', top('registries: {ghcr.io: {requests-per-second: "4"}}')],
  ['2:37', 'expected a whole number, found 1.5', top('registries: {ghcr.io: {concurrency: 1.5}}')],
  ['2:37', '0 is too small (write at least 1)', top('registries: {ghcr.io: {concurrency: 0}}')],
  ['2:10', 'defaults has no value', top('defaults:')],
  ['2:24', 'on-failure is "never" (write keep or rollback)', top('defaults: {on-failure: never}')],
  ['2:20', 'verify is "full" (write tags or deep)', top('defaults: {verify: full}')],
  ['3:3', 'expected an entry, found a list', item('- [ruby:3.4]')],
  ['3:3', 'YAML reads 3.4 as a number', item('- 3.4')],
  ['3:3', '"ruby" has no tag (write ruby:latest', item('- ruby')],
  ['3:3', 'has a pattern (write source: ruby and tags: ["3.*"])', item('- ruby:3.*')],
  ['3:3', `has no tag for the mirror (write quay.io/a/b:TAG@sha256:…)`, item(`- quay.io/a/b@${SHA}`)],
  ['3:3', 'has 3 digits (sha256 has 64', item('- ruby:3.4@sha256:abc')],
  ['3:3', 'upper-case letters', item('- ghcr.io/Acme/app:1')],
  ['3:3', '".." is not a valid part of a repository', item('- ghcr.io/a/../b:1')],
  ['3:3', '"a//b" has an empty part', item('- ghcr.io/a//b:1')],
  ['3:3', 'holds credentials', item('- joe:secret@ghcr.io/a/b:1')],
  ['3:3', 'leave out docker://', item('- docker://ruby:3.4')],
  ['3:3', '"-x" is not a valid tag', item('- ruby:-x')],
  ['3:3', 'this entry has no source', item('- tags: [a]')],
  ['3:3', 'this entry has no tags', item('- source: ruby')],
  ['3:3', 'the key "tag" is not known here (did you mean tags?', item('- tag: x\n  source: ruby\n  tags: y')],
  ['3:10', 'this entry has no source', item('- source:\n  tags: y')],
  ['3:11', 'has a tag (write source: ruby and tags: ["3.4"])', item('- source: ruby:3.4\n  tags: [x]')],
  ['3:11', 'has a digest', item(`- source: ruby@${SHA}\n  tags: [x]`)],
  ['3:11', 'has a space', item('- source: "ru by"\n  tags: [x]')],
  ['3:11', 'expected text, found a map', item('- source: {a: b}\n  tags: [x]')],
  [
    '3:24',
    '"{name}" has a placeholder (write the repository itself',
    item('- {source: ruby, to:   "{name}", tags: a}'),
  ],
  ['3:22', '"a/ruby:3" is more than a repository', item('- {source: ruby, to: "a/ruby:3", tags: a}')],
  ['3:22', '"base/" ends with a slash (write base)', item('- {source: ruby, to: base/, tags: a}')],
  ['3:22', '"Base" has upper-case letters', item('- {source: ruby, to: Base, tags: a}')],
  [
    '3:22',
    'to begins with the registry of the mirror, ghcr.io',
    item('- {source: ruby, to: ghcr.io/base, tags: a}'),
  ],
  [
    '1:9',
    '"ghcr.io/acme/" ends with a slash (write ghcr.io/acme)',
    'mirror: ghcr.io/acme/\nimages: [ruby:3.4]\n',
  ],
  ['2:24', '"c.io/hub/" ends with a slash (write c.io/hub)', top('read-from: {docker.io: c.io/hub/}')],
  ['4:9', 'this list is empty (write tags:', tags('[]')],
  ['4:9', 'expected a tag or a list of tags, found a map', tags('{a: b}')],
  ['4:9', 'YAML reads 3.10 as a number, not as text (write "3.10")', tags('3.10')],
  ['4:10', 'YAML reads 12 as a number, not as text (write "12")', tags('[12]')],
  ['4:10', '(write "1e3")', tags('[1e3]')],
  ['4:10', '(write "0x1F")', tags('[0x1F]')],
  ['4:10', '(write "010")', tags('[010]')],
  ['4:10', '(write ".5")', tags('[.5]')],
  ['4:10', 'YAML reads true as a boolean', tags('[true]')],
  ['4:10', 'YAML reads null as null', tags('[null]')],
  ['4:10', '(write "~")', tags('[~]')],
  ['4:10', 'expected text, found a list', tags('[[a]]')],
  ['4:10', 'a tag is empty', tags('[""]')],
  ['4:9', 'a tag is empty', tags('"a,,b"')],
  ['4:10', '"a b" is not a valid tag', tags('[a b]')],
  ['4:10', '"ruby:3" is a whole reference', tags('["ruby:3"]')],
  ['4:10', 'followed by a digest here (write a pinned image', tags(`["3.4@${SHA}"]`)],
  ['4:10', 'tags never have "^"', tags('["^(a+)*$"]')],
  ['4:10', 'tags never have "/"', tags('["slim/*"]')],
  ['4:10', 'close the bracket', tags('["3.[789"]')],
  ['4:10', '300 characters long', tags(`["${'*a'.repeat(150)}"]`)],
  ['5:13', 'tags never have " "', tags('"*"\n  exclude: ["* rc"]')],
  ['5:12', 'this list is empty', tags('"*"\n  exclude: []')],
  ['2:1', '"new-tags" is not known here (write it under defaults:', top('new-tags: report')],
  ['5:13', '"reports" is not a new-tags action', tags('"1.2"\n  new-tags: reports')],
  ['2:22', '"mirror issue" is not a new-tags action', top('defaults: {new-tags: mirror issue}')],
  ['5:10', 'alert is "mail" (write none or issue)', tags('"1.2"\n  alert: mail')],
  ['5:16', 'granularity is "minor" (write listed or patch)', tags('"1.2"\n  granularity: minor')],
  ['5:20', '0 is too small', tags('"1.2"\n  patches: {lines: 0}')],
  ['5:18', 'expected a number, found "none"', tags('"1.2"\n  patches: {max: none}')],
  ['5:13', '"newest" is not known here (known keys are lines, max)', tags('"1.2"\n  patches: {newest: 3}')],
  ['5:16', 'expected true or false, found "maybe"', tags('"1.2"\n  prereleases: maybe')],
  ['5:12', '0 is too small', tags('"1.2"\n  recheck: 0')],
  ['5:19', '"3.4" is not a form of tags', tags('"1.2"\n  follow: [{tags: "3.4"}]')],
  ['5:30', 'YAML reads 1.25 as a number', tags('"1.2"\n  follow: [{tags: N.N, from: 1.25}]')],
  ['5:30', '"x" is not a valid version', tags('"1.2"\n  follow: [{tags: N.N, from: x}]')],
  ['5:31', '"y" is not a valid version', tags('"1.2"\n  follow: [{tags: N.N, below: y}]')],
  ['5:19', 'no version is at least "2"', tags('"1.2"\n  follow: [{tags: N.N, from: "2", below: "1"}]')],
  [
    '5:19',
    'does not say where to start: no listed tag has this form',
    tags('"1.2"\n  follow: [{tags: N.N-alpine}]'),
  ],
  ['5:29', '-1 is too small', tags('"1.2"\n  follow: [{tags: N.N, max: -1}]')],
  ['5:12', '"a b" is not a valid tag', tags('"1.2"\n  ignore: ["a b"]')],
  ['2:16', '"branch" is not known here (known keys are base', top('pull-request: {branch: x}')],
  ['2:24', 'expected text or a list, found a map', top('pull-request: {labels: {x: y}}')],
  ['2:30', 'expected text, found a list', top('pull-request: {title-prefix: [x]}')],
  ['2:22', 'YAML reads 1 as a number', top('pull-request: {base: 1}')],
  ['2:28', 'this text is empty', top('pull-request: {reviewers: [""]}')],
  ['5:15', 'on-failure is a number (write keep or rollback)', tags('"*"\n  on-failure: 1')],
  ['2:14', 'two sources', top('references: [{file: a, files: b, key: c}]')],
  ['2:14', 'two sources', top('references: [{dockerfiles: a, list: b, exclude: c}]')],
  ['2:14', 'list has no use for field', top('references: [{list: a, field: b}]')],
  ['2:14', 'list has no use for approved-key', top('references: [{list: a, approved-key: b}]')],
  ['2:12', 'not a registry', top('approved: [acme]')],
  ...LINT_RULES.map((rule) => {
    const column = 'lint: {rules: {'.length + rule.length + 3;
    return [`2:${column}`, 'write error, warning, note or off', top(`lint: {rules: {${rule}: 1}}`)] as const;
  }),
];

const JOIN_ROWS: readonly (readonly [string, string, string])[] = [
  [
    '4:3',
    'the tag a is pinned in one place and listed in another, images.yaml:3:3',
    item(`- x/y:a\n- x/y:a@${SHA}`),
  ],
  [
    '4:3',
    'the tag a is pinned to another digest at images.yaml:3:3',
    item(`- x/y:a@${SHA}\n- x/y:a@${OTHER}`),
  ],
  [
    '4:3',
    'quay.io/x/y and x/y (images.yaml:3:3) both go to ghcr.io/acme/m/x/y (write mirror-path: "{registry}',
    item('- x/y:a\n- quay.io/x/y:a'),
  ],
  ['3:3', 'overlap', item('- ghcr.io/acme/m/x:a')],
  ['3:3', 'overlap', item('- ghcr.io/acme:a')],
  ['2:10', 'overlap', 'mirror: localhost:5000\nimages: [localhost:5000/x/y:a]'],
  [
    '2:10',
    'which is a source at images.yaml:2:31',
    'mirror: localhost:5000\nimages: [quay.io/q/y:a,       localhost:5000/x/quay.io/y:b]\nmirror-path: "x/{registry}/{name}"',
  ],
  [
    '2:10',
    'has no valid name on the mirror',
    'mirror: ghcr.io/acme/m\nimages: ["[::1]:5000/x:a"]\nmirror-path: "{registry}/{repository}"',
  ],
];

// Slips of a first hour: what is said leads to what was meant, and one slip is one mistake.
const SLIP_ROWS: readonly (readonly [string, string, string])[] = [
  [
    '2:28',
    'constructor has no value (write a map, or remove constructor)',
    top('registries: { constructor: }'),
  ],
  ['2:24', 'valueOf has no value', top('registries: { valueOf: }')],
  ['2:23', 'images has no value', top('registries: { images: }')],
  [
    '3:3',
    '"constructor:abc" is not a valid digest (write sha256: and 64 hex',
    item('- ruby:3@constructor:abc'),
  ],
  ['3:2', 'this item is empty (write something after the hyphen, or remove it)', item('-\n- ruby:3')],
  ['6:5', 'this item is empty', tags('\n   - a\n   -')],
  [
    '4:3',
    'merge keys (<<) are not read (write the keys out here',
    item('- &b {source: ruby, tags: [a]}\n- <<: *b'),
  ],
  [
    '2:14',
    'text that begins with { needs quotes (write mirror-path: "{registry}/{repository}")',
    top('mirror-path: {registry}/{repository}'),
  ],
  [
    '2:28',
    'needs quotes (write platform-tags: "{tag}-{arch}")',
    top('defaults: { platform-tags: {tag}-{arch} }'),
  ],
  ['2:14', '{repository} without quotes is a map (write "{repository}")', top('mirror-path: {repository}')],
  ['4:10', '"N.N-slim" is a form with N for a number, not a tag (write it under follow', tags('[N.N-slim]')],
  ['3:3', '"N-slim" is a form with N for a number', item('- ruby:N-slim')],
  ['3:3', 'there is a space in ruby: 3.4 (write - ruby:3.4)', item('- ruby: 3.4')],
  ['3:3', '"ruby" is followed by a colon, which makes a map of it', item('- ruby: ["3.4"]')],
  [
    '4:3',
    'and a single reference has no room for platform-tags: write it under defaults:',
    item('- {source: x/y, tags: b, platform-tags: "{tag}-{arch}"}\n- x/y:a'),
  ],
  ['3:4', 'did you mean source?', item('- {sorce: ruby, tags: [a]}')],
  ['3:18', 'did you mean tags?', item('- {source: ruby, tag: [a]}')],
  ['3:4', 'did you mean source?', item('- {image: ruby, tags: [a]}')],
  ['2:1', 'did you mean images?', 'mirror: ghcr.io/m\nimage: [ruby:3]\n'],
  ['1:1', 'did you mean mirror?', 'miror: ghcr.io/m\nimages: [ruby:3]\n'],
  ['1:9', ' … }} is not evaluated in this file', `mirror: \${{ vars.MIRROR }}\nimages: [ruby:3]\n`],
  ['3:3', ' … }} is not evaluated in this file', item(`- "ruby:\${{ matrix.tag }}"`)],
  ['4:10', ' … }} is not evaluated in this file', tags(`[\${{ vars.TAG }}]`)],
  [
    '2:8',
    'images is empty: the entry after it is not indented',
    'mirror: a.io/m\nimages:\nsource: ruby\ntags: [a]\n',
  ],
  ['4:3', 'if the two are one, remove this hyphen', item('- source: ruby\n- tags: [a]')],
  ['4:4', 'this line is indented too far', item('- source: ruby\n   tags: [a]')],
  [
    '6:5',
    'this line is not indented like those around it',
    item('- source: ruby\n  tags:\n      - a\n    - b'),
  ],
  ['3:3', 'the next line is read as a part of this text', item('- ruby:3\n - perl:5')],
  ['3:1', 'a space is missing after the hyphen (write - source: ruby)', item('-source: ruby\n tags: [a]')],
  ['4:3', 'a space is missing after the colon (write tags: ["3"])', item('- source: ruby\n  tags:["3"]')],
  ['3:3', 'a space is missing after the colon (write source: ruby)', item('- source:ruby\n  tags: ["3"]')],
  ['3:3', 'ruby is not followed by a colon (write - source: ruby)', item('- ruby\n  tags: ["3"]')],
  ['2:1', 'images is not followed by a colon (write images:)', 'mirror: a.io/m\nimages\n  - ruby:3\n'],
  ['4:9', 'several texts with commas between them need brackets (write ["3", "4"])', tags('"3", "4"')],
  ['4:14', 'a comma is missing before this', tags('["3" "4"]')],
  ['4:15', 'a " is missing on this line', tags('["3, "4"]')],
];

// Files of other tools, as their own documents show them.
const OTHER_TOOLS: readonly (readonly [string, string])[] = [
  [
    'a regsync file',
    'version: 1\ncreds:\n- registry: a.io\nsync:\n- source: busybox:latest\n  target: a.io/busybox:latest\n  type: image\n',
  ],
  [
    'a skopeo sync file',
    'registry.example.com:\n  images:\n    busybox: []\n    redis: ["1.0"]\nquay.io:\n  tls-verify: false\n  images-by-tag-regex: {coreos/etcd: ^v3}\n',
  ],
  [
    'an image-syncer file',
    'auth: {quay.io: {username: x}}\nimages:\n  quay.io/coreos/etcd: a.io/coreos/etcd\n',
  ],
  ['an image-syncer file', 'quay.io/coreos/etcd:3.3: a.io/coreos/etcd\nnginx/nginx: [a.io/n/n, b.io/n/n]\n'],
  [
    'a dregsy file',
    'relay: skopeo\ntasks:\n- name: a\n  interval: 60\n  source: {registry: a.io}\n  target: {registry: b.io}\n  mappings: [{from: x/y, tags: [a]}]\n',
  ],
  [
    'a sinker file',
    'target: {host: a.io, repository: m}\nsources:\n- repository: coreos/etcd\n  host: quay.io\n  tag: v3\n',
  ],
  ['a Docker Compose file', 'services: {web: {image: "nginx:1"}}\n'],
  ['a Kubernetes manifest', 'apiVersion: v1\nkind: Pod\n'],
  ['a workflow of GitHub Actions', 'name: x\non: push\njobs: {a: {runs-on: ubuntu-latest}}\n'],
];

// `to` of entries, and what fights over a repository of the mirror because of it.
const TO_ROWS: readonly (readonly [string, string, string])[] = [
  [
    '4:22',
    'to is b here but a at images.yaml:3:22, for the same source',
    item('- {source: ruby, to: a, tags: x}\n- {source: ruby, to: b, tags: y}'),
  ],
  [
    '4:12',
    'perl and ruby (images.yaml:3:12) both go to ghcr.io/acme/m/base',
    item('- {source: ruby, to: base, tags: x}\n- {source: perl, to: base, tags: y}'),
  ],
  [
    '4:3',
    'library/perl and perl (images.yaml:3:12) both go to'.replace(
      'library/perl and perl',
      'quay.io/x/y and perl',
    ),
    item('- {source: perl, to: x/y, tags: x}\n- quay.io/x/y:a'),
  ],
];

describe('a wrong config', () => {
  it.each(YAML_ROWS)('YAML, %s: %s', (place, words, config) => {
    const lines = told(config);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(words);
    expect(lines[0]).toMatch(new RegExp(`^images\\.yaml:${place}: error: `));
  });

  it.each([...SCHEMA_ROWS, ...PLATFORM_ROWS, ...JOIN_ROWS, ...TO_ROWS, ...SLIP_ROWS])(
    '%s: %s',
    (place, words, config) => {
      const lines = told(config);
      expect(lines).toHaveLength(1);
      expect(lines[0]).toContain(words);
      expect(lines[0]).toMatch(new RegExp(`^images\\.yaml:${place}: error: `));
    },
  );

  it.each(Object.entries(PLANNED).flatMap(([level, keys]) => keys.map((key) => [level, key])))(
    'a key of a later version, %s %s, says so',
    (level, key) => {
      const row = { config: top(`${key}: x`), defaults: top(`defaults: {${key}: x}`) }[level];
      expect(told(row ?? item(`- {${key}: x, source: ruby, tags: x}`))).toEqual([
        expect.stringContaining(`error: ${key} is not supported yet (remove ${key})`),
      ]);
    },
  );

  it('a planned policy at the top is not supported yet either', () => {
    expect(told(top('pins: report'))).toEqual([
      expect.stringContaining('2:1: error: pins is not supported yet'),
    ]);
  });

  it.each(OTHER_TOOLS)('%s is known for what it is', (name, text) => {
    const lines = told(text);
    expect(lines).toEqual([
      expect.stringContaining(`images.yaml:1:1: error: this is ${name}, not an images config (`),
    ]);
  });

  it('tells mistakes of the schema beside those of YAML itself', () => {
    const lines = told(`mirror: ghcr.io/acme/m
images:
- {source: ruby, tags: *nothing}
- {source: python, tags: [3.10]}
- !!set {a}
- {source: perl}
images: []
mirror: acme
defaults: {typo: 1}
`);
    const places = lines.map((line) => line.split(' ', 1)[0]);
    const at = ['3:24', '4:27', '5:9', '6:3', '7:1', '8:1', '9:12'];
    expect(places).toEqual(at.map((place) => `images.yaml:${place}:`));
  });

  it('tells every mistake at once, in the order of the file', () => {
    const lines = told(`mirror: acme
typo: 1
registries: {ghcr.io: {http: 1}}
images:
- ruby
- source: python
  tags: [3.10, latest, "a b"]
- x/y:a
- x/y:a@${SHA}
- joined/z:a@${SHA}
- source: joined/z
  tags: [a]
`);
    const places = lines.map((line) => line.split(' ', 1)[0]);
    const at = ['1:9', '2:1', '3:30', '5:3', '7:10', '7:24', '9:3', '12:10'];
    expect(places).toEqual(at.map((place) => `images.yaml:${place}:`));
  });

  it('tells the first hundred of very many', () => {
    const config = item('- ruby\n'.repeat(5000));
    expect(told(config)).toHaveLength(100);
    expect(() => parseConfig(new TextEncoder().encode(config), 'a.yaml')).toThrow('a.yaml has 5000 mistakes');
  });

  it('names a rule of the closed list for every mistake, and the list has no rule that is never broken', () => {
    const rows = [...YAML_ROWS, ...SCHEMA_ROWS, ...PLATFORM_ROWS, ...JOIN_ROWS, ...TO_ROWS, ...SLIP_ROWS];
    const configs = [...rows.map(([, , text]) => text), ...OTHER_TOOLS.map(([, text]) => text)];
    const long = ['k: [', 'a,'.repeat(50_001), ']'].join('');
    const aliases = `a: &a [${'x,'.repeat(500)}]\nb: [*a, *a, *a]\n`;
    const broken = [...configs, long, aliases, top('pins: report')].flatMap(errorsIn).map(({ rule }) => rule);
    expect(broken.filter((rule) => !RULES.includes(rule))).toEqual([]);
    // What is listed twice or does nothing is a warning, and what no row shows is the last resort for a check that zod adds one day.
    const alone = ['duplicate-tag', 'invalid-value', 'no-effect'];
    // Mistakes of files that the config only names: __tests__/files/references.test.ts, __tests__/config/formats.
    const elsewhere = [
      'invalid-ignore',
      'missing-file',
      'no-matching-file',
      'too-many-files',
      'unreadable-file',
    ];
    const others = [...alone, ...elsewhere].toSorted();
    expect(RULES.filter((rule) => !broken.includes(rule)).toSorted()).toEqual(others);
  });

  it.each([
    ['not-a-string', tags('3.10')],
    ['invalid-tag', tags('[a b]')],
    ['unknown-key', top('mirrorPath: "{name}"')],
    ['invalid-choice', top('defaults: {verify: full}')],
    ['invalid-platform', item('- {source: ruby, platforms: [arm46], tags: a}')],
    ['out-of-range', top('registries: {ghcr.io: {concurrency: 0}}')],
    ['conflicting-tag', item(`- x/y:a@${SHA}\n- x/y:a@${OTHER}`)],
  ])('breaks the rule %s: %j', (rule, config) => {
    expect(errorsIn(config)).toEqual([expect.objectContaining({ rule })]);
  });

  it('tells of a wrong platform and of missing tags in one entry at once', () => {
    expect(told(item('- {source: ruby, platforms: [arm46]}'))).toHaveLength(2);
  });

  it('knows many reasons', () => {
    expect(
      new Set([...YAML_ROWS, ...SCHEMA_ROWS, ...JOIN_ROWS].map(([, words]) => words)).size,
    ).toBeGreaterThan(80);
  });

  it('every key of the schema stands in a row', () => {
    const all = [...SCHEMA_ROWS, ...PLATFORM_ROWS].map(([, , config]) => config).join('\n');
    const missing = Object.values(KEYS)
      .flat()
      .filter((key) => !all.includes(`${key}:`));
    expect(missing).toEqual([]);
  });
});
