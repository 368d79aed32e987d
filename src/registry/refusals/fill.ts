// The names in the sentences of the table: who was asked, where the config says so, how to log in there, how to create a
// repository there.

import { formatName } from '../../image/names/reference.ts';
import type { HostKind } from './host-kind.ts';
import { type Inquiry, sideOf } from './refusal.ts';

/**
 * A sentence of the table with its names filled in. `{party}` is a registry as a whole, `{repository}` one repository of
 * it, both with their side; `{host}` and `{path}` are the bare names; `{key}` is where the config names them; `{login}`,
 * `{by}`, `{create}` and `{health}` are what helps at this kind of registry.
 */
export function fill(sentence: string, kind: HostKind, asked: Inquiry): string {
  const names = namesOf(kind, asked);
  return sentence.replace(/\{([a-z]+)\}/g, (whole, name: string) => names[name] ?? whole);
}

function namesOf(kind: HostKind, asked: Inquiry): Readonly<Record<string, string>> {
  const { registry, repository, sides } = asked;
  const [project = '', name = ''] = repository.split('/');
  const isMirror = sideOf(asked) === 'mirror';
  const key = isMirror ? 'mirror' : sides.keyOf(asked);
  const plain = {
    party: isMirror ? `the mirror ${sides.mirror || registry}` : `upstream ${registry}`,
    repository: `${isMirror ? 'the mirror' : 'upstream'}'s repository ${formatName(asked)}`,
    host: registry,
    path: repository,
    project,
    name,
    key: `\`${key}:\``,
    region: /\.dkr[.-]ecr(?:-fips)?\.([\w-]+)\./.exec(registry)?.[1] ?? 'REGION',
    location: /^([\w-]+?)-docker\.pkg\.dev$/.exec(registry)?.[1] ?? 'LOCATION',
    account: registry.split('.', 1)[0] ?? '',
    // ECR's word for a template without a prefix.
    template: name === '' ? 'ROOT' : project,
    multiregion: GCR_PLACES[GCR.exec(registry)?.[1] ?? ''] ?? 'us',
  };
  const fillIn = (text: string): string =>
    text.replace(/\{([a-z]+)\}/g, (whole, own: keyof typeof plain) => plain[own] ?? whole);
  return {
    ...plain,
    by: fillIn(LOGINS[kind] ?? OTHER_LOGIN),
    login: `log in before this step with ${fillIn(LOGINS[kind] ?? OTHER_LOGIN)}`,
    create: fillIn(GCR.test(registry) ? GCR_CREATE : (CREATES[kind] ?? OTHER_CREATE)),
    health: fillIn(HEALTH[kind] ?? OTHER_HEALTH),
  };
}

// The login steps are those that the actions themselves document: docker/login-action, README; aws-actions/amazon-ecr-login,
// README; google-github-actions/auth, README; learn.microsoft.com, "Azure Container Registry authentication".
const OTHER_LOGIN = 'docker/login-action (`registry: {host}`)';
const LOGINS: Readonly<Partial<Record<HostKind, string>>> = {
  ghcr: `docker/login-action (\`registry: ghcr.io\`, \`username: \${{ github.actor }}\`, \`password: \${{ secrets.GITHUB_TOKEN }}\`)`,
  'docker-hub': 'docker/login-action (no `registry:`; a user name and an access token of Docker Hub)',
  quay: 'docker/login-action (`registry: {host}`; name and token of a robot account, as organization+robot)',
  ecr: 'aws-actions/configure-aws-credentials and docker/login-action (`registry: {host}`)',
  'ecr-public':
    'aws-actions/configure-aws-credentials (`aws-region: us-east-1`) and aws-actions/amazon-ecr-login (`registry-type: public`)',
  gar: 'google-github-actions/auth (`token_format: access_token`) and docker/login-action (`registry: {host}`, `username: oauth2accesstoken`, that token as password)',
  acr: 'azure/login and `az acr login --name {account}`',
  gitlab: 'docker/login-action (`registry: {host}`; a deploy token or an access token of GitLab)',
  gitea: 'docker/login-action (`registry: {host}`; an access token with the scope write:package as password)',
  harbor: 'docker/login-action (`registry: {host}`; name and token of a robot account, as robot$name)',
};

const OTHER_CREATE = 'create {path}, or the project it is in, at {host}';
const CREATES: Readonly<Partial<Record<HostKind, string>>> = {
  ecr: '`aws ecr create-repository --region {region} --repository-name {path}`, or let pushes make them: `aws ecr create-repository-creation-template --region {region} --prefix {template} --applied-for CREATE_ON_PUSH`',
  'ecr-public': '`aws ecr-public create-repository --region us-east-1 --repository-name {name}`',
  gar: '`gcloud artifacts repositories create {name} --project={project} --location={location} --repository-format=docker`',
  harbor: 'create the project {project}: in Harbor, Projects > New Project',
  quay: 'create the organization {project} in Quay, and give the robot account of this job the right to create repositories in it',
  gitlab: 'create the project {path}, or the one whose name it begins with, in GitLab',
  artifactory: 'create the local Docker repository {project} in Artifactory',
  nexus: 'create a hosted Docker repository in Nexus, and give its connector the port of {host}',
  'docker-hub': 'create the account or organization {project} at Docker Hub',
};

/** Artifact Registry serves gcr.io from a repository of that very name, in a multi-region that belongs to the host. */
const GCR = /^(?:(us|eu|asia)\.)?gcr\.io$/;
const GCR_PLACES: Readonly<Record<string, string>> = { us: 'us', eu: 'europe', asia: 'asia' };
const GCR_CREATE =
  '`gcloud artifacts repositories create {host} --project={project} --location={multiregion} --repository-format=docker`';

const OTHER_HEALTH = 'if it stays that way, ask whoever runs {host}';
const HEALTH: Readonly<Partial<Record<HostKind, string>>> = {
  ghcr: 'see githubstatus.com',
  'docker-hub': 'see dockerstatus.com',
  quay: 'see status.redhat.com',
  ecr: 'see health.aws.amazon.com',
  'ecr-public': 'see health.aws.amazon.com',
  gar: 'see status.cloud.google.com',
  acr: 'see azure.status.microsoft',
  mcr: 'see azure.status.microsoft',
  gitlab: 'see status.gitlab.com',
};
