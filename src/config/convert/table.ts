// Configs of other tools, as an images config with a warning for each thing that means something else here: a format a
// file, one table.

import type { Diagnostic, Rule, Words } from '../../base/errors/diagnostic.ts';
import { UserError } from '../../base/errors/user-error.ts';
import type { MirrorPrefix } from '../../image/names/mirror-name.ts';
import { formatName } from '../../image/names/reference.ts';
import { type Drafted, draftConfig } from '../draft/draft.ts';
import type { ImportWish } from '../draft/wish.ts';
import { Findings, type Meanings } from '../foreign/findings.ts';
import { ForeignPart } from '../foreign/part.ts';
import type { Variables } from '../foreign/variables.ts';
import { toolOf } from '../texts/other-tools.ts';
import { readYaml, type Tree } from '../yaml/tree.ts';
import { DREGSY_KEYS, readDregsy } from './dregsy.ts';
import { readImageSyncer } from './image-syncer.ts';
import { REGSYNC_KEYS, readRegsync } from './regsync.ts';
import { readSkopeo, SKOPEO_KEYS } from './skopeo.ts';

/** What is said beside the file: null where the file says it. `from` is the name of a format. */
export type ImportTerms = {
  readonly from: string | null;
  readonly mirror: MirrorPrefix | null;
  readonly isScoped: boolean;
  readonly destination: number;
  readonly variables: Variables;
};

/** An images config as text; `entries` are written as such, `comments` wait for a person. */
export type Imported = {
  readonly text: string;
  readonly format: string;
  readonly entries: number;
  readonly comments: number;
  readonly warnings: readonly Diagnostic[];
};

type Format = {
  readonly read: (file: ForeignPart, terms: ImportTerms, findings: Findings) => void;
  /** Whether the file leaves the destination to a command line. */
  readonly needsMirror: boolean;
  /** The keys that are not read as they are. */
  readonly keys: Meanings;
};

/** By the names that `--from` takes. */
export const FORMATS: Readonly<Record<string, Format>> = {
  regsync: {
    read: (file, _terms, findings) => readRegsync(file, findings),
    needsMirror: false,
    keys: REGSYNC_KEYS,
  },
  skopeo: {
    read: (file, { mirror, isScoped }, findings) => {
      if (mirror !== null) readSkopeo(file, { mirror, isScoped }, findings);
    },
    needsMirror: true,
    keys: SKOPEO_KEYS,
  },
  'image-syncer': {
    read: (file, { mirror }, findings) => readImageSyncer(file, mirror, findings),
    needsMirror: false,
    keys: {},
  },
  dregsy: {
    read: (file, _terms, findings) => readDregsy(file, findings),
    needsMirror: false,
    keys: DREGSY_KEYS,
  },
};

/** The names of all formats. */
export const FORMAT_NAMES: readonly string[] = Object.keys(FORMATS);

/**
 * Reads a config of another tool; `file` is its name for places. Logins are never read. @throws UserError `config` for a
 * file that cannot be read, that is of none of these tools, or that has nothing to import; `input` where the mirror must
 * be given
 */
export function importConfig(bytes: Uint8Array, file: string, terms: ImportTerms): Imported {
  const tree = readTree(bytes, file);
  const name = terms.from ?? toolOf(tree.value)?.format ?? '';
  const format = FORMATS[name];
  if (format === undefined) throw unknownFormat(file, tree);
  if (format.needsMirror && terms.mirror === null) {
    const message = `${file} does not say where copies go: skopeo sync has its destination on the command line`;
    throw new UserError('input', message, {
      hint: 'add --mirror with registry and prefix, as in ghcr.io/acme/mirror',
    });
  }
  const findings = new Findings();
  format.read(new ForeignPart({ tree, variables: terms.variables }), terms, findings);
  const drafted = draftConfig(findings.wishes, {
    title: `Made from ${file.split(/[\\/]/).at(-1)}, a config of ${name}`,
    mirror: terms.mirror,
    destination: terms.destination,
    hosts: findings.hosts,
  });
  if (drafted === null) throw nothingToImport(file, findings);
  noteRest(drafted, terms, findings);
  const comments = drafted.entries.filter(({ doubt }) => doubt !== null).length;
  const { text, entries } = drafted;
  return { text, format: name, entries: entries.length - comments, comments, warnings: findings.warnings };
}

