// `image:` wherever it stands. Each row names the page that describes the format.

import { describe, expect, it } from '@jest/globals';
import { readReferences } from '../../../src/config/formats/table.ts';
import type { Reader } from '../../../src/config/references/sources.ts';
import { D, FIELD, found, readText } from './read.ts';

type Row = readonly [name: string, source: string, text: string, wanted: readonly string[], file?: string];

/** Begins a variable, where a linter would take it for one of JavaScript. */
const V = '$';
const K8S = 'https://kubernetes.io/docs/concepts/containers/images/';
const VOLUME = 'https://kubernetes.io/docs/concepts/storage/volumes/#image';
const COMPOSE = 'https://docs.docker.com/reference/compose-file/services/#image';
const INTERPOLATION = 'https://docs.docker.com/reference/compose-file/interpolation/';
const HELM = 'https://helm.sh/docs/chart_best_practices/values/';
const TEMPLATES = 'https://helm.sh/docs/chart_template_guide/getting_started/';
const BITNAMI = 'https://github.com/bitnami/charts/blob/main/bitnami/nginx/values.yaml';
const KUSTOMIZE = 'https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/images/';
const GITLAB = 'https://docs.gitlab.com/ci/yaml/#image';
const ACTIONS =
  'https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idcontainer';
const YAML = 'https://yaml.org/spec/1.2.2/';
const JSON_SPEC = 'https://www.rfc-editor.org/rfc/rfc8259';
const MERGE = 'https://yaml.org/type/merge.html';

