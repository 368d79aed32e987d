// The house as data: nine wings, the rooms inside them, and which files of a room the others may see. The architecture
// test holds the source to it, and `npm run docs` writes the table of docs/architecture.md from it.

export type Room = {
  readonly name: string;
  /** Rooms of one wing see rooms of a lower order alone. */
  readonly order: number;
  /** Pure rooms reach neither network, disk, clock nor process. */
  readonly pure: boolean;
  /** The files that other rooms may import. */
  readonly face: readonly string[];
  readonly about: string;
};

export type Wing = {
  readonly name: string;
  /** Wings see wings of a lower floor alone. */
  readonly floor: number;
  readonly about: string;
  readonly rooms: readonly Room[];
};

const pure = (name: string, order: number, face: string, about: string): Room => ({
  name,
  order,
  pure: true,
  face: face.split(' '),
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
      pure('errors', 0, '*', 'a failed tag, a run that cannot start, a mistake with its place'),
      pure('text', 0, '*', 'the one sanitiser, secrets taken out, words for numbers, tables'),
      open('flow', 1, '*', 'at most so many at once, whose turn it is, when to stop, how long to wait'),
    ],
  },
  {
    name: 'image',
    floor: 1,
    about: 'the nouns of the field',
    rooms: [
      pure('tags', 0, '*', 'a tag (version, suffix, series), globs, forms such as N.N-slim'),
      pure('names', 1, '*', 'digest, reference, pull name, mirror name'),
      pure('manifest', 2, '*', 'manifests, platforms, the names of platform tags'),
    ],
  },
  {
    name: 'config',
    floor: 2,
    about: 'what people write',
    rooms: [
      pure('yaml', 0, '*', 'text with places, and changes that keep comments and layout'),
      pure('images', 1, '*', 'policies; the images config as typed values, or all its mistakes at once'),
      pure('edit', 2, '*', 'puts tags into the text of a config'),
    ],
  },
  {
    name: 'registry',
    floor: 2,
    about: 'how registries are reached',
    rooms: [
      pure('doors', 0, '*', 'what the story asks for, as types alone'),
      open('http', 0, '*', 'one exchange with a host: connections, proxies, trust, pace, retries, deadlines'),
      open('client', 1, '*', 'challenges, tokens and logins; manifests and small blobs'),
      open('crane', 2, '*', "crane's processes: arguments, execution, lists, copies, credentials"),
      open('install', 3, '*', 'a crane that is known to be the wanted one'),
    ],
  },
  {
    name: 'files',
    floor: 3,
    about: "this machine's disk",
    rooms: [open('', 0, '*', 'reads inside the workspace, the journal, the report file')],
  },
  {
    name: 'plan',
    floor: 3,
    about: 'what should be',
    rooms: [
      pure('select', 0, '*', 'the tags that one run looks after, the new ones, and what those cost'),
      pure('platforms', 0, '*', 'which platforms a manifest serves, the guard, hybrid indexes and subsets'),
      pure('observation', 1, '*', 'what was read, and what must be read next'),
      pure('steps', 2, '*', 'what is to be done, in which order, and how it ended'),
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
        '*',
        'new tags on their way to a person: what is offered, declined, and in which words',
      ),
      pure('rows', 0, '*', 'everything that a run found and did, as one value; the status'),
      pure('render', 1, '*', 'job summary, outputs, annotations'),
    ],
  },
  {
    name: 'github',
    floor: 5,
    about: 'GitHub: the runner, pull requests, issues',
    rooms: [open('', 0, '*', 'log, outputs, summary and masks of the runner; pull requests and issues')],
  },
  {
    name: 'run',
    floor: 6,
    about: 'the story',
    rooms: [
      open('observe', 0, '*', 'reads both sides in rounds; looks into fresh tags; measures costs'),
      open('apply', 1, '*', 'copies, moves tags, reads them back, puts them back'),
      open('modes', 2, '*', 'a run from beginning to end, a mode a file'),
      open('open', 3, '*', 'the real doors, put together'),
    ],
  },
];

/** The files at the top of `src/`, above all wings. */
export const TOP = {
  floor: 7,
  about: 'the entry: `main.ts`, `post.ts`, `cancel.ts`; `inputs.ts` reads the environment',
};

/** The table of docs/architecture.md. */
export function renderHouse(): string[] {
  const rows = WINGS.flatMap(({ name, floor, about, rooms }) =>
    rooms.map((room) => {
      const path = room.name === '' ? `${name}/` : `${name}/${room.name}/`;
      return `| ${floor} | \`${path}\` | ${room.pure ? 'pure' : 'I/O'} | ${room.name === '' ? about : room.about} |`;
    }),
  );
  return [
    '| floor | room | kind | what lives there |',
    '| --- | --- | --- | --- |',
    ...rows,
    `| ${TOP.floor} | \`src/\` | top | ${TOP.about} |`,
  ];
}
