// Who may do what: logins that are missing, wrong or expired, and rights that are missing.

import type { Refusal } from './refusal.ts';

const DENIED = [401, 403];

/** Rows in the order in which they are tried. */
export const ACCESS: readonly Refusal[] = [
  {
    id: 'ecr-expired',
    when: { hosts: ['ecr', 'ecr-public'], words: /authorization token has expired/i },
    reason: 'denied',
    happened: 'the login to {party} has expired: logins of ECR are good for 12 hours',
    advice: 'put the login right before this step, in the same job: {by}',
    source: 'https://github.com/aws/aws-cli/issues/2351',
  },
  {
    // From memory: access tokens of Google are good for an hour.
    id: 'gar-expired',
    when: { hosts: ['gar'], words: /expired|invalid authentication credentials/i },
    reason: 'denied',
    happened: 'the login to {party} is wrong or has expired: access tokens of Google are good for an hour',
    advice: 'put the login right before this step, in the same job: {by}',
    source: '',
  },
  {
    id: 'expired',
    when: {
      status: DENIED,
      words: /(?:token|authorization|credentials?|password|session) (?:has |have |is |are |was )?expired/i,
    },
    reason: 'denied',
    happened: 'the login to {party} has expired',
    advice:
      'log in with a password or token that is still valid, right before this step, in the same job: {by}',
    source: 'https://github.com/cesanta/docker_auth/issues/240',
  },
  {
    id: 'hub-token-scope',
    when: { words: /insufficient scopes/i },
    reason: 'denied',
    happened: '{party} accepts the login, but its access token may not do this',
    advice:
      'make an access token that may read and write (Docker Hub: Account settings > Personal access tokens)',
    source: 'https://github.com/spinalcordtoolbox/spinalcordtoolbox/issues/5286',
  },
  {
    id: 'wrong-login',
    when: { sign: 'wrong-login' },
    reason: 'denied',
    happened: '{party} refuses the login: wrong user name or password',
    advice: 'correct the user name and the password, or the secret, of the login step for {host}: {by}',
    source: 'https://distribution.github.io/distribution/spec/auth/token/',
  },
  {
    id: 'wrong-password',
    when: {
      status: DENIED,
      words: /incorrect username or password|credentials are invalid|invalid (?:username|credentials)/i,
    },
    reason: 'denied',
    happened: '{party} refuses the login: wrong user name or password',
    advice: 'correct the user name and the password, or the secret, of the login step for {host}: {by}',
    source: 'https://github.com/quay/quay/blob/master/endpoints/v2/errors.py',
  },
  {
    id: 'proxy-login',
    when: { status: [407] },
    reason: 'denied',
    happened: '{party} cannot be reached: the proxy of this runner requires a login',
    advice: 'write the login for the proxy into its variable: http://user:password@host:port',
    source: 'https://www.rfc-editor.org/rfc/rfc9110#section-15.5.8',
  },
  {
    id: 'no-login-write',
    when: { status: DENIED, writes: true, login: false },
    reason: 'denied',
    happened: '{party} accepts no pushes from a job that is not logged in to {host}',
    advice: '{login}',
    source: 'https://github.com/GoogleCloudPlatform/generative-ai/issues/693',
  },
  {
    id: 'ghcr-create',
    when: { hosts: ['ghcr'], words: /not allowed to Create organization package/i },
    reason: 'denied',
    happened: '{party} does not let this job make new packages in {project}',
    advice:
      'add `permissions: { packages: write }` to the job; if it has that, allow members to create packages (organization {project} > Settings > Packages)',
    source: 'https://github.com/freeipa/ipa-tuura/issues/38',
  },
  {
    id: 'ghcr-owner',
    when: { hosts: ['ghcr'], writes: true, words: /requested installation does not exist/i },
    reason: 'denied',
    happened: '{party} belongs to {project}, and the login of this job to another owner',
    advice:
      'write the owner of this repository in {key}, as in ghcr.io/OWNER/mirror, in lower case; or log in with a personal access token that may write packages of {project}',
    source: 'https://github.com/grafana/k6/pull/2111',
  },
  {
    // The token service says DENIED too: "requested access to the resource is denied".
    id: 'ghcr-write',
    when: { hosts: ['ghcr'], status: DENIED, writes: true },
    reason: 'denied',
    happened: '{party} does not let this job write packages',
    advice:
      'add `permissions: { packages: write }` to the job; if it has that, give this repository the role Write under Manage Actions access in the settings of the package (packages made with a personal access token lack it); a policy of the organization may forbid it too',
    source: 'https://github.com/actions/runner/issues/1039',
  },
  {
    id: 'ecr-write',
    when: { hosts: ['ecr', 'ecr-public'], status: DENIED, writes: true },
    reason: 'denied',
    happened: '{party} does not let the role of this job push',
    advice:
      'allow the role ecr:BatchCheckLayerAvailability, ecr:InitiateLayerUpload, ecr:UploadLayerPart, ecr:CompleteLayerUpload, ecr:PutImage and ecr:BatchGetImage for {path}',
    source: 'https://github.com/aws-actions/amazon-ecr-login/issues/232',
  },
  {
    id: 'gar-write',
    when: { hosts: ['gar'], status: DENIED, writes: true },
    reason: 'denied',
    happened: '{repository} does not exist, or the account of this job may not push to it',
    advice:
      'give the account the role roles/artifactregistry.writer; if the repository {name} does not exist yet: {create}',
    source: 'https://github.com/GoogleCloudPlatform/cymbal-superstore/pull/4',
  },
  {
    id: 'acr-write',
    when: { hosts: ['acr'], status: DENIED, writes: true },
    reason: 'denied',
    happened: '{party} does not let the identity of this job push',
    advice: 'give the identity the role AcrPush (or Container Registry Repository Writer) on {account}',
    source:
      'https://learn.microsoft.com/en-us/azure/container-registry/container-registry-rbac-built-in-roles-overview',
  },
  {
    id: 'quay-write',
    when: { hosts: ['quay'], status: DENIED, writes: true },
    reason: 'denied',
    happened: '{repository} does not exist, or the account of this job may not push to it',
    advice:
      'give the robot account Write on the repository, or Creator in a team of the organization {project} so that it can make new ones',
    source: 'https://docs.redhat.com/en/documentation/red_hat_quay/3/html/use_red_hat_quay/',
  },
  {
    id: 'hub-write',
    when: { hosts: ['docker-hub'], status: DENIED, writes: true },
    reason: 'denied',
    happened: '{party} does not let the account of this job push to {path}',
    advice:
      'the first part of {path} must be the account that logs in or an organization that it may write to; its access token must allow writing',
    source: 'https://github.com/docker/hub-feedback/issues/1678',
  },
  {
    id: 'gitea-write',
    kind: 'gitea',
    when: { words: /reqPackageAccess/i },
    reason: 'denied',
    happened: '{party} does not let the account of this job write packages of {project}',
    advice:
      'log in with an access token that has the scope write:package, of an account that may write in {project}',
    source: 'https://github.com/go-gitea/gitea/issues/31531',
  },
  {
    id: 'gitlab-write',
    when: { hosts: ['gitlab'], status: DENIED, writes: true },
    reason: 'denied',
    happened: '{repository} does not belong to a project that the account of this job may push to',
    advice:
      'use a deploy token with the scopes read_registry and write_registry, or an access token with them and the role Developer; {path} must be the full path of a project and at most two parts more',
    source: 'https://docs.gitlab.com/user/packages/container_registry/troubleshoot_container_registry/',
  },
  {
    id: 'harbor-write',
    kind: 'harbor',
    when: { status: DENIED, writes: true, words: /action: push|project .* not found/i },
    reason: 'denied',
    happened: '{party} has no project {project}, or the account of this job may not push to it',
    advice: '{create}; give the account, or its robot account, the right to push there (role Developer)',
    source: 'https://github.com/goharbor/harbor/issues/13988',
  },
  {
    id: 'no-right-write',
    when: { status: DENIED, writes: true },
    reason: 'denied',
    happened: '{party} does not let this job push',
    advice:
      'check that the account which logs in to {host} may write to {path}; some registries also say this of a project that has to be created first',
    source: 'https://github.com/goharbor/harbor/issues/966',
  },
  {
    id: 'mirror-unread-anonymous',
    when: { status: DENIED, side: 'mirror', login: false },
    reason: 'denied',
    happened: '{party} shows nothing to a job that is not logged in to {host}',
    advice: '{login}',
    source: 'https://github.com/project-zot/zot/issues/1726',
  },
  {
    id: 'mirror-unread',
    when: { status: DENIED, side: 'mirror' },
    reason: 'denied',
    happened: '{repository} does not exist yet, or the account of this job may not read it',
    advice: 'check what the account that logs in to {host} may do there',
    source: 'https://github.com/google/go-containerregistry/pull/1691',
  },
  {
    id: 'hub-unread',
    when: { hosts: ['docker-hub'], status: DENIED, login: false },
    reason: 'denied',
    happened: '{repository} does not exist, or is private',
    advice: 'correct `source:` if it is misspelt; for a private repository {login}',
    source: 'https://github.com/uber/kraken/issues/298',
  },
  {
    id: 'ghcr-unread',
    when: { hosts: ['ghcr'], status: DENIED },
    reason: 'denied',
    happened: '{repository} does not exist, or is private and this job may not read it',
    advice:
      'correct `source:` if it is misspelt; for a private package {login} and give this repository access under Manage Actions access in the settings of the package',
    source:
      'https://docs.github.com/en/packages/learn-github-packages/configuring-a-packages-access-control-and-visibility',
  },
  {
    id: 'unread-anonymous',
    when: { status: DENIED, login: false },
    reason: 'denied',
    happened: '{repository} does not exist, or is not shown without a login',
    advice: 'correct {key} if it is misspelt; for a private repository {login}',
    source: 'https://github.com/quay/quay/blob/master/endpoints/v2/errors.py',
  },
  {
    id: 'unread',
    when: { status: DENIED },
    reason: 'denied',
    happened: '{repository} does not exist, or the account that is logged in may not read it',
    advice:
      'correct {key} if it is misspelt, or give the account that logs in to {host} the right to read it',
    source: 'https://github.com/containerd/containerd/issues/7064',
  },
];