const ROWS: readonly Row[] = [
  ['a Pod', K8S, 'kind: Pod\nspec:\n  containers:\n  - name: a\n    image: x:1\n', ['5:12 x:1']],
  [
    'a Deployment with init containers',
    K8S,
    'spec:\n  template:\n    spec:\n      initContainers: [{image: i:1}]\n      containers:\n        - image: "x:2"\n',
    ['4:32 i:1', '6:18 x:2'],
  ],
  [
    'many documents',
    K8S,
    'image: a:1\n---\nimage: b:2\n---\n# nothing\n---\nimage: c:3\n',
    ['1:8 a:1', '3:8 b:2', '7:8 c:3'],
  ],
  ['documents that end with dots', YAML, 'image: a:1\n...\n---\nimage: b:2\n...\n', ['1:8 a:1', '4:8 b:2']],
  [
    'a List of objects',
    K8S,
    'kind: List\nitems:\n- spec: {image: a}\n- spec: {image: b}\n',
    ['3:17 a', '4:17 b'],
  ],
  ['a pinned image', K8S, `image: r.example:5000/a/b:1@${D}\n`, [`1:8 r.example:5000/a/b:1@${D}`]],
  [
    'a volume that is an image',
    VOLUME,
    'volumes:\n- name: v\n  image:\n    reference: q.example/a:1\n    pullPolicy: Always\n',
    ['4:16 q.example/a:1'],
  ],
  ['a schema of another kind is no reference', K8S, 'properties:\n  image:\n    type: string\n', []],
  ['a map that holds more images', K8S, 'image:\n  main:\n    image: a:1\n', ['3:12 a:1']],
  ['no value', HELM, 'image:\nother: 1\n', []],
  ['an empty value', HELM, 'image: ""\n', []],
  [
    'a number',
    HELM,
    'image: 3.10\n',
    ['f:1:8: error: YAML reads 3.10 as a number, not as text (write "3.10")'],
  ],
  [
    'a truth value',
    HELM,
    'image: true\n',
    ['f:1:8: error: YAML reads true as true or false, not as text (write "true")'],
  ],
  [
    'Compose services',
    COMPOSE,
    'services:\n  web:\n    image: nginx\n  db:\n    image: postgres:17\n',
    ['3:12 nginx', '5:12 postgres:17'],
  ],
  ['a variable', INTERPOLATION, `image: "web:${V}{TAG:-1}"\n`, [`1:8 web:${V}{TAG:-1} ?`]],
  ['a variable without braces', INTERPOLATION, 'image: web:$TAG\n', ['1:8 web:$TAG ?']],
  ['an output of a shell', INTERPOLATION, 'image: web:$(cat tag)\n', ['1:8 web:$(cat tag) ?']],
  [
    'repository and tag',
    HELM,
    'image:\n  repository: a/b\n  tag: "1"\n  pullPolicy: Always\n',
    ['2:15 a/b:1'],
  ],
  ['the tag first', HELM, 'image:\n  tag: v1\n  repository: a/b\n', ['3:15 a/b:v1']],
  [
    'a tag that is a number',
    HELM,
    'image:\n  repository: a/b\n  tag: 3.10\n',
    ['f:3:8: error: YAML reads 3.10 as a number, not as text (write "3.10")'],
  ],
  ['a tag that is left to the chart', HELM, 'image:\n  repository: a/b\n  tag:\n', ['2:15 a/b']],
  ['a tag with a digest', HELM, `image:\n  repository: a/b\n  tag: "1@${D}"\n`, [`2:15 a/b:1@${D}`]],
  [
    'registry, repository, tag, digest',
    BITNAMI,
    `image:\n  registry: docker.io\n  repository: bitnami/nginx\n  tag: 1.29\n  digest: ${D}\n`.replace(
      '1.29',
      '"1.29"',
    ),
    [`3:15 docker.io/bitnami/nginx:1.29@${D}`],
  ],
  [
    'an empty digest',
    BITNAMI,
    'image:\n  registry: q.example\n  repository: a\n  tag: "1"\n  digest: ""\n',
    ['3:15 q.example/a:1'],
  ],
  ['an empty registry', BITNAMI, 'image: {registry: "", repository: a, tag: b}\n', ['1:35 a:b']],
  ['a name for the repository', HELM, 'image:\n  name: a/b\n  tag: "1"\n', ['2:9 a/b:1']],
  [
    'a template in a part',
    HELM,
    'image:\n  repository: a\n  tag: "{{ .Chart.AppVersion }}"\n',
    ['2:15 a:{{ .Chart.AppVersion }} ?'],
  ],
  [
    'a part that is a list',
    HELM,
    'image:\n  repository: a\n  tag: [1]\n',
    ['f:3:3: error: "tag" is not text (write text after it)'],
  ],
  [
    'a part written twice',
    HELM,
    'image:\n  repository: a\n  tag: b\n  tag: c\n',
    ['2:15 a:b', 'f:4:3: error: the key "tag" is written twice (merge the two into one)'],
  ],
  [
    'a template in quotes',
    TEMPLATES,
    'image: "{{ .Values.x }}:{{ .Values.y }}"\n',
    ['1:8 {{ .Values.x }}:{{ .Values.y }} ?'],
  ],
  ['a template without quotes', TEMPLATES, 'a: 1\nimage: {{ .Values.x }}\n', ['2:8 {{ .Values.x }} ?']],
  [
    'a file that is a template',
    TEMPLATES,
    '{{- if .x }}\n- image: busybox:1.36 # why\n- image: "{{ .y }}"\n{{- end }}\n',
    ['2:10 busybox:1.36', '3:10 "{{ .y }}" ?'],
  ],
  ['a block in a template', TEMPLATES, '{{- if .x }}\nimage: >-\n  a\n{{- end }}\n', ['2:8 >- ?']],
  [
    'Kustomize: newTag',
    KUSTOMIZE,
    'kind: Kustomization\nimages:\n- name: postgres\n  newTag: "17"\n',
    ['3:9 postgres:17'],
  ],
  [
    'Kustomize: newName',
    KUSTOMIZE,
    'images:\n- name: postgres\n  newName: q.example/pg\n  newTag: v1\n',
    ['3:12 q.example/pg:v1'],
    'kustomization.yaml',
  ],
  [
    'Kustomize: digest',
    KUSTOMIZE,
    `images:\n- name: a\n  digest: ${D}\n`,
    [`2:9 a@${D}`],
    'base/kustomization.yml',
  ],
  [
    'Kustomize: tag and digest',
    KUSTOMIZE,
    `images:\n- name: a\n  newTag: v1\n  digest: ${D}\n`,
    [`2:9 a:v1@${D}`],
    'base/Kustomization',
  ],
  ['Kustomize: a name alone changes nothing', KUSTOMIZE, 'kind: Component\nimages:\n- name: a\n', []],
  ['a list of images elsewhere', KUSTOMIZE, 'images:\n- name: a\n  newTag: v1\n', []],
  [
    'Kustomize: a tag that is a number',
    KUSTOMIZE,
    'kind: Kustomization\nimages:\n- name: a\n  newTag: 1.10\n',
    ['f:4:11: error: YAML reads 1.10 as a number, not as text (write "1.10")'],
  ],
  [
    'an image with a name',
    GITLAB,
    'job:\n  image:\n    name: ruby:3.4\n    entrypoint: [""]\n',
    ['3:11 ruby:3.4'],
  ],
  ['a matrix', ACTIONS, 'matrix:\n  image: [debian:12, "debian:13"]\n', ['2:11 debian:12', '2:22 debian:13']],
  [
    'an expression',
    ACTIONS,
    `container:\n  image: ghcr.io/a/b:${V}{{ matrix.tag }}\n`,
    [`2:10 ghcr.io/a/b:${V}{{ matrix.tag }} ?`],
  ],
  ['single quotes', YAML, "image: 'a:1'\n", ['1:8 a:1']],
  ['an escape', YAML, 'image: "\\x61:1"\n', ['1:8 a:1']],
  ['folded', YAML, 'image: >-\n  a:1\nb: 1\n', ['2:3 a:1']],
  ['folded, without a hyphen', YAML, 'image: >\n  a:1\n\n\nb: 1\n', ['2:3 a:1']],
  ['literal, with a comment', YAML, 'image: | # why\n    a:1\n', ['2:5 a:1']],
  ['literal, with an indent', YAML, 'image: |1\n  a:1\n', ['2:2  a:1']],
  ['plain, over two lines', YAML, 'image:\n  a:1\n', ['2:3 a:1']],
  ['double, over two lines', YAML, 'image: "a\\\n  :1"\n', ['1:8 a:1']],
  ['flow over lines', YAML, '{\n  image: a:1, # why\n  b: [{image: "b:2"}]\n}\n', ['2:10 a:1', '3:15 b:2']],
  ['an explicit key', YAML, '? image\n: a:1\n', ['2:3 a:1']],
  ['a comment between', YAML, 'image:\n  # why\n  a:1\n', ['3:3 a:1']],
  [
    'an anchor and its aliases: once, at the anchor',
    YAML,
    'x: &i a:1\nb: {image: *i}\nc: {image: *i}\n',
    ['1:7 a:1'],
  ],
  [
    'an alias without an anchor',
    YAML,
    'image: *i\n',
    ['f:1:8: error: the alias *i has no anchor (to write text, write "*i")'],
  ],
  [
    'an anchor of another document',
    YAML,
    'x: &i a:1\n---\nimage: *i\n',
    ['f:3:8: error: the alias *i has no anchor (to write text, write "*i")'],
  ],
  ['a map that contains itself', YAML, 'a: &a\n  image: x:1\n  b: *a\n', ['2:10 x:1']],
  ['a merged map', MERGE, 'base: &b {image: a:1}\nc:\n  <<: *b\n', ['1:18 a:1']],
  [
    'a merged repository',
    MERGE,
    'base: &b {repository: a}\nc:\n  image:\n    <<: *b\n    tag: v1\nd:\n  image: {<<: *b, tag: v2}\n',
    ['1:23 a:v1', '1:23 a:v2'],
  ],
  ['a map that is merged into itself', MERGE, 'image: &a\n  <<: *a\n  repository: x\n', ['3:15 x']],
  ['a text by its tag', YAML, 'image: !!str 12\n', ['1:14 12']],
  ['a tag that is not known', YAML, 'image: !Ref Image\n', ['1:13 Image ?']],
  [
    'a key written twice',
    YAML,
    'image: a:1\nimage: b:2\n',
    ['1:8 a:1', '2:8 b:2', 'f:2:1: error: the key "image" is written twice (merge the two into one)'],
  ],
  ['YAML 1.1', 'https://yaml.org/spec/1.1/', '%YAML 1.1\n---\nimage: a:1\n', ['3:8 a:1']],
  ['CRLF', YAML, 'a: 1\r\nimage: a:1\r\n---\r\nimage: >-\r\n  b:2\r\n', ['2:8 a:1', '5:3 b:2']],
  ['a byte order mark', YAML, '\ufeffimage: a:1\n', ['1:8 a:1']],
  ['wide characters before', YAML, '{ä: "😀", image: a:1}\n', ['1:18 a:1']],
  ['JSON', JSON_SPEC, '{\n\t"containers": [{"image": "a:1"}]\n}\n', ['2:27 a:1']],
  ['JSON with escapes', JSON_SPEC, '{"image": "a\\/b:1"}', ['1:11 a/b:1']],
  [
    'JSON Lines',
    'https://jsonlines.org/',
    '{"image": "a:1"}\n{"image": "b:1"}\n',
    [
      'f:2:1: error: this line is not indented like those above it (line it up with the lines of its list or map)',
    ],
  ],
  [
    'not YAML',
    YAML,
    'image: a:1\n b: [\n',
    ['f:2:2: error: this line is indented too far (line it up with the lines of its list or map)'],
  ],
  [
    'a good document beside a bad one',
    YAML,
    'image: a:1\n---\nb: [\n',
    ['1:8 a:1', 'f:4:1: error: a closing ] is missing before this line (close the bracket with ])'],
  ],
  ['an empty file', YAML, '', []],
  ['nothing but comments', YAML, '# image: a:1\n', []],
];

