// Ways in which a registry goes wrong, each a row. `survives`: the fault passes or is harmless, so the right image
// must land and the run succeed. `truthful`: it may not be possible; the right image lands, or the tag is reported
// failed with a true reason and the destination tag is untouched. Never a wrong success, never a hang.

import type { BearerRule, Effect, Fault, Place } from './fault.ts';

export type FaultCase = {
  readonly number: number;
  readonly name: string;
  readonly expect: 'survives' | 'truthful';
  /** The registry that goes wrong. */
  readonly side: 'source' | 'mirror';
  readonly fault: Fault | null;
  readonly bearer: BearerRule | null;
};

type Row = readonly [name: string, expect: 'S' | 'T', rule: Fault | BearerRule];

const READS = ['GET', 'HEAD'];
const ZEROS = `sha256:${'0'.repeat(64)}`;
const RETRY_AFTER = { headers: { 'Retry-After': '5' } };

function on(
  methods: readonly string[] | 'any',
  place: Place,
  times: number | 'always',
  effect: Effect | Exclude<Effect['kind'], 'status' | 'header' | 'alter' | 'raw'>,
): Fault {
  return { methods, place, times, effect: typeof effect === 'string' ? { kind: effect } : effect };
}

function status(code: number, more: Omit<Effect & { kind: 'status' }, 'kind' | 'status'> = {}): Effect {
  return { kind: 'status', status: code, ...more };
}

function error(httpStatus: number, code: string, message = 'injected'): Effect {
  return status(httpStatus, { error: { code, message } });
}

function tagRead(times: number | 'always', effect: Parameters<typeof on>[3]): Fault {
  return on(READS, 'tag-manifest', times, effect);
}

function blobGet(times: number | 'always', effect: Parameters<typeof on>[3]): Fault {
  return on(['GET'], 'blob', times, effect);
}

function tagPut(times: number | 'always', effect: Parameters<typeof on>[3]): Fault {
  return on(['PUT'], 'tag-manifest', times, effect);
}

function header(name: string, value: string | null): Effect {
  return { kind: 'header', name, value };
}

