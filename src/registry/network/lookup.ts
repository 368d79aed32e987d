// Looks names up and lets a connection go only to the addresses that were checked: between two look-ups a name can be
// given another address.

import { type LookupAddress, lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { Failure } from '../../base/errors/failure.ts';
import { reachOf } from './addresses.ts';

/** Where a name may lead. */
type LookupRules = {
  /** False where the name was given by a server that is not itself on a private network. */
  readonly mayBePrivate: boolean;
  /** Hears of names that lead to this machine or a private network. */
  readonly onPrivate: (hostname: string) => void;
};

/** A look-up for sockets, which leaves out what may not be asked. Its error is a Failure `denied` where nothing is left. */
export function checkedLookup({ mayBePrivate, onPrivate }: LookupRules): LookupFunction {
  return (hostname, options, done) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error !== null) return done(error, '', 0);
      if (found.length === 0) return done(noAddress(hostname), '', 0);
      const addresses = found.filter(({ address }) => mayReach(address, mayBePrivate));
      if (addresses.some(({ address }) => reachOf(address) !== 'public')) onPrivate(hostname);
      const [first] = addresses;
      if (first === undefined) return done(refusal(hostname, found), '', 0);
      if (options.all === true) return done(null, addresses);
      return done(null, first.address, first.family);
    });
  };
}

/** In the words of Node for a name without an address. */
function noAddress(hostname: string): Error {
  return Object.assign(new Error(`getaddrinfo EAI_NODATA ${hostname}`), { code: 'EAI_NODATA' });
}

function mayReach(address: string, mayBePrivate: boolean): boolean {
  const reach = reachOf(address);
  return reach === 'public' || (mayBePrivate && reach !== 'forbidden' && reach !== null);
}

function refusal(hostname: string, found: readonly LookupAddress[]): Failure {
  const addresses = found.map(({ address }) => address).join(', ');
  if (found.every(({ address }) => reachOf(address) === 'forbidden')) return forbidden(hostname, addresses);
  return new Failure('denied', `${hostname} leads to ${addresses}, which is not a public address`, {
    hint: `name ${hostname} in \`registries\` of the config or in the input \`hosts\` if it is meant to be used`,
  });
}

/** The Failure for an address that nobody is sent to; `address` is how it was reached, where that is not `host`. */
export function forbidden(host: string, address: string | null = null): Failure {
  const where = address === null ? host : `${host} leads to ${address}, which`;
  const message = `${where} may not be contacted: it is a link-local or metadata address`;
  return new Failure('denied', message, { hint: 'a registry has no business there: ask whoever runs it' });
}