describe('the field image', () => {
  it.each(ROWS)('%s (%s)', (_name, _source, text, wanted, file = 'f') => {
    expect(found(text, FIELD, file)).toEqual(wanted.map((line) => line.replace(/^f:/, `${file}:`)));
  });

  it('another field', () => {
    const reader = (field: string): Reader => ({ kind: 'field', field, approvedKey: null });
    expect(found('image: a:1\ncontainer_image: b:1\n', reader('container_image'))).toEqual(['2:18 b:1']);
    expect(found('images: [a:1, b:1]\n', reader('images'))).toEqual(['1:10 a:1', '1:15 b:1']);
    const kustomization = 'kind: Kustomization\nimages: [{name: a, digest: "sha256:1"}, {name: b}]\n';
    expect(found(kustomization, reader('images'))).toEqual(['2:17 a@sha256:1']);
  });
});

const bigMap = Array.from({ length: 10_000 }, (_, at) => `k${at}: 1`).join(',');

describe('bounds', () => {
  it.each<[string, Uint8Array, string]>([
    ['more than 1 MiB', new Uint8Array(1024 * 1024 + 1).fill(32), 'file-too-large'],
    ['binary', new Uint8Array([105, 0, 1]), 'control-character'],
    ['not UTF-8', new Uint8Array([105, 10, 0xff]), 'not-utf-8'],
    ['UTF-16', new Uint8Array([0xff, 0xfe, 105, 0]), 'not-utf-8'],
  ])('%s', (_name, bytes, rule) => {
    expect(readReferences(bytes, 'f', FIELD).mistakes.map((mistake) => mistake.rule)).toEqual([rule]);
  });

  it('50 levels are read, 52 are not', () => {
    const deep = (levels: number) => `${'['.repeat(levels)}{image: a:1}${']'.repeat(levels)}`;
    expect(found(deep(48), FIELD)).toEqual(['1:57 a:1']);
    expect(readText(deep(52), FIELD).mistakes.map(({ rule }) => rule)).toEqual(['nested-too-deep']);
  });

  it('maps merged without end are cut', () => {
    const maps = Array.from({ length: 300 }, (_, at) => `a${at}: &a${at} {<<: *a${at - 1}}`).slice(1);
    const text = `a0: &a0 {repository: x}\n${maps.join('\n')}\nimage: *a299\n`;
    expect(readText(text, FIELD).mistakes.map(({ rule }) => rule)).toContain('too-many-values');
  });

  it.each<[string, string, string?]>([
    ['line breaks', `image: |\n  x${'\n'.repeat(900_000)}  y\n`],
    ['aliases of a large map', `a: &a {${bigMap}}\nb:\n${'- image: *a\n'.repeat(10_000)}`],
    ['aliases of a large list', `a: &a [${'x:1,'.repeat(10_000)}]\nb:\n${'- image: *a\n'.repeat(10_000)}`],
    ['lists of aliases', `a: &a {${bigMap}}\nimage: [${'*a,'.repeat(10_000)}]`],
    [
      'a large map merged',
      `a: &a {${bigMap}}\nb:\n${'- image: {<<: *a}\n'.repeat(10_000)}`,
      'too-many-values',
    ],
    ['spaces', `image: "x" # fresh-mirror-ignore: ${' '.repeat(900_000)}y\n`, 'invalid-ignore'],
    ['comments', `${'# fresh-mirror-ignore: gone — x\n'.repeat(10_000)}image: x\n`],
    ['templates', `{{\n${'image: x\n'.repeat(100_000)}`, 'too-many-values'],
    ['sites', 'image: x\n---\n'.repeat(70_000), 'too-many-values'],
  ])('%s without end are read once, or cut', (_name, text, rule = '') => {
    const rules = new Set(readText(text, FIELD).mistakes.map((mistake) => mistake.rule));
    expect([...rules]).toEqual(rule === '' ? [] : [rule]);
  });

  it('aliases of aliases stand for one site', () => {
    const text = `a: &a {image: x:1}\n${Array.from({ length: 20 }, (_, at) => `b${at}: &b${at} [*a, *a]`).join('\n')}\n`;
    expect(found(text, FIELD)).toEqual(['1:15 x:1']);
  });
});
