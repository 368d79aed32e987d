// One file of a repository through GitHub's git data API: read it at the head of a branch, and put one commit with a
// new text on another branch. No git program, no checkout. docs.github.com: "REST API endpoints for Git database".

import type { Api } from '@octokit/plugin-rest-endpoint-methods';
import { type AbsentFile, type BaseFile, type FileEdit, fingerprint } from '../report/offers/change.ts';
import { OfferProblem } from '../report/offers/problem.ts';
import { answerOf } from './problems.ts';

/** GitHub as this room asks it; `sleep` waits milliseconds. */
export type Door = {
  readonly rest: Api['rest'];
  readonly repository: { readonly owner: string; readonly repo: string };
  sleep(milliseconds: number): Promise<void>;
};
/** The head of a branch. `made` is the fingerprint of our own commit, null when somebody else's is on top. */
export type BranchHead = { readonly commit: string; readonly made: string | null };

/** The answer; null where it is 404. */
async function orNull<T>(answer: Promise<{ data: T }>): Promise<T | null> {
  try {
    return (await answer).data;
  } catch (thrown) {
    if (answerOf(thrown)?.status === 404) return null;
    throw thrown;
  }
}

/** The head of a branch that a pull request goes to. */
export type BaseHead = Pick<BaseFile, 'base' | 'commit' | 'tree'>;

/** Reads files at the head of `base`, or of the default branch; what is not a text file there is reported as such. */
export async function readBase(
  door: Door,
  wanted: string | null,
  paths: readonly string[],
): Promise<{ readonly head: BaseHead; readonly found: readonly (BaseFile | AbsentFile)[] }> {
  const { rest, repository } = door;
  const base = wanted ?? (await rest.repos.get(repository)).data.default_branch;
  const ref = await rest.git.getRef({ ...repository, ref: `heads/${base}` });
  const commit = ref.data.object.sha;
  const { data } = await rest.git.getCommit({ ...repository, commit_sha: commit });
  const head = { base, commit, tree: data.tree.sha };
  const trees = rememberTrees(door);
  const found: (BaseFile | AbsentFile)[] = [];
  for (const path of paths) found.push(await readFile(door, head, path, trees));
  return { head, found };
}

async function readFile(
  { rest, repository }: Door,
  head: BaseHead,
  path: string,
  trees: Trees,
): Promise<BaseFile | AbsentFile> {
  const where = `the branch ${head.base}`;
  const absent = (message: string, hint: string) => ({ path, problem: new OfferProblem(message, hint) });
  const file = await findFile(trees, head.tree, path);
  if (file === null) return absent(`${path} is not on ${where}`, whereToLook(path));
  const { mode, sha } = file;
  if (mode !== '100644' && mode !== '100755')
    return absent(`${path} is not a plain file on ${where}`, 'write the path of the file itself');
  const blob = await rest.git.getBlob({ ...repository, file_sha: sha });
  const text = decode(blob.data.content);
  return text === null
    ? absent(`${path} on ${where} is not UTF-8`, 'save it as UTF-8')
    : { ...head, path, mode, text };
}

/** With `path: sub` actions/checkout puts the repository into a folder, so that paths of the workspace are not its paths. */
function whereToLook(path: string): string {
  const [folder = '', ...rest] = path.split('/');
  if (rest.length === 0) return 'merge it there first';
  return `merge it there first; if actions/checkout runs with \`path: ${folder}\`, leave that out: changes are proposed only where the workspace is the repository itself`;
}

/** Gives the entries of a tree, each read once. */
type Trees = (sha: string) => ReturnType<Door['rest']['git']['getTree']>;

function rememberTrees({ rest, repository }: Door): Trees {
  const read = new Map<string, ReturnType<Trees>>();
  return (sha) => {
    const known = read.get(sha) ?? rest.git.getTree({ ...repository, tree_sha: sha });
    read.set(sha, known);
    return known;
  };
}

/** Tree by tree, so that a symbolic link is seen as what it is. */
async function findFile(trees: Trees, root: string, path: string) {
  let found = { sha: root, mode: '040000' };
  for (const name of path.split('/')) {
    // A link to a folder is told as what it is, too.
    if (found.mode !== '040000') return found.mode === '120000' ? found : null;
    const { data } = await trees(found.sha);
    const entry = data.tree.find(({ path }) => path === name);
    if (entry === undefined) return null;
    found = { sha: entry.sha, mode: entry.mode };
  }
  return found;
}

/** A byte order mark is a part of the text here, so that it stays. */
function decode(content: string): string | null {
  try {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    return decoder.decode(Buffer.from(content, 'base64'));
  } catch {
    return null;
  }
}

/**
 * The head of a branch, or null when there is no such branch. Where merges of `base` (a commit) lie on top of our own
 * commit, as "Update branch" on the web page makes them, it is still ours.
 */
export async function readHead(door: Door, branch: string, base?: string): Promise<BranchHead | null> {
  const { rest, repository } = door;
  const ref = await orNull(rest.git.getRef({ ...repository, ref: `heads/${branch}` }));
  if (ref === null) return null;
  const { sha } = ref.object;
  return { commit: sha, made: await madeBy(door, sha, base ?? null) };
}

/** Many clicks on that button; beyond, somebody works on the branch. */
const MOST_MERGES = 5;

