// The one pull request of a config: found by its branch and the marker in its body, refreshed in place, closed when
// nothing is left. The branch is rebuilt on the base; what a person pushed to it is never overwritten.

import { withHint } from '../base/errors/hints.ts';
import type { PullRequestSettings } from '../config/images/config.ts';
import { type Change, fingerprint, type Proposable } from '../report/offers/change.ts';
import { isUpToDate } from '../report/offers/decide.ts';
import type { ProposedTag } from '../report/offers/marker.ts';
import { OfferProblem } from '../report/offers/problem.ts';
import { type OffPolicy, renderSwitchedOff } from '../report/offers/words.ts';
import {
  type BaseHead,
  type BranchHead,
  type Door,
  deleteBranch,
  pushEdits,
  readBase,
  readHead,
} from './git-data.ts';
import { type About, answerOf, problemOf } from './problems.ts';
import { type Open, type ProposalAddress, readStanding, type Standing } from './standing.ts';

/** How it ended. `number` is null and `url` empty where there is none; `notes` are sentences for the summary. */
export type Published = {
  readonly kind: 'none' | 'created' | 'updated' | 'closed' | 'unchanged';
  readonly number: number | null;
  readonly url: string;
  readonly declined: readonly ProposedTag[];
  /** The tags in it whose cost it does not say (keyOf), where they are ours to change. */
  readonly unpriced?: readonly string[] | undefined;
  readonly notes: readonly string[];
};

/**
 * Makes the pull request say what is proposed, with as few writes as possible: none when nothing changed.
 * @throws OfferProblem where the branch is the base itself
 */
export async function settlePullRequest(
  door: Door,
  standing: Standing,
  proposal: Proposable,
): Promise<Published> {
  const { address, open, declined } = standing;
  const before = { number: open?.number ?? null, tags: open?.tags ?? [], declined };
  const { head: base, found } = await readBase(door, address.base, proposal.paths(before));
  if (base.base === address.branch) {
    throw new OfferProblem(
      `the branch ${address.branch} is the base itself`,
      'choose another name with the input branch',
    );
  }
  const change = proposal.change(before, found);
  const head = await readHead(door, address.branch, base.commit);
  const result = (kind: Published['kind'], notes: readonly string[] = []): Published => {
    return { kind, number: open?.number ?? null, url: open?.url ?? '', declined: change.declined, notes };
  };
  if (change.added.length === 0) {
    if (open === null) return result('none', change.byHand);
    // A run that did not see everything takes nothing away but what a person unticked.
    if (!change.complete && open.tags.length > 0) return result('unchanged');
    if (head !== null && head.made === null) return leaveAlone(standing, result);
    return result('closed', await close(door, standing, head, proposal.nothingLeft(declined)));
  }
  const { edits, words } = change;
  const pushed = head === null || head.made !== fingerprint(edits);
  if (pushed && !mayOverwrite(head, standing, base)) return leaveAlone(standing, result);
  if (pushed) {
    await pushEdits(door, base, { edits, message: words.message }, { name: address.branch, before: head });
  }
  if (open === null) return create(door, standing, proposal, { ...change, base: base.base });
  const updated = await update(door, open, change, base.base);
  return { ...result(pushed || updated ? 'updated' : 'unchanged'), unpriced: change.unpriced };
}

/** Our own commit, one that a pull request of ours keeps, or one that lies on the base: nothing is lost then. */
function mayOverwrite(head: BranchHead | null, { open, heads }: Standing, base: BaseHead): boolean {
  if (head === null || head.made !== null || head.commit === base.commit) return true;
  return open === null && heads.has(head.commit);
}

function leaveAlone(
  { open, address }: Standing,
  result: (kind: 'unchanged', notes: string[]) => Published,
): Published {
  if (open === null) {
    throw new OfferProblem(
      `the branch ${address.branch} has commits that are not from this action`,
      'delete the branch, or choose another name with the input branch',
    );
  }
  const note = `somebody pushed to the branch ${address.branch}: pull request #${open.number} is left alone until it is merged or closed`;
  return result('unchanged', [note]);
}

