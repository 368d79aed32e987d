// What to do next, by reason: one sentence for each, whoever met the failure.

import type { Reason } from './failure.ts';

const HINTS: Readonly<Partial<Record<Reason, string>>> = {
  denied: 'log in to this registry before the action runs, and check what the account may do there',
  quota: 'free space on the mirror registry or raise its quota',
  'rate-limited':
    'log in for a higher limit, lower `requests-per-second` of this registry, or run the action later',
  immutable: 'the mirror does not let this tag move; allow it there or leave the tag out',
  tls: 'give the certificate authority with `registries.HOST.ca`, or `registries.HOST.http: true` for plain http',
};

/** The hint for a failure of this kind at a registry; empty where only its message can say what to do. */
export function hintFor(reason: Reason): string {
  return HINTS[reason] ?? '';
}

/** What to do about an image that a policy of its registry holds back. */
export const POLICY_HINT =
  'a policy of this registry holds the image back; have it scanned, signed or allowed there, or leave the tag out';

/**
 * What to do where the mirror wants a repository to be created before anything is pushed to it: the command, for the
 * registries that have one.
 */
export function creationHint({
  registry,
  repository,
}: {
  readonly registry: string;
  readonly repository: string;
}): string {
  const region = /\.dkr[.-]ecr(?:-fips)?\.([\w-]+)\./.exec(registry)?.[1];
  const on = 'on the mirror, which does not make it by itself';
  if (region !== undefined) {
    return `create the repository ${on}: aws ecr create-repository --region ${region} --repository-name ${repository}`;
  }
  const location = /^([\w-]+)-docker\.pkg\.dev$/.exec(registry)?.[1];
  if (location !== undefined) {
    const [project = '', name = ''] = repository.split('/');
    return `create the repository ${on}: gcloud artifacts repositories create ${name} --project=${project} --location=${location} --repository-format=docker`;
  }
  return `create ${repository} (or the project it is in) on the mirror ${registry} first, which does not make it by itself`;
}