/** The fingerprint of our own commit at `sha` or under merges of the base that add nothing of their own; else null. */
async function madeBy(door: Door, sha: string, base: string | null, merges = 0): Promise<string | null> {
  const { rest, repository } = door;
  const { data } = await rest.git.getCommit({ ...repository, commit_sha: sha });
  const [, tree, made] = /^Fresh-Mirror: ([0-9a-f]{40,64}) ([0-9a-f]{16})$/m.exec(data.message) ?? [];
  if (made !== undefined && tree === data.tree.sha) return made;
  const [ours, theirs, third] = data.parents.map((parent) => parent.sha);
  if (
    base === null ||
    merges === MOST_MERGES ||
    ours === undefined ||
    theirs === undefined ||
    third !== undefined
  )
    return null;
  const below = await madeBy(door, ours, base, merges + 1);
  if (below === null) return null;
  const { status } = await compare(door, base, theirs);
  if (status !== 'identical' && status !== 'behind') return null;
  const [before, after] = [await compare(door, base, ours), await compare(door, theirs, sha)];
  return before.changes === after.changes ? below : null;
}

/** How `to` compares with `from`, and what it has changed since they parted: files, with the lines removed and added. */
async function compare({ rest, repository }: Door, from: string, to: string) {
  const { data } = await rest.repos.compareCommitsWithBasehead({
    ...repository,
    basehead: `${from}...${to}`,
  });
  const files = (data.files ?? []).map(({ filename, status, patch = '' }) => {
    return [filename, status, patch.split('\n').filter((line) => /^[+-]/.test(line))];
  });
  return { status: data.status, changes: JSON.stringify(files) };
}

/**
 * Puts one commit on top of the base onto `branch`, with the new texts of the files and nothing else. The branch moves
 * once, by force: were it moved to the base first, GitHub would close its pull request as empty. Without an author
 * GitHub signs the commit itself. The last line of the message says which tree the commit was made with, so that a
 * later run knows its own commit from a changed one.
 */
export async function pushEdits(
  door: Door,
  base: BaseHead,
  { edits, message }: { readonly edits: readonly FileEdit[]; readonly message: string },
  branch: { readonly name: string; readonly before: BranchHead | null },
): Promise<void> {
  const { rest, repository } = door;
  const made = await rest.git.createTree({
    ...repository,
    base_tree: base.tree,
    tree: edits.map(({ file: { path, mode }, text }) => ({ path, mode, type: 'blob', content: text })),
  });
  const tree = made.data.sha;
  const commit = await rest.git.createCommit({
    ...repository,
    message: `${message.trimEnd()}\n\nFresh-Mirror: ${tree} ${fingerprint(edits)}\n`,
    tree,
    parents: [base.commit],
  });
  await moveBranch(door, branch.name, commit.data.sha, branch.before);
}

/** Reads the branch once more, right before it is overwritten: GitHub's API has no "only if it is still there". */
async function moveBranch(door: Door, branch: string, sha: string, before: BranchHead | null): Promise<void> {
  const { rest, repository } = door;
  const now = await readHead(door, branch);
  if (now !== null && now.commit !== before?.commit) throw otherThan(branch, now);
  const create = () => rest.git.createRef({ ...repository, ref: `refs/heads/${branch}`, sha });
  const update = () => rest.git.updateRef({ ...repository, ref: `heads/${branch}`, sha, force: true });
  try {
    await (now === null ? create() : update());
  } catch (thrown) {
    // Deleted or made in between, or seen too late by one of GitHub's servers: once more, the other way.
    const answer = answerOf(thrown);
    if (answer?.status === 422 && /does not exist/i.test(answer.message)) await create();
    else if (answer?.status === 409) await update();
    else if (answer?.status === 422) await afterRefusal(door, branch, thrown);
    else throw thrown;
  }
}

/** A first try whose answer was lost made the branch; so may another run. Git keeps no branch a and a/b side by side. */
async function afterRefusal(door: Door, branch: string, thrown: unknown): Promise<void> {
  const now = await readHead(door, branch);
  if (now !== null && /already exists/i.test(answerOf(thrown)?.message ?? '')) throw otherThan(branch, now);
  const rival = await findRival(door, branch);
  if (rival === null) throw thrown;
  throw new OfferProblem(
    `the branch ${branch} cannot exist beside the branch ${rival}`,
    'delete that branch, or choose another name with the input branch',
  );
}

/** A branch whose name is a folder of this one, or the other way round; GitHub's answer does not name it. */
async function findRival({ rest, repository }: Door, branch: string): Promise<string | null> {
  const parts = branch.split('/');
  for (const length of parts.slice(1).keys()) {
    const folder = parts.slice(0, length + 1).join('/');
    if ((await orNull(rest.git.getRef({ ...repository, ref: `heads/${folder}` }))) !== null) return folder;
  }
  const inside = await rest.git.listMatchingRefs({ ...repository, ref: `heads/${branch}/` });
  return inside.data[0]?.ref.replace('refs/heads/', '') ?? null;
}

/** A commit of this action came from another run of it. */
function otherThan(branch: string, now: BranchHead): OfferProblem {
  if (now.made !== null) return new LostRace(branch);
  return new OfferProblem(
    `somebody pushed to the branch ${branch} a moment ago`,
    'the next run looks at it again',
  );
}

/** Another run of this action wrote the branch meanwhile. What it proposes is no mistake: one looks again. */
export class LostRace extends OfferProblem {
  constructor(branch: string) {
    super(
      `another run wrote the branch ${branch} at the same time, so this one left it alone`,
      'the next run puts right what is missing; a `concurrency:` group lets one run wait for the other',
    );
    this.name = 'LostRace';
  }
}

/** Deletes a branch; one that is gone already is fine. */
export async function deleteBranch({ rest, repository }: Door, branch: string): Promise<void> {
  try {
    await rest.git.deleteRef({ ...repository, ref: `heads/${branch}` });
  } catch (thrown) {
    const answer = answerOf(thrown);
    if (answer?.status !== 404 && !/does not exist/i.test(answer?.message ?? '')) throw thrown;
  }
}