async function create(
  door: Door,
  standing: Standing,
  { settings }: Pick<Proposable, 'settings'>,
  change: Change & { readonly base: string },
): Promise<Published> {
  const { rest, repository } = door;
  const { address } = standing;
  const { declined, unpriced, base } = change;
  const request = {
    ...repository,
    head: address.branch,
    base,
    title: change.words.title,
    body: change.words.body,
  };
  const label = (number: number) =>
    addLabelsAndReviewers(door, number, settings, {
      file: address.config,
      branch: address.branch,
      base,
    });
  try {
    const { data } = await createPatiently(door, () => rest.pulls.create(request));
    const notes = await label(data.number);
    return { kind: 'created', number: data.number, url: data.html_url, declined, unpriced, notes };
  } catch (thrown) {
    // Another run opened it, or this one did and the answer was lost.
    if (!/already exists/i.test(answerOf(thrown)?.message ?? '')) throw thrown;
    const { open } = await readStanding(door, address);
    if (open === null) throw thrown;
    await update(door, open, change, base);
    return { kind: 'updated', number: open.number, url: open.url, declined, notes: await label(open.number) };
  }
}

/** A branch that was made a moment ago is not known to all of GitHub's servers yet. */
async function createPatiently<T>(door: Door, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    const answer = answerOf(thrown);
    if (answer?.status !== 422 || !/"head"|resolve to a node/i.test(answer.message)) throw thrown;
    await door.sleep(3_000);
    return await work();
  }
}

/** Labels and reviewers are asked for once; a person may take them away. Without them the pull request still counts. */
async function addLabelsAndReviewers(
  door: Door,
  number: number,
  { labels, reviewers }: PullRequestSettings,
  about: About,
): Promise<string[]> {
  const { rest, repository } = door;
  const labelling =
    labels.length === 0
      ? null
      : rest.issues.addLabels({ ...repository, issue_number: number, labels: [...labels] });
  const notes = await noteProblem(about, labelling);
  if (reviewers.length === 0) return notes;
  const isTeam = (name: string) => name.startsWith('team/');
  const reviews = rest.pulls.requestReviewers({
    ...repository,
    pull_number: number,
    reviewers: reviewers.filter((name) => !isTeam(name)),
    team_reviewers: reviewers.filter(isTeam).map((name) => name.slice('team/'.length)),
  });
  return [...notes, ...(await noteProblem(about, reviews))];
}

async function noteProblem(about: About, work: Promise<unknown> | null): Promise<string[]> {
  try {
    await work;
    return [];
  } catch (thrown) {
    return [withHint(problemOf(thrown, about))];
  }
}

/** True when something was written. The words of a person in title or body stay until there is something new to say. */
async function update(
  { rest, repository }: Door,
  open: Open,
  { words, complete }: Pick<Change, 'words' | 'complete'>,
  base: string,
): Promise<boolean> {
  const { title, body } = words;
  if (open.marker !== null && isUpToDate(open.marker, words, complete) && open.base === base) return false;
  await rest.pulls.update({ ...repository, pull_number: open.number, title, body, base });
  return true;
}

/**
 * Closes the open pull request that the policy does not ask for any more; its branch goes too, where all on it is ours.
 * False where it is on another branch, which is another step's.
 */
export async function retirePullRequest(
  door: Door,
  address: ProposalAddress,
  number: number,
  off: OffPolicy,
): Promise<boolean> {
  const standing = await readStanding(door, address);
  if (standing.open?.number !== number) return false;
  const head = await readHead(door, address.branch);
  const words = renderSwitchedOff({ config: address.config, ...off }, 'a pull request', standing.declined);
  await close(door, standing, head?.made == null ? null : head, words);
  return true;
}

/** The marker forgets its tags in the same write: closed by us is not a no. */
async function close(
  door: Door,
  { open, address }: Standing,
  head: BranchHead | null,
  body: string,
): Promise<string[]> {
  if (open === null) return [];
  const { rest, repository } = door;
  await rest.pulls.update({ ...repository, pull_number: open.number, state: 'closed', body });
  if (head === null) return [];
  const about = { file: address.config, branch: address.branch, base: open.base };
  return noteProblem(about, deleteBranch(door, address.branch));
}
