// One config, one fake GitHub, and what a run of the action does there.

import { retry } from '@octokit/plugin-retry';
import { parseConfig } from '../../src/config/images/parse.ts';
import { type GitHub, openGitHub } from '../../src/github/client.ts';
import type { Offer } from '../../src/report/offers/change.ts';
import type { GitHubApi } from '../fakes/github/github-api.ts';

export const TEXT = 'mirror: ghcr.io/acme/mirror\nimages:\n- { source: ruby, tags: ["3.4"] }\n';
export const BRANCH = 'fresh-mirror/images.yaml';
export const PLACE = { config: 'images.yaml', base: null, branch: BRANCH };

/** GitHub with retries, whose waits take no time. */
export function openWith(api: GitHubApi): GitHub {
  const log = { debug: () => {}, tell: () => {} };
  const way = { token: 'x', repository: 'acme/app', apiUrl: api.url, plugins: [retry] };
  return openGitHub({ ...way, patience: 0, signal: null, log, second: 1 });
}

/** These tags of ruby as a run found them new, next to 3.4. */
export function offer(...names: string[]): Offer {
  return offerIn(TEXT, ...names);
}

/** The same where the config was read as `seen`. */
export function offerIn(seen: string, ...names: string[]): Offer {
  const { config: parsed } = parseConfig(Buffer.from(seen), 'images.yaml');
  const config = { ...parsed, pullRequest: { ...parsed.pullRequest, labels: ['mirror'] } };
  const tags = config.entries.flatMap((entry) => {
    return names.map((tag) => ({ entry, tag, beside: '3.4', series: 'N.N', cost: null }));
  });
  return { config, seen, tags, complete: true, notices: [] };
}

/** What one run does about its pull request. */
export async function proposeTo(github: GitHub, made: Offer, place = PLACE) {
  const standing = await github.readStanding(place);
  return standing.kind === 'problem' ? standing : github.settlePullRequest(standing, made);
}
