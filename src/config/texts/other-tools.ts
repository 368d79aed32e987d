// Files of other tools, which people try first: recognised by their keys, so that one sentence says what the file is and
// what its parts are called here.

import type { Words } from '../../base/errors/diagnostic.ts';

type Fields = Readonly<Record<string, unknown>>;

type Tool = {
  readonly file: string;
  /** What its file is called where it is imported; null where it cannot be. */
  readonly format: string | null;
  readonly hint: string;
  readonly isIts: (file: Fields) => boolean;
};

/** How a config of another tool becomes an images config: nothing is installed, the program is in the repository. */
const IMPORT =
  'git clone --depth 1 https://github.com/fresh-mirror/fresh-mirror ../fresh-mirror && node ../fresh-mirror/bin/fresh-mirror import';
const ELSEWHERE = 'the images config is a separate file: give its path as the input config';

const SKOPEO_KEYS = [
  'images',
  'images-by-tag-regex',
  'images-by-semver',
  'credentials',
  'tls-verify',
  'cert-dir',
];

// Formats: regclient.org/cli/regsync, containers/skopeo docs/skopeo-sync.1.md, AliyunContainerService/image-syncer and
// xelalexv/dregsy READMEs, plexsystems/sinker README; docs.docker.com, kubernetes.io, docs.github.com.
const TOOLS: readonly Tool[] = [
  {
    file: 'a regsync file',
    format: 'regsync',
    hint: '',
    // A map that is merged in (`<<`) may hold the target of every step.
    isIts: ({ sync }) => listOf(sync).some((step) => 'source' in step && ('target' in step || '<<' in step)),
  },
  {
    file: 'a dregsy file',
    format: 'dregsy',
    hint: '',
    isIts: ({ tasks }) =>
      listOf(tasks).some((task) => 'mappings' in task || ('source' in task && 'target' in task)),
  },
  {
    file: 'a sinker file',
    format: null,
    hint: 'write mirror: with host and repository of target, and under images: one entry for each of sources: source: with host and repository, tags: with its tag',
    isIts: ({ target, sources }) => fieldsOf(target) !== null && listOf(sources).length > 0,
  },
  {
    file: 'an image-syncer file',
    format: 'image-syncer',
    hint: '',
    isIts: (file) => ('auth' in file && fieldsOf(file.images) !== null) || isImageSyncerList(file),
  },
  {
    file: 'a skopeo sync file',
    format: 'skopeo',
    hint: ' --mirror REGISTRY/PREFIX',
    isIts: isSkopeoSync,
  },
  {
    file: 'a Docker Compose file',
    format: null,
    hint: ELSEWHERE,
    isIts: ({ services }) => fieldsOf(services) !== null,
  },
  {
    file: 'a Kubernetes manifest',
    format: null,
    hint: ELSEWHERE,
    isIts: (file) => typeof file.apiVersion === 'string' && typeof file.kind === 'string',
  },
  {
    file: 'a workflow of GitHub Actions',
    format: null,
    hint: ELSEWHERE,
    isIts: (file) => fieldsOf(file.jobs) !== null && ('on' in file || 'name' in file),
  },
];

/** The tool that a file belongs to; null for any other. */
export function toolOf(value: unknown): Pick<Tool, 'file' | 'format'> | null {
  return findTool(value) ?? null;
}

/** What to say of a file of this name that belongs to another tool; null for any other. */
export function otherToolWords(value: unknown, name: string): Words | null {
  const tool = findTool(value);
  if (tool === undefined) return null;
  const hint = tool.format === null ? tool.hint : importHint(name, tool.hint);
  return { rule: 'other-tool', message: `this is ${tool.file}, not an images config`, hint };
}

/** A command to paste: a name with odd characters is quoted for the shell, and no file is written over itself. */
function importHint(name: string, more: string): string {
  const quoted = /^[\w./-]+$/.test(name) ? name : `'${name.replaceAll("'", `'\\''`)}'`;
  const output = name === 'images.yaml' ? 'imported.yaml' : 'images.yaml';
  return `to convert it, run: ${IMPORT} ${quoted}${more} --to ${output}`;
}

function findTool(value: unknown): Tool | undefined {
  const file = fieldsOf(value);
  return file === null ? undefined : TOOLS.find(({ isIts }) => isIts(file));
}

function isSkopeoSync(file: Fields): boolean {
  const hosts = Object.entries(file);
  return (
    hosts.length > 0 &&
    hosts.every(([host, settings]) => {
      const keys = Object.keys(fieldsOf(settings) ?? {});
      return /[.:]|^localhost$/.test(host) && keys.some((key) => SKOPEO_KEYS.includes(key));
    })
  );
}

/** `quay.io/coreos/etcd: registry.example.com/etcd`, or `nginx:1.29: …`, or with nothing behind it, and nothing else. */
function isImageSyncerList(file: Fields): boolean {
  const rows = Object.entries(file);
  const isReference = (text: unknown) => typeof text === 'string' && /^[\w.-]+(?::\d+)?\/\S+$/.test(text);
  const isSource = (text: string) => isReference(text) || /^[\w.-]+:\S+$/.test(text);
  const isTarget = (to: unknown) => to === null || to === '' || isReference(to);
  return rows.length > 0 && rows.every(([from, to]) => isSource(from) && [to].flat().every(isTarget));
}

function fieldsOf(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;
}

function listOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.map(fieldsOf).filter((fields) => fields !== null) : [];
}