/** What our own parser does not take, and what goes to other mirrors. */
function noteRest({ entries, elsewhere }: Drafted, { destination }: ImportTerms, findings: Findings): void {
  for (const { wishes, doubt } of entries) {
    const [first] = wishes;
    if (doubt === null || first === undefined || first.doubt !== null) continue;
    findings.warn(first.place, [doubt, 'it is written as a comment']);
  }
  const here = entries[0]?.wishes[0]?.to.registry;
  const groups = Map.groupBy(elsewhere, ({ to }) => to.registry);
  for (const [registry, wishes] of groups) {
    const way = registry === here ? `--destination ${destination === 1 ? 2 : 1}` : `--mirror ${registry}`;
    noteElsewhere(wishes, { registry, isHere: registry === here, way }, findings);
  }
}

type Elsewhere = { readonly registry: string; readonly isHere: boolean; readonly way: string };

/** What goes to another registry, or to another repository of this one, is imported by another command. */
function noteElsewhere(
  wishes: readonly ImportWish[],
  { registry, isHere, way }: Elsewhere,
  findings: Findings,
): void {
  const [first] = wishes;
  if (first === undefined) return;
  const isOne = wishes.length === 1;
  const where = isOne ? 'one destination' : `${wishes.length} destinations`;
  const which = isOne ? formatName(first.to) : `the first is ${formatName(first.to)}`;
  const rule = isHere ? 'a source has one repository on a mirror' : 'a config has one mirror';
  findings.warn(first.place, [
    `${rule}: ${where} on ${registry} ${isOne ? 'is' : 'are'} not in this config, ${which}`,
    `import once more with ${way}, into another file`,
  ]);
}

function unknownFormat(file: string, tree: Tree): UserError {
  const tool = toolOf(tree.value);
  const what =
    tool === null ? `not a file of ${FORMAT_NAMES.join(', ')}` : `${tool.file}, which cannot be imported`;
  return new UserError('config', `${file} is ${what}`, {
    hint: `write --from with one of ${FORMAT_NAMES.join(', ')} where it is of that tool all the same`,
  });
}

function nothingToImport(file: string, findings: Findings): UserError {
  return new UserError('config', `${file} has nothing that can be imported`, {
    hint: 'see the warnings, and docs/migrating.md',
    diagnostics: findings.warnings,
  });
}

// The largest regsync.yml that is known, of rancher/image-mirror, has 60,000; it becomes a config of a tenth of that.
const MOST_VALUES = 500_000;

function readTree(bytes: Uint8Array, file: string): Tree {
  const yaml = readYaml(bytes, file, MOST_VALUES);
  const mistakes = yaml.kind === 'tree' ? yaml.mistakes : yaml.diagnostics;
  if (yaml.kind === 'tree' && mistakes.length === 0) return yaml.tree;
  throw new UserError('config', `${file} cannot be read`, { diagnostics: mistakes.map(withoutContent) });
}

// Words that show nothing of what is written: a file of another tool may hold a password in any place.
const SILENT: ReadonlyMap<Rule, string> = new Map([
  ['invalid-yaml', 'this cannot be read as YAML'],
  ['yaml-tag', 'there is a YAML tag here'],
  ['unknown-alias', 'there is an alias without an anchor here'],
  ['recursive-alias', 'there is an alias that contains itself here'],
  ['duplicate-key', 'this key is written twice'],
  ['invalid-key', 'this key is not text'],
]);

function withoutContent(mistake: Diagnostic): Diagnostic {
  if (mistake.rule === 'empty-file') return { ...mistake, hint: 'look at the path' };
  const message = SILENT.get(mistake.rule);
  const words: Omit<Words, 'rule'> =
    message === undefined ? mistake : { message, hint: 'look at this line and the one before it' };
  return { ...mistake, ...words };
}
