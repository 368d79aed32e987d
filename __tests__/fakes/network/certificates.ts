// Certificate authorities of the tests' own, made with openssl in a folder that goes again.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A private key and its certificate, as PEM texts. */
export type Identity = { readonly key: string; readonly cert: string };

export type Authority = {
  /** The authority's own certificate. */
  readonly ca: string;
  /** A certificate for host names and addresses. */
  issue(...names: readonly string[]): Identity;
};

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** A new authority under a name. */
export function makeAuthority(name: string): Authority {
  return inFolder((folder) => {
    const [key, cert] = [join(folder, 'ca.key'), join(folder, 'ca.pem')];
    openssl('req', '-x509', ...KEY, '-keyout', key, '-out', cert, '-days', '2', '-subj', `/CN=${name}`);
    const own = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
    return { ca: own.cert, issue: (...names) => issue(own, names) };
  });
}

function issue(authority: Identity, names: readonly string[]): Identity {
  return inFolder((folder) => {
    const path = (name: string): string => join(folder, name);
    writeFileSync(path('ca.key'), authority.key);
    writeFileSync(path('ca.pem'), authority.cert);
    const alternatives = names.map((name) => (/^[\d.]+$|:/.test(name) ? `IP:${name}` : `DNS:${name}`));
    writeFileSync(path('ext'), `subjectAltName=${alternatives.join(',')}\n`);
    openssl('req', ...KEY, '-keyout', path('key'), '-out', path('csr'), '-subj', '/CN=test');
    const signer = ['-CA', path('ca.pem'), '-CAkey', path('ca.key'), '-CAcreateserial', '-days', '2'];
    openssl('x509', '-req', '-in', path('csr'), ...signer, '-extfile', path('ext'), '-out', path('cert'));
    return { key: readFileSync(path('key'), 'utf8'), cert: readFileSync(path('cert'), 'utf8') };
  });
}

function openssl(...args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

function inFolder<T>(work: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'certificates-'));
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
