// docs/troubleshooting.md: every reason with what it means, and the table of refusals by the sentences that a run says.

import type { Reason } from '../src/base/errors/failure.ts';
import { fill } from '../src/registry/refusals/fill.ts';
import type { HostKind } from '../src/registry/refusals/host-kind.ts';
import type { Refusal } from '../src/registry/refusals/refusal.ts';
import { REFUSALS } from '../src/registry/refusals/table.ts';

/** Each reason in one sentence; the type holds the list to be whole. */
const REASONS: Readonly<Record<Reason, string>> = {
  denied: 'a login is missing, wrong or expired, or the account may not do this',
  'not-found': 'the repository, the tag or a part of the image is not there',
  gone: 'upstream removed a listed tag; the mirror keeps its copy. Delete the tag from the list if it is no longer wanted',
  'no-match':
    'a pattern of the list matches no upstream tag. Correct the pattern, or leave it if such tags are still to come',
  quota: 'the registry has no room left',
  'rate-limited': 'the registry limits requests or pulls',
  immutable: 'the registry does not let the tag move',
  unsupported: 'the answer is not what a registry says, or the registry cannot store this',
  corrupt:
    'the content is not what its digest says. Run again; if it happens again, the registry or a proxy is broken',
  timeout: 'there was no answer in time',
  network: 'the registry could not be reached',
  tls: 'no secure connection could be made: a certificate is not trusted, or TLS does not work',
  'server-error': 'the registry is out of order or read-only',
  'platform-lost': 'the mirror would lose a platform; see [platforms](platforms.md)',
  'platform-missing': 'upstream lacks an expected platform; see [platforms](platforms.md)',
  unsigned:
    'nobody signed the image, or no signature of it holds; nothing of it was written. See [trust](trust.md)',
  'wrong-signer':
    'the image is signed, but not by anyone whom `signed-by` names; the message says by whom. See [trust](trust.md)',
  'too-young':
    'the signature is younger than `min-signature-age`. The message says when it is due; the first run after that brings it',
  'foreign-change':
    'somebody else changed the tag during the run. Give all workflows that write to this mirror one `concurrency:` group',
  conflict:
    'two entries, or a platform tag and a tag, would become the same tag of the mirror. Change one of them',
  rollback:
    'another tag of the repository failed, and with `on-failure: rollback` all of its tags move or none. See the failed tag',
  'rollback-failed': 'a tag could not be put back. Look at the tag on the mirror; the next run sets it again',
  'kept-new': 'a rollback should have removed a new tag, but the registry does not remove tags',
  budget: 'the time budget was used up before this tag was tried. The next run does the rest',
  cancelled: 'the job was cancelled before this tag was tried. The next run does the rest',
  'no-record':
    'nobody recorded the base that this was built on, so it counts as stale; see [builds](builds.md#records)',
  'not-in-mirror':
    'the mirror does not have this base. Add it to `images` and let a sync bring it; see [builds](builds.md)',
  'series-ended': 'upstream goes on with a listed series under another name; see [new tags](new-tags.md)',
  internal: 'a bug in this program. Please open an issue with the message',
};

const NAMES: Readonly<Partial<Record<HostKind, string>>> = {
  ghcr: 'ghcr.io',
  'docker-hub': 'docker.io',
  quay: 'quay.io',
  ecr: '123456789012.dkr.ecr.REGION.amazonaws.com',
  'ecr-public': 'public.ecr.aws',
  gar: 'LOCATION-docker.pkg.dev',
  acr: 'NAME.azurecr.io',
  gitlab: 'registry.gitlab.com',
};

/** The whole page. */
export function renderTroubleshooting(): string {
  const lines = (Object.keys(REASONS) as Reason[]).flatMap(sectionOf);
  return [...HEAD, ...lines].join('\n');
}

const HEAD = [
  '# Troubleshooting',
  '',
  '<!-- Made from src/registry/refusals by `npm run docs`; change it there. -->',
  '',
  'Each failed tag has a reason and one sentence that says what happened. Look for the sentence here. HOST, PATH, PROJECT and',
  'NAME stand for yours, and most sentences about `upstream` are used for the mirror in the same words. The exact words of the',
  'registry are in the field `detail` of the report. A source is a page of the registry, or where its words were seen.',
  '',
];

function sectionOf(reason: Reason): string[] {
  const rows = REFUSALS.filter((row) => row.reason === reason);
  const table = [
    '| what the run says | what to do | source |',
    '| --- | --- | --- |',
    ...rows.map(rowOf),
    '',
  ];
  const sentence = `${capital(REASONS[reason])}.`;
  if (rows.length === 0) return [`## ${reason}`, sentence, ''];
  return [`## ${reason}`, '', sentence, '', ...table];
}

function rowOf({ when, kind: given, happened, advice, source }: Refusal): string {
  const kind = given ?? when.hosts?.[0] ?? 'other';
  const isMirror = when.writes === true || when.side === 'mirror';
  const name = { registry: NAMES[kind] ?? 'HOST', repository: 'PROJECT/NAME' };
  const sides = {
    mirror: `${name.registry}/PROJECT`,
    keyOf: () => (isMirror ? 'mirror' : 'source'),
  } as const;
  const inquiry = { ...name, writes: isMirror, sides };
  const cells = [happened, advice].map((text) => cell(fill(text, kind, inquiry)));
  return `| ${cells.join(' | ')} | ${source === '' ? 'from memory' : `[see](${source})`} |`;
}

/** Outside code, `$` and `<` would be read as marks. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
