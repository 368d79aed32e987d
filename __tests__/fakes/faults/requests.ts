// What a request to a registry asks for, told from its method and path, and how many of each kind there were.

/** One request of the distribution API, or of a token endpoint. `reference` is a tag or a digest. */
export type Asked = {
  readonly method: string;
  readonly path: string;
  readonly kind: Kind;
  readonly repository: string | null;
  readonly reference: string | null;
  /** The digest of a blob that is to be taken from another repository (`POST …/uploads/?mount=`). */
  readonly mount: string | null;
};

export type Kind = 'ping' | 'list' | 'manifest' | 'blob' | 'upload' | 'token' | 'other';

export type Counts = {
  manifestHead: number;
  manifestGet: number;
  manifestPut: number;
  manifestDelete: number;
  blobHead: number;
  blobGet: number;
  uploadPost: number;
  uploadPatch: number;
  uploadPut: number;
  list: number;
  token: number;
  ping: number;
  other: number;
};

/** `GET /v2/<name>/manifests/<reference>` and so on; distribution-spec, "Endpoints". */
export function classify(method: string, url: string): Asked {
  const path = url.split('?', 1)[0] ?? url;
  const asked = { method, path, repository: null, reference: null, mount: null };
  if (path === '/v2/' || path === '/v2') return { ...asked, kind: 'ping' };
  if (path === '/token') return { ...asked, kind: 'token' };
  const match = /^\/v2\/(.+)\/(manifests|blobs|tags)\/(.*)$/.exec(path);
  if (match === null) return { ...asked, kind: 'other' };
  const [, repository = null, room = '', rest = ''] = match;
  if (room === 'tags') return { ...asked, kind: 'list', repository };
  if (room === 'manifests') return { ...asked, kind: 'manifest', repository, reference: rest };
  // The greedy `.+` leaves `uploads/<id>` as the rest of /blobs/.
  if (rest.startsWith('uploads'))
    return { ...asked, kind: 'upload', repository, mount: mountOf(method, url) };
  return { ...asked, kind: 'blob', repository, reference: rest };
}

function mountOf(method: string, url: string): string | null {
  return method === 'POST' ? new URL(url, 'http://x').searchParams.get('mount') : null;
}

export function noCounts(): Counts {
  return {
    manifestHead: 0,
    manifestGet: 0,
    manifestPut: 0,
    manifestDelete: 0,
    blobHead: 0,
    blobGet: 0,
    uploadPost: 0,
    uploadPatch: 0,
    uploadPut: 0,
    list: 0,
    token: 0,
    ping: 0,
    other: 0,
  };
}

/** The counter that a request belongs to. */
export function counterOf({ kind, method }: Asked): keyof Counts {
  if (kind === 'manifest') {
    if (method === 'HEAD') return 'manifestHead';
    if (method === 'PUT') return 'manifestPut';
    return method === 'DELETE' ? 'manifestDelete' : 'manifestGet';
  }
  if (kind === 'blob') return method === 'HEAD' ? 'blobHead' : 'blobGet';
  if (kind !== 'upload') return kind;
  if (method === 'PATCH') return 'uploadPatch';
  return method === 'PUT' ? 'uploadPut' : 'uploadPost';
}

/** How many requests asked for a change, whether it came about or not. */
export function writesIn(counts: Counts): number {
  const { manifestPut, manifestDelete, uploadPost, uploadPatch, uploadPut } = counts;
  return manifestPut + manifestDelete + uploadPost + uploadPatch + uploadPut;
}
