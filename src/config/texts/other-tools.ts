// Files of other tools, which people try first: recognised by their keys, so that one sentence says what the file is and
// how its parts are called here.

import type { Words } from '../../base/errors/diagnostic.ts';

type Fields = Readonly<Record<string, unknown>>;

type Tool = {
  readonly file: string;
  readonly hint: string;
  readonly isIts: (file: Fields) => boolean;
};

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
    hint: 'write mirror: with the registry and path of target, and under images: one entry for each sync: source: without its tag, and tags: with the tags or globs (regular expressions of tags.allow are not read)',
    isIts: ({ sync }) => listOf(sync).some((step) => 'source' in step && 'target' in step),
  },
  {
    file: 'a dregsy file',
    hint: 'write mirror: with the registry of target, and under images: one entry for each mapping: source: with registry and from, tags: with its tags',
    isIts: ({ tasks }) =>
      listOf(tasks).some((task) => 'mappings' in task || ('source' in task && 'target' in task)),
  },
  {
    file: 'a sinker file',
    hint: 'write mirror: with host and repository of target, and under images: one entry for each of sources: source: with host and repository, tags: with its tag',
    isIts: ({ target, sources }) => fieldsOf(target) !== null && listOf(sources).length > 0,
  },
  {
    file: 'an image-syncer file',
    hint: 'write mirror: with the registry and path that images go to, and under images: one entry for each image: source: without its tag, and tags:; log in before this step instead of auth:',
    isIts: (file) => ('auth' in file && fieldsOf(file.images) !== null) || isImageSyncerList(file),
  },
  {
    file: 'a skopeo sync file',
    hint: 'write mirror:, and under images: one entry for each repository: source: with registry and repository, tags: with its tags or globs (regular expressions and version ranges are not read; follow: chooses by number)',
    isIts: isSkopeoSync,
  },
  {
    file: 'a Docker Compose file',
    hint: 'the images config is a file of its own: give its path as the input config',
    isIts: ({ services }) => fieldsOf(services) !== null,
  },
  {
    file: 'a Kubernetes manifest',
    hint: 'the images config is a file of its own: give its path as the input config',
    isIts: (file) => typeof file.apiVersion === 'string' && typeof file.kind === 'string',
  },
  {
    file: 'a workflow of GitHub Actions',
    hint: 'the images config is a file of its own: give its path as the input config',
    isIts: (file) => fieldsOf(file.jobs) !== null && ('on' in file || 'name' in file),
  },
];

/** What to say of a file that belongs to another tool; null for any other. */
export function otherToolWords(value: unknown): Words | null {
  const file = fieldsOf(value);
  const tool = file === null ? undefined : TOOLS.find(({ isIts }) => isIts(file));
  if (tool === undefined) return null;
  return { rule: 'other-tool', message: `this is ${tool.file}, not an images config`, hint: tool.hint };
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

/** `quay.io/coreos/etcd: registry.example.com/etcd`, and nothing else. */
function isImageSyncerList(file: Fields): boolean {
  const rows = Object.entries(file);
  const isReference = (text: unknown) => typeof text === 'string' && /^[\w.-]+(?::\d+)?\/\S+$/.test(text);
  return rows.length > 0 && rows.every(([from, to]) => isReference(from) && [to].flat().every(isReference));
}

function fieldsOf(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;
}

function listOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.map(fieldsOf).filter((fields) => fields !== null) : [];
}
