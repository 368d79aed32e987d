// What a policy, a firewall or a switch of the registry forbids, whoever asks; and registries that take no pushes now.

import type { Refusal } from './refusal.ts';

/** Rows in the order in which they are tried. */
export const POLICIES: readonly Refusal[] = [
  {
    id: 'harbor-vulnerable',
    when: { words: /PROJECTPOLICYVIOLATION.*(?:vulnerab|scann)/i },
    reason: 'denied',
    happened: '{party} holds the image back: it was not scanned yet, or the scan found vulnerabilities',
    advice:
      'have it scanned, or add its CVEs to the allowlist (Harbor: project {project} > Configuration), or leave the tag out',
    source: 'https://github.com/goharbor/harbor/blob/main/src/server/middleware/vulnerable/vulnerable.go',
  },
  {
    id: 'harbor-policy',
    when: { words: /PROJECTPOLICYVIOLATION/ },
    reason: 'denied',
    happened:
      '{party} holds the image back: a policy of its project {project} wants it signed or checked first',
    advice: 'meet the policy or change it (Harbor: project {project} > Configuration), or leave the tag out',
    source: 'https://github.com/goharbor/harbor/pull/23231',
  },
  {
    id: 'xray-policy',
    when: { words: /policy configured in Xray|download block(?:ing|ed)|rejected the resolution/i },
    reason: 'denied',
    happened: '{party} holds the image back: a policy of Xray blocks its download',
    advice: 'see the violation in JFrog Xray and have it ignored or fixed there, or leave the tag out',
    source: 'https://github.com/sobolevn/git-secret/issues/801',
  },
  {
    id: 'acr-firewall',
    when: { words: /client with IP .*not allowed access/i },
    reason: 'denied',
    happened: "{party} does not accept requests from this runner's address: its firewall is on",
    advice:
      'allow the address (`az acr network-rule add --name {account} --ip-address ADDRESS`), or use a self-hosted runner inside that network',
    source: 'https://github.com/docker/build-push-action/issues/1214',
  },
  {
    id: 'quay-region',
    when: { words: /geo-?ip blocked|geo-?block/i },
    reason: 'denied',
    happened: '{party} serves nothing to the region of this runner',
    advice: 'ask the owner of the repository, or use a runner in another region',
    source: 'https://github.com/quay/quay/blob/master/endpoints/v2/errors.py',
  },
  {
    id: 'quay-disabled',
    when: { words: /is disabled\. Please contact your system administrator/i },
    reason: 'denied',
    happened: '{party} has disabled the organization {project}',
    advice: 'ask whoever runs {host}',
    source: 'https://github.com/quay/quay/blob/master/endpoints/v2/errors.py',
  },
  {
    id: 'ecr-policy',
    when: { hosts: ['ecr'], words: /explicit deny/i },
    reason: 'denied',
    happened: '{party} forbids this by a policy, perhaps for the address of this runner',
    advice:
      "look for a Deny in the repository's policy, in the role's and in that of the VPC endpoint, or use a runner inside that network",
    source: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html',
  },
  {
    // From memory: what VPC Service Controls say.
    id: 'gar-perimeter',
    when: { hosts: ['gar'], words: /prohibited by organization'?s policy|vpc ?service ?controls/i },
    reason: 'denied',
    happened: '{party} does not accept requests from outside its service perimeter',
    advice:
      'add an ingress rule for this runner to VPC Service Controls, or use a runner inside the perimeter',
    source: '',
  },
  {
    id: 'quay-read-only',
    when: { words: /is currently read-only|pushes to the registry are currently disabled/i },
    reason: 'server-error',
    happened: '{party} accepts no pushes for now: it is read-only',
    advice: 'run again later; {health}',
    source: 'https://github.com/quay/quay/pull/2755',
  },
  {
    id: 'harbor-read-only',
    when: { words: /in read ?-?only mode/i },
    reason: 'server-error',
    happened: '{party} accepts no pushes for now: it was set to read-only',
    advice:
      'run again later, or have it switched off (Harbor: Administration > Configuration > System Settings > Repository Read Only)',
    source: 'https://github.com/goharbor/harbor/issues/4650',
  },
  {
    // From memory: GitLab in maintenance mode, and Geo's secondary sites.
    id: 'maintenance',
    when: {
      status: [403, 405, 503],
      words: /maintenance|(?:system|registry|server|instance|site) is (?:currently |in )?read-?only/i,
    },
    reason: 'server-error',
    happened: '{party} is under maintenance',
    advice: 'run again later; {health}',
    source: '',
  },
];