const SOURCE: readonly Row[] = [
  ['429_RA5_x1', 'S', tagRead(1, status(429, RETRY_AFTER))],
  ['429_RA5_x3', 'S', tagRead(3, status(429, RETRY_AFTER))],
  ['429_noRA_x2', 'S', tagRead(2, status(429))],
  ['429_noRA_x6', 'S', tagRead(6, status(429))],
  ['429_RAdate4_x2', 'S', tagRead(2, status(429, { retryDate: 4 }))],
  ['429_RA3600_x1', 'T', tagRead(1, status(429, { headers: { 'Retry-After': '3600' } }))],
  ['429_RA5_blob_x3', 'S', blobGet(3, status(429, RETRY_AFTER))],
  ['503_x1', 'S', tagRead(1, status(503))],
  ['503_x2', 'S', tagRead(2, status(503))],
  ['503_x3', 'S', tagRead(3, status(503))],
  ['503_x4', 'S', tagRead(4, status(503))],
  ['500_x2', 'S', tagRead(2, status(500))],
  ['502_x2', 'S', tagRead(2, status(502))],
  ['504_x2', 'S', tagRead(2, status(504))],
  ['408_x2', 'S', tagRead(2, status(408))],
  ['503_htmlbody_x2', 'S', tagRead(2, status(503, { html: true }))],
  ['503_blob_x2', 'S', blobGet(2, status(503))],
  ['503_othercode_x1', 'S', tagRead(1, error(503, 'INTERNAL_ERROR'))],
  ['manifest_404_flap_x1', 'S', tagRead(1, error(404, 'MANIFEST_UNKNOWN'))],
  ['blob_404_flap_x1', 'S', blobGet(1, error(404, 'BLOB_UNKNOWN'))],
  ['reset_manifest_x1', 'S', tagRead(1, 'reset')],
  ['reset_manifest_x2', 'S', tagRead(2, 'reset')],
  ['reset_midmanifest_x1', 'S', on(['GET'], 'tag-manifest', 1, 'reset-mid')],
  ['reset_midblob_x1', 'S', blobGet(1, 'reset-mid')],
  ['reset_midblob_x2', 'S', blobGet(2, 'reset-mid')],
  ['reset_midblob_always', 'T', blobGet('always', 'reset-mid')],
  ['shortblob_x1', 'S', blobGet(1, 'short')],
  ['shortblob_always', 'T', blobGet('always', 'short')],
  ['corruptblob_x1', 'S', blobGet(1, 'flip-byte')],
  ['corruptblob_always', 'T', blobGet('always', 'flip-byte')],
  ['altered_tag_manifest_always', 'T', on(['GET'], 'tag-manifest', 'always', 'append-newline')],
  ['altered_child_manifest_always', 'T', on(['GET'], 'child-manifest', 'always', 'append-newline')],
  ['shortmanifest_x1', 'S', on(['GET'], 'tag-manifest', 1, 'short')],
  ['hang_manifest_x1', 'S', tagRead(1, 'hang')],
  ['hang_midblob_x1', 'S', blobGet(1, 'hang-mid')],
  ['slowloris_blob_always', 'T', blobGet('always', 'trickle')],
  ['wrong_digest_header_always', 'S', tagRead('always', header('Docker-Content-Digest', ZEROS))],
  ['no_digest_header_always', 'S', on(READS, 'manifest', 'always', header('Docker-Content-Digest', null))],
  ['head405_always', 'S', on(['HEAD'], 'manifest', 'always', status(405))],
  ['head404_get200_always', 'T', on(['HEAD'], 'manifest', 'always', status(404))],
  ['warning_header_noquote', 'S', tagRead('always', header('Warning', '299 - oops'))],
  [
    'private_404',
    'T',
    on('any', 'repository', 'always', error(404, 'NAME_UNKNOWN', 'repository name not known')),
  ],
  [
    'private_401_nochallenge',
    'T',
    on('any', 'repository', 'always', error(401, 'UNAUTHORIZED', 'authentication required')),
  ],
  [
    'private_403',
    'T',
    on('any', 'repository', 'always', error(403, 'DENIED', 'requested access to the resource is denied')),
  ],
];

const MIRROR: readonly Row[] = [
  ['dst_put503_x2', 'S', tagPut(2, status(503))],
  ['dst_put503_x3', 'S', tagPut(3, status(503))],
  ['dst_put429RA5_x3', 'S', tagPut(3, status(429, RETRY_AFTER))],
  ['dst_put503_othercode_x1', 'S', tagPut(1, error(503, 'INTERNAL_ERROR'))],
  ['dst_put429_othercode_x1', 'S', tagPut(1, error(429, 'RATE_LIMITED'))],
  ['dst_put500_unknown_x1', 'S', tagPut(1, status(500))],
  [
    'dst_401_midway_put',
    'T',
    tagPut(
      1,
      status(401, {
        headers: { 'WWW-Authenticate': 'Basic realm=x' },
        error: { code: 'UNAUTHORIZED', message: 'expired' },
      }),
    ),
  ],
  ['dst_immutable_403', 'T', tagPut('always', error(403, 'DENIED', 'tag is immutable'))],
  [
    'dst_immutable_400_TAG_INVALID',
    'T',
    tagPut('always', error(400, 'TAG_INVALID', 'The image tag 1.0 already exists and is immutable')),
  ],
  [
    'dst_readonly_405',
    'T',
    on(['POST', 'PUT', 'PATCH'], 'anything', 'always', error(405, 'UNSUPPORTED', 'read-only')),
  ],
  [
    'dst_quota_403_blob',
    'T',
    on(['PUT', 'PATCH'], 'upload', 'always', error(403, 'DENIED', 'quota exceeded')),
  ],
  [
    'dst_507_blob',
    'T',
    on(['PUT', 'PATCH'], 'upload', 'always', error(507, 'UNKNOWN', 'no space left on device')),
  ],
  ['dst_put201_lie', 'T', tagPut('always', 'accept-and-drop')],
  ['dst_headlie_exists', 'T', on(['HEAD'], 'tag-manifest', 'always', 'claim-present')],
  ['dst_reset_patch_x1', 'S', on(['PATCH'], 'anything', 1, 'reset')],
  ['dst_blobput500_x2', 'S', on(['PUT'], 'upload', 2, status(500))],
];

