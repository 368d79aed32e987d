// Jobs that mirror one config to several mirrors each see the pins of their own mirror. On one branch they would undo each
// other's proposals every night, so a job leaves alone what another one proposed for another mirror.

import type { GitHub } from '../../github/client.ts';
import type { GitHubProblem } from '../../github/problems.ts';
import type { Published } from '../../github/pull-request.ts';
import { keyOf, mirrorOf } from '../../report/offers/marker.ts';
import { type Bump, proposedPin } from '../../report/pins/bump.ts';

type Standing = Exclude<Awaited<ReturnType<GitHub['readStanding']>>, GitHubProblem>;

/**
 * How a run for `mirror` ends where the pull request of its branch is that of another mirror: in a problem, if that lacks
 * anything that this run would propose. Null where the pull request is its own, or nobody's.
 */
export function besideRival(
  { open, declined, address }: Standing,
  bumps: readonly Bump[],
  mirror: string,
): Published | GitHubProblem | null {
  const theirs = mirrorOf(open?.marker?.by ?? '');
  if (open === null || theirs === '' || theirs === mirror) return null;
  const settled = new Set([...open.tags, ...declined].map(keyOf));
  if (bumps.length === 0) return { kind: 'none', number: null, url: '', declined, notes: [] };
  if (bumps.every((bump) => settled.has(keyOf(proposedPin(bump)))))
    return { kind: 'unchanged', number: open.number, url: open.url, declined, notes: [] };
  const message = `pull request #${open.number} on the branch ${address.branch} moves pins for another mirror, ${theirs}`;
  const hint = 'give the job of each mirror a branch of its own with the input branch';
  return { kind: 'problem', message, hint };
}
