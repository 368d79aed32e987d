// A TUF repository with one target, signed by keys of its own: Sigstore's in small. Every file can be changed, or signed by
// somebody else.

import { generateKeyPairSync, sign } from 'node:crypto';
import { canonicalize } from '@tufjs/canonical-json';
import { sha256 } from './authority.ts';

type Role = 'root' | 'timestamp' | 'snapshot' | 'targets';
const ROLES: readonly Role[] = ['root', 'timestamp', 'snapshot', 'targets'];

function newKey() {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('hex');
  const key = { keytype: 'ed25519', scheme: 'ed25519', keyval: { public: raw } };
  return { key, id: sha256(Buffer.from(canonicalize(key))).toString('hex'), privateKey };
}

type Key = ReturnType<typeof newKey>;

function signed(body: object, by: Key): Buffer {
  const sig = sign(null, Buffer.from(canonicalize(body)), by.privateKey).toString('hex');
  return Buffer.from(JSON.stringify({ signatures: [{ keyid: by.id, sig }], signed: body }));
}

/** When each role expires; who signs it, where that is not who should. */
export type TufWish = {
  readonly expires?: Partial<Record<Role, string>>;
  readonly forged?: Role;
  readonly versions?: number;
};

/** The files of a repository by their paths, and the first root, from which a client begins. */
export function createTuf(target: Uint8Array, { expires = {}, forged, versions = 1 }: TufWish = {}) {
  const key = newKey();
  const stranger = newKey();
  const files = new Map<string, Uint8Array>();
  const write = (role: Role, fields: object, version = 1): Buffer => {
    const body = {
      _type: role,
      spec_version: '1.0.31',
      version,
      expires: expires[role] ?? '2126-01-01T00:00:00Z',
      ...fields,
    };
    return signed(body, forged === role ? stranger : key);
  };
  const hash = (bytes: Uint8Array) => ({
    length: bytes.length,
    hashes: { sha256: sha256(bytes).toString('hex') },
  });
  const roles = Object.fromEntries(ROLES.map((role) => [role, { keyids: [key.id], threshold: 1 }]));
  const root = (version: number) =>
    write('root', { keys: { [key.id]: key.key }, roles, consistent_snapshot: true }, version);
  const firstRoot = signed(JSON.parse(root(1).toString()).signed, key);
  for (let version = 2; version <= versions; version += 1) files.set(`/${version}.root.json`, root(version));
  const targets = write('targets', { targets: { 'trusted_root.json': hash(target) } });
  const snapshot = write('snapshot', { meta: { 'targets.json': { version: 1, ...hash(targets) } } });
  const timestamp = write('timestamp', { meta: { 'snapshot.json': { version: 1, ...hash(snapshot) } } });
  files.set('/timestamp.json', timestamp);
  files.set('/1.snapshot.json', snapshot);
  files.set('/1.targets.json', targets);
  files.set(`/targets/${sha256(target).toString('hex')}.trusted_root.json`, target);
  return { firstRoot, files };
}
