// The house as data: nine wings, the rooms inside them, and which files of a room the others may see. The architecture
// test holds the source to it, and `npm run docs` writes the table of docs/architecture.md from it.

export type Room = {
  readonly name: string;
  /** Rooms of one wing see only rooms of a lower order. */
  readonly order: number;
  /** Pure rooms reach neither network, disk, clock nor process. */
  readonly pure: boolean;
  /** The files that other rooms may import. */
  readonly face: readonly string[];
  readonly about: string;
};

export type Wing = {
  readonly name: string;
  /** Wings see only wings of a lower floor. */
  readonly floor: number;
  readonly about: string;
  readonly rooms: readonly Room[];
};

const pure = (name: string, order: number, face: string, about: string): Room => ({
  name,
  order,
  pure: true,
  face: face === '' ? [] : face.split(' '),
  about,
});
const open = (name: string, order: number, face: string, about: string): Room => ({
  ...pure(name, order, face, about),
  pure: false,
});

export const WINGS: readonly Wing[] = [
  {
    name: 'base',
    floor: 0,
    about: 'what any program needs; knows no image',
    rooms: [
      pure(
        'errors',
        0,
        'diagnostic failure hints lines machine mistake notice user-error',
        'a failed tag, a run that cannot start, a mistake with its place',
      ),
      pure(
        'text',
        1,
        'height json redact sanitize table values version words',
        'the one sanitiser, secrets taken out, words for numbers, tables',
      ),
      open(
        'flow',
        2,
        'alive backoff breaker clock limit pour stop watch',
        'at most so many at once, whose turn it is, when to stop, how long to wait; bytes poured on',
      ),
    ],
  },
  {
    name: 'image',
    floor: 1,
    about: 'the nouns of the field',
    rooms: [
      pure(
        'tags',
        0,
        'form glob keep-tag tag',
        'a tag (version, suffix, series), globs, forms such as N.N-slim, keep-tags',
      ),
      pure(
        'names',
        1,
        'digest hub look-up mirror-name pages pull-name reference',
        'digest, reference, pull name, mirror name, pages about them',
      ),
      pure(
        'manifest',
        2,
        'fallback-index manifest platform platform-tags referrers',
        'manifests, platforms, the names of platform tags; what is attached to a manifest',
      ),
      pure(
        'signatures',
        2,
        'claims signatures signer',
        'who may have signed an image, and what a signature says that it signs',
      ),
    ],
  },
  {
    name: 'config',
    floor: 2,
    about: 'what people write',
    rooms: [
      pure(
        'yaml',
        0,
        'nodes reading scalar splice syntax text tree',
        'text with places, and changes that keep comments and layout',
      ),
      pure(
        'texts',
        0,
        'checks entry-slips nearest other-tools paths patterns',
        'what texts look like; what was meant by a wrong key, an entry that fell apart, a file of another tool',
      ),
      pure(
        'references',
        1,
        'lint-rules reference-site sources',
        'image references in files: where they are kept, and what one is; the rules they are held to',
      ),
      pure(
        'dockerfile',
        0,
        'flags lines stages variables',
        'instructions of a Dockerfile with places; what its variables hold; what its result is built on',
      ),
      pure(
        'builds',
        1,
        'build image-info sources',
        'what was built on which base, in each format that records it',
      ),
      pure(
        'formats',
        2,
        'table',
        'reads references out of YAML, JSON, Dockerfiles and lists, each with its place',
      ),
      pure(
        'policies',
        1,
        'fields kinds new-tags policy signers',
        'what may be set for an entry, a run and a whole config: one table',
      ),
      pure(
        'images',
        2,
        'config join-entries parse schema',
        'the images config as typed values, or all its mistakes at once',
      ),
      pure(
        'selection',
        1,
        'globs version-ranges',
        'regular expressions and version ranges of other tools, as globs and forms',
      ),
      pure(
        'draft',
        3,
        'draft wish',
        'an images config written anew, out of wishes, so that its own parser takes it',
      ),
      pure(
        'foreign',
        4,
        'findings part variables',
        'a file of another tool: its parts with places and variables, and warnings about them',
      ),
      pure('convert', 5, 'table', 'configs of other tools: one file per format, one table'),
      pure('edit', 3, 'pins tags', 'puts tags into the text of a config; moves pins in any file'),
    ],
  },
  {
    name: 'registry',
    floor: 2,
    about: 'how registries are reached',
    rooms: [
      pure(
        'doors',
        0,
        'attached doors engine journal lister listings progress registry',
        'what the story asks for, as types alone',
      ),
      open(
        'network',
        0,
        'addresses lookup proxies',
        'addresses that may be contacted, looked up and checked; proxies',
      ),
      pure(
        'refusals',
        0,
        'fill host-kind refusal table',
        'what registries say when they refuse: the reason, what happened, what to do',
      ),
      open(
        'limits',
        0,
        'asked-wait limits pull-limit waits',
        'what registries still let through, and how long they are waited for',
      ),
      open(
        'http',
        1,
        'answer endpoint exchange line meter transport',
        'one exchange with a host: connections, trust, pace, retries, streams',
      ),
      open('session', 2, 'session tokens', 'who we are at a registry: challenges, tokens and logins'),
      open('client', 3, 'client lists settings', 'manifests, blobs, uploads and tag lists of registries'),
      open('attached', 4, 'attached', 'what is attached to the digests of registries: listed, read, checked'),
      open(
        'listing',
        4,
        'listings',
        'digests of all tags at once, as registries list them: one file per registry; pages within bounds',
      ),
      open('fence', 4, 'fence pass', "crane's only way out: a proxy on loopback in front of the client"),
      open(
        'crane',
        5,
        'argv credentials exec fenced lister stream',
        "crane's processes inside the fence: lists, large layers; logins from the docker config",
      ),
      open(
        'sigstore',
        4,
        'check fetch public-root trust',
        "signatures, proven by Sigstore's own libraries; whom they trust",
      ),
      open('install', 6, 'download install', 'a crane that is known to be the wanted one'),
      open('copier', 6, 'copier', 'brings digests whole: walks, mounts, small blobs; crane for large layers'),
    ],
  },
  {
    name: 'files',
    floor: 3,
    about: "this machine's disk",
    rooms: [
      open(
        '',
        0,
        'builds config-file journal references report-file report-files workspace',
        'reads inside the workspace (the images config, files with references, records of builds), the journal, the report files',
      ),
    ],
  },
  {
    name: 'plan',
    floor: 3,
    about: 'what should be',
    rooms: [
      pure(
        'select',
        0,
        'cost ended-series new-tags select',
        'the tags that one run looks after, the new ones, and what those cost',
      ),
      pure(
        'platforms',
        0,
        'guard served tag-targets',
        'which platforms a manifest serves, the guard, hybrid indexes and subsets',
      ),
      pure(
        'observation',
        1,
        'compare heads-needed listed-digests observation open-manifest reads',
        'what was read, and what must be read next',
      ),
      pure('trust', 2, 'judge', 'whether the right people signed an image, and long enough ago'),
      pure('steps', 3, 'keep-moves order plan step', 'what is to be done, in which order, and how it ended'),
      pure(
        'references',
        0,
        'approval mirrored pins reading signers',
        'references of files: what they name, where that belongs, the digests they pin; what they ask of the mirror',
      ),
      pure(
        'builds',
        2,
        'base-names graph judge published rows',
        'builds and the bases they are built on: what is asked, what is stale, the waves',
      ),
      pure('lint', 1, 'edit finding lint online', 'what is wrong with references, and what would be right'),
      pure('shards', 0, 'cut matrix narrow part sharers', 'parts of a config for the jobs of a matrix'),
      pure('bumps', 2, 'bump-guard next-tag pin row', 'pins that are stale, and what they may move to'),
    ],
  },
  {
    name: 'report',
    floor: 4,
    about: 'what people read',
    rooms: [
      pure(
        'offers',
        0,
        'alert branch change decide marker problem tag-line words',
        'new tags on their way to a person: what is offered, declined, and in which words',
      ),
      pure(
        'rows',
        0,
        'causes failed-start mode-values news report status tag-rows',
        'everything that a run found and did, as one value; the status',
      ),
      pure(
        'builds',
        1,
        'build-report build-summary',
        'what became of builds: their part of report and summary',
      ),
      pure('lint', 1, 'lint-report lint-summary sarif', 'what a lint found: its report, its summary, SARIF'),
      pure('matrix', 1, 'matrix-report matrix-summary', 'the jobs of a matrix: report and summary'),
      pure(
        'pins',
        1,
        'bump pins-offer pins-unit',
        'pins on their way to a person: what moves, and in which words',
      ),
      pure(
        'merge',
        1,
        'checked collect decode merge order words',
        'reports of parts of a run, put together as one',
      ),
      pure(
        'render',
        2,
        'annotation-room annotations links outputs summary',
        'job summary, outputs, annotations',
      ),
    ],
  },
  {
    name: 'github',
    floor: 5,
    about: 'GitHub: the runner, pull requests, issues',
    rooms: [
      open(
        '',
        0,
        'client problems pull-request runner',
        'log, outputs, summary and masks of the runner; pull requests and issues',
      ),
    ],
  },
  {
    name: 'run',
    floor: 6,
    about: 'the story',
    rooms: [
      open('observe', 0, 'ask content observe verify', 'reads both sides in rounds; looks into fresh tags'),
      open(
        'referrers',
        1,
        'bring look',
        'looks for what is attached to images; brings it to the mirror before a tag moves',
      ),
      open('prices', 1, 'check-costs offer-prices', 'measures what tags would cost, within a bound of pulls'),
      open(
        'references',
        0,
        'ask-pins parts wait',
        'asks registries about the references of files, again and again where a run waits',
      ),
      open('builds', 1, 'builds', 'asks registries about builds and their bases'),
      open('apply', 2, 'apply walk-back', 'copies, moves tags, reads them back, puts them back'),
      open(
        'news',
        3,
        'alert news offers retire',
        'new tags in the report, and where they are offered; the alert',
      ),
      open('bumps', 3, 'bumps', 'stale pins: looked at, brought to the mirror, offered'),
      pure(
        'doors',
        4,
        'doors settings',
        'the settings of a run, and what it needs from the outside, as types alone',
      ),
      open(
        'wide',
        5,
        'ground merge sarif weights',
        'what every part of a run begins with; reports of other jobs, merged; what those jobs may not write to GitHub',
      ),
      open('modes', 6, 'run table', 'a run from beginning to end, one file per mode'),
      open('open', 7, 'open settings sides signers time trust', 'the real doors, put together'),
    ],
  },
];

/** The files at the top of `src/`, above all wings. */
export const TOP = {
  floor: 7,
  about:
    'the entry: `main.ts`, `post.ts`, `cancel.ts`; `inputs.ts` reads the environment, each input through `input-reader.ts`; `import.ts` is a program of its own',
};

/** The table of docs/architecture.md. */
export function renderHouse(): string[] {
  const rows = WINGS.flatMap(({ name, floor, rooms }) =>
    rooms.map((room) => {
      const path = room.name === '' ? `${name}/` : `${name}/${room.name}/`;
      return `| ${floor} | \`${path}\` | ${room.pure ? 'pure' : 'I/O'} | ${room.about} |`;
    }),
  );
  return [
    '| floor | room | kind | what lives there |',
    '| --- | --- | --- | --- |',
    ...rows,
    `| ${TOP.floor} | \`src/\` | top | ${TOP.about} |`,
  ];
}