const TOKENS: readonly Row[] = [
  ['token_expires_every_4', 'S', { uses: 4 }],
  ['token_expires_every_1', 'T', { uses: 1 }],
  ['401_loop', 'T', { uses: 0 }],
  ['token_endpoint_503_x2', 'S', { uses: 99, endpointFails: 2 }],
];

/** Bytes in the place of the registry's answer. */
function instead(type: string, text: string): Effect {
  const body = Buffer.from(text);
  const headers = { 'content-type': type, 'content-length': body.length };
  return { kind: 'alter', change: () => ({ status: 200, headers, body }) };
}

const LATER_SOURCE: readonly Row[] = [
  ['head500_always', 'S', on(['HEAD'], 'manifest', 'always', status(500))],
  ['head400_always', 'S', on(['HEAD'], 'manifest', 'always', status(400))],
];

const LATER_MIRROR: readonly Row[] = [
  ['dst_head404_flap_x1', 'S', on(['HEAD'], 'tag-manifest', 1, error(404, 'MANIFEST_UNKNOWN'))],
  ['dst_get_empty200_x1', 'S', on(['GET'], 'tag-manifest', 1, instead('application/json', ''))],
  ['dst_get_html200_x1', 'S', on(['GET'], 'tag-manifest', 1, instead('text/html', '<html>wait</html>'))],
  ['dst_mount_202', 'S', on(['POST'], 'mount', 'always', 'refuse-mount')],
  ['dst_mount_403', 'S', on(['POST'], 'mount', 'always', error(403, 'DENIED'))],
  ['dst_mount_201_lie', 'S', on(['POST'], 'mount', 'always', 'claim-mounted')],
  [
    'dst_immutable_412',
    'T',
    tagPut(
      'always',
      error(412, 'PRECONDITION', "Failed to process request due to 'app:1.0' configured as immutable."),
    ),
  ],
  [
    'dst_immutability_400',
    'T',
    tagPut('always', error(400, 'FAILED_PRECONDITION', 'The repository has enabled tag immutability.')),
  ],
  ['dst_locked_405', 'T', tagPut('always', error(405, 'UNSUPPORTED', 'The operation is disallowed.'))],
  [
    'dst_quota_upper_limit',
    'T',
    on(
      ['PUT', 'PATCH'],
      'upload',
      'always',
      error(
        403,
        'DENIED',
        'adding 1.0 MiB of storage resource will exceed the configured upper limit of 100.0 MiB.',
      ),
    ),
  ],
  [
    'dst_repository_missing',
    'T',
    on(
      ['POST'],
      'upload',
      'always',
      error(404, 'NAME_UNKNOWN', 'The repository does not exist in the registry'),
    ),
  ],
];

/** All cases, numbered from 1; later ones at the end, so that a number stays what it is. Each is meant for a fresh pair of registries. */
export const FAULT_CASES: readonly FaultCase[] = [
  ...SOURCE.map((row) => ({ row, side: 'source' as const })),
  ...MIRROR.map((row) => ({ row, side: 'mirror' as const })),
  ...TOKENS.map((row) => ({ row, side: 'source' as const })),
  ...LATER_SOURCE.map((row) => ({ row, side: 'source' as const })),
  ...LATER_MIRROR.map((row) => ({ row, side: 'mirror' as const })),
].map(({ row: [name, expect, rule], side }, at) => ({
  number: at + 1,
  name,
  expect: expect === 'S' ? 'survives' : 'truthful',
  side,
  fault: 'effect' in rule ? rule : null,
  bearer: 'uses' in rule ? rule : null,
}));
