// What a registry takes no more of: requests, pulls, bytes, and moves of a tag.

import type { Refusal } from './refusal.ts';

const TOO_MANY = /TOOMANYREQUESTS|too ?many ?requests/i;
const QUOTA_AT = [400, 403, 405, 412, 413, 500];
const FIXED_AT = [400, 403, 405, 409, 412];

/** Rows in the order in which they are tried. */
export const LIMITS: readonly Refusal[] = [
  {
    id: 'hub-pull-limit-anonymous',
    when: { hosts: ['docker-hub'], status: [429], words: /pull rate limit|pull limit/i, login: false },
    reason: 'rate-limited',
    happened: "{party} allows no more pulls for now: the limit for this runner's address is used up",
    advice: 'for a higher limit {login}; otherwise run again later: the limit counts the last few hours',
    source: 'https://docs.docker.com/docker-hub/usage/pulls/',
  },
  {
    id: 'hub-pull-limit',
    when: { hosts: ['docker-hub'], status: [429], words: /pull rate limit|pull limit/i },
    reason: 'rate-limited',
    happened: '{party} allows no more pulls for now: the limit of this account or address is used up',
    advice:
      'run again later: the limit counts the last few hours; a paid plan of Docker Hub has a higher one',
    source: 'https://docs.docker.com/docker-hub/usage/pulls/',
  },
  {
    id: 'hub-abuse-limit',
    when: { hosts: ['docker-hub'], status: [429], words: /too many requests/i },
    reason: 'rate-limited',
    happened:
      "{party} gets too many requests: its abuse limit counts every request from this runner's address",
    advice:
      'set a lower `requests-per-second` for {host} under `registries:`, or run again later; this limit is the same with a login',
    source: 'https://docs.docker.com/docker-hub/usage/#abuse-rate-limit',
  },
  {
    id: 'ecr-public-limit',
    when: { hosts: ['ecr-public'], status: [429], words: /(?:rate|data limit) exceeded|^$/i, login: false },
    reason: 'rate-limited',
    happened: '{party} allows no more pulls for now: pulls without a login are limited',
    advice: '{login}; otherwise run again later',
    source: 'https://github.com/aws/aws-lambda-web-adapter/issues/595',
  },
  {
    id: 'gar-request-quota',
    when: { hosts: ['gar'], status: [403, 429], words: /quota exceeded for quota metric/i },
    reason: 'rate-limited',
    happened: '{party} gets more requests than the quota of its Google Cloud project allows',
    advice:
      'set a lower `requests-per-second` for {host} under `registries:`, or ask for more requests a minute in IAM & Admin > Quotas',
    source: 'https://cloud.google.com/artifact-registry/quotas',
  },
  {
    id: 'rate-limit',
    when: { status: [429] },
    reason: 'rate-limited',
    happened: '{party} says that it gets too many requests',
    advice:
      'set a lower `requests-per-second` for {host} under `registries:`, run again later, or {login} if this job does not do so yet',
    source: 'https://www.rfc-editor.org/rfc/rfc6585#section-4',
  },
  {
    id: 'rate-limit-code',
    when: { status: [400, 403], words: TOO_MANY },
    reason: 'rate-limited',
    happened: '{party} says that it gets too many requests',
    advice: 'set a lower `requests-per-second` for {host} under `registries:`, or run again later',
    source: 'https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes',
  },
  {
    id: 'harbor-quota',
    when: { status: QUOTA_AT, words: /will exceed the configured upper limit/i },
    reason: 'quota',
    happened: '{party} has no room left: the project {project} has reached its quota',
    advice:
      'raise the quota (Harbor: Administration > Project Quotas), or delete images there and run its garbage collection',
    source: 'https://goharbor.io/docs/main/administration/configure-project-quotas/',
  },
  {
    // The words are Quay's own (endpoints/v2/errors.py, QuotaExceeded).
    id: 'quay-quota',
    when: { status: QUOTA_AT, words: /quota has been exceed/i },
    reason: 'quota',
    happened: '{party} has no room left: the organization {project} has used up its quota',
    advice: 'raise the quota (Quay: organization > Settings > Quota Management), or delete tags there',
    source: 'https://github.com/quay/quay/blob/master/endpoints/v2/errors.py',
  },
  {
    id: 'nexus-quota',
    when: { status: QUOTA_AT, words: /blob store .*quota|soft quota/i },
    reason: 'quota',
    happened: '{party} has no room left: its blob store has reached its quota',
    advice:
      'raise the soft quota of the blob store in Nexus, or delete images there and run the task that compacts the blob store',
    source: 'https://help.sonatype.com/en/configuring-blob-stores.html',
  },
  {
    // From memory: GitHub bills storage of private packages, and stops them at the budget of the account.
    id: 'ghcr-quota',
    when: { hosts: ['ghcr'], status: QUOTA_AT, words: /quota|billing|spending limit|storage limit/i },
    reason: 'quota',
    happened: '{party} has no room left: the storage or the budget for packages is used up',
    advice:
      'see Settings > Billing of {project} on GitHub: raise the budget for Packages, or delete old versions',
    source: '',
  },
  {
    // From memory: GitLab.com counts the registry among the storage of a top-level group.
    id: 'gitlab-quota',
    when: { hosts: ['gitlab'], status: QUOTA_AT, words: /storage|quota|limit exceeded/i },
    reason: 'quota',
    happened: '{party} has no room left: the storage of {project} is used up',
    advice:
      'see Settings > Usage quotas of {project} in GitLab: buy storage, or delete tags of its container registry',
    source: '',
  },
  {
    id: 'repository-limit',
    when: { status: QUOTA_AT, words: /contains \d+ repositories, limit is/i },
    reason: 'quota',
    happened: '{party} may not have more repositories in its plan',
    advice: 'choose a larger plan at {host}, or delete a repository there',
    source: 'https://github.com/docker/build-push-action/issues/586',
  },
  {
    id: 'full-disk',
    when: { status: [...QUOTA_AT, 507], words: /no space|disk full|out of space|insufficient storage/i },
    reason: 'quota',
    happened: '{party} has no room left: its disk is full',
    advice:
      'ask whoever runs {host} to make room; deleting tags there helps only once its garbage collection has run',
    source: 'https://github.com/distribution/distribution/issues/4896',
  },
  {
    id: 'quota',
    when: {
      status: QUOTA_AT,
      words: /quota|storage limit|exceed(?:s|ed)?\b(?!.*rate).*(?:storage|limit)/i,
    },
    reason: 'quota',
    happened: '{party} has no room left: a quota is used up',
    advice: 'raise the quota at {host}, or delete images there',
    source: 'https://github.com/IBM-Cloud/ibm-cloud-cli-release/issues/105',
  },
  {
    id: 'no-storage',
    when: { status: [507] },
    reason: 'quota',
    happened: '{party} has no room left',
    advice: 'raise the quota at {host}, or delete images there',
    source: 'https://www.rfc-editor.org/rfc/rfc4918#section-11.5',
  },
  {
    id: 'layer-too-large',
    when: { status: [400, 413], words: /larger than allowed|too large|entity.too.large/i, writes: true },
    reason: 'unsupported',
    happened: '{party} does not accept a layer of this size',
    advice:
      'raise the limit for uploads at {host} or at the proxy before it (nginx: client_max_body_size); ghcr.io accepts 10 GB a layer',
    source:
      'https://docs.github.com/en/packages/working-with-a-github-packages-registry/working-with-the-container-registry',
  },
  {
    id: 'too-large',
    when: { status: [413], writes: true },
    reason: 'unsupported',
    happened: '{party} does not accept an upload of this size',
    advice: 'raise the limit for uploads at {host} or at the proxy before it (nginx: client_max_body_size)',
    source: 'https://nginx.org/en/docs/http/ngx_http_core_module.html#client_max_body_size',
  },
  {
    id: 'ecr-fixed-tag',
    when: {
      hosts: ['ecr', 'ecr-public'],
      status: FIXED_AT,
      words: /TagAlreadyExists|TAG_INVALID|already exists|immutable/i,
    },
    reason: 'immutable',
    happened: '{repository} does not let a tag move: tag immutability is on',
    advice:
      'run `aws ecr put-image-tag-mutability --region {region} --repository-name {path} --image-tag-mutability MUTABLE`, or leave the tag out',
    source: 'https://github.com/aws/containers-roadmap/issues/862',
  },
  {
    id: 'harbor-fixed-tag',
    when: { status: [403, 412], words: /configured as immutable/i },
    reason: 'immutable',
    happened: '{repository} does not let this tag move: a rule for tag immutability covers it',
    advice: 'change the rule (Harbor: project {project} > Policy > Tag Immutability), or leave the tag out',
    source:
      'https://goharbor.io/docs/main/working-with-projects/working-with-images/create-tag-immutability-rules/',
  },
  {
    id: 'gar-fixed-tag',
    when: { hosts: ['gar'], status: FIXED_AT, words: /immutab/i },
    reason: 'immutable',
    happened: '{repository} does not let a tag move: tag immutability is on',
    advice:
      'run `gcloud artifacts repositories update {name} --project={project} --location={location} --no-immutable-tags`, or leave the tag out',
    source: 'https://github.com/stackshy/cloudemu/pull/1037',
  },
  {
    id: 'acr-locked',
    when: { status: [405], words: /operation is disallowed/i },
    reason: 'immutable',
    happened: '{repository} does not let this tag move: the tag or the repository is locked',
    advice:
      'run `az acr repository update --name {account} --image {path}:TAG --write-enabled true` (or with `--repository {path}`), or leave the tag out',
    source: 'https://learn.microsoft.com/en-us/azure/container-registry/container-registry-image-lock',
  },
  {
    id: 'quay-fixed-tag',
    when: { hosts: ['quay'], status: FIXED_AT, words: /TAG_ALREADY_EXISTS|immutab/i },
    reason: 'immutable',
    happened: '{repository} does not let this tag move: it was made immutable',
    advice: 'let it move in Quay (repository > Tags > Change immutability), or leave the tag out',
    source: 'https://github.com/quay/quay/blob/master/endpoints/v2/errors.py',
  },
  {
    id: 'nexus-fixed-tag',
    when: { status: FIXED_AT, words: /does not allow updating|cannot be updated/i },
    reason: 'immutable',
    happened: '{repository} does not let a tag move: its deployment policy forbids it',
    advice: 'set the deployment policy of the repository to "Allow redeploy" in Nexus, or leave the tag out',
    source: 'https://github.com/GoogleContainerTools/jib/issues/3057',
  },
  {
    // From memory: Artifactory asks for the right to delete where a tag would be overwritten.
    id: 'artifactory-fixed-tag',
    when: { status: FIXED_AT, words: /permissions? to (?:delete\/)?overwrite|block pushing/i },
    reason: 'immutable',
    happened: '{repository} does not let a tag move: the login lacks the right to overwrite',
    advice:
      'give the account the permission Delete/Overwrite in Artifactory, and untick "Block pushing of existing tags" of the repository',
    source: '',
  },
  {
    id: 'fixed-tag',
    when: {
      status: FIXED_AT,
      words: /immutab|already[ _]?exists|TAG_INVALID|cannot be (?:overwritten|overridden|moved)/i,
    },
    reason: 'immutable',
    happened: '{repository} does not let this tag move',
    advice: 'let tags move at {host}, or leave the tag out of the list',
    source: 'https://github.com/docker/hub-feedback/issues/2466',
  },
];
