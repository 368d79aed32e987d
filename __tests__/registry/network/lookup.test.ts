// `localhost` is the one name that every machine can look up.

import { expect, it } from '@jest/globals';
import { checkedLookup, forbidden } from '../../../src/registry/network/lookup.ts';

type Found = { error: Error | null; address: unknown; inside: readonly string[] };

function lookUp(mayBePrivate: boolean, options: object): Promise<Found> {
  const inside: string[] = [];
  const lookup = checkedLookup({ mayBePrivate, onPrivate: (name) => void inside.push(name) });
  return new Promise((resolve) => {
    lookup('localhost', options, (error, address) => resolve({ error, address, inside }));
  });
}

it('gives the addresses of a name that may be private, and says that it is', async () => {
  const { error, address, inside } = await lookUp(true, { family: 4 });
  expect([error, address, inside]).toEqual([null, '127.0.0.1', ['localhost']]);
  const all = await lookUp(true, { family: 4, all: true });
  expect(all.address).toEqual([{ address: '127.0.0.1', family: 4 }]);
});

it('refuses a name that leads to this machine where it may not', async () => {
  const { error, inside } = await lookUp(false, { family: 4 });
  expect(error).toMatchObject({
    reason: 'denied',
    message: 'localhost leads to 127.0.0.1, which is not a public address',
    hint: 'name localhost in `registries` of the config or in the input `hosts` if it is meant to be used',
  });
  expect(inside).toEqual([]);
});

it('says what is wrong with a metadata address, however it was reached', () => {
  expect(forbidden('169.254.169.254').message).toBe(
    '169.254.169.254 may not be contacted: it is a link-local or metadata address',
  );
  expect(forbidden('a.example', '169.254.169.254').message).toBe(
    'a.example leads to 169.254.169.254, which may not be contacted: it is a link-local or metadata address',
  );
});
