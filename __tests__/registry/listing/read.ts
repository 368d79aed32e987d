// The reader of lists on a session of its own, with a clock that does not wait.

import { createRegistry, type RegistryClient } from '../../../src/registry/client/client.ts';
import { type ClientSettings, REGISTRY_DEFAULTS } from '../../../src/registry/client/settings.ts';
import type { Listings } from '../../../src/registry/doors/listings.ts';
import { createTraffic } from '../../../src/registry/http/exchange.ts';
import { createListings } from '../../../src/registry/listing/listings.ts';
import { createSession } from '../../../src/registry/session/session.ts';
import type { Credentials } from '../../../src/registry/session/tokens.ts';
import { fastClock } from '../client/server.ts';

export type OpenedListings = Listings & {
  readonly client: RegistryClient;
  readonly lines: readonly string[];
  readonly slept: readonly number[];
  close(): void;
};

export function openListings(
  settings: Partial<ClientSettings> = {},
  login: Credentials | null = null,
): OpenedListings {
  const clock = fastClock();
  const lines: string[] = [];
  const say = (line: string) => void lines.push(line);
  const log = { debug: () => undefined, warning: say, tell: say };
  const deadlines = { connect: 400, firstByte: 300, commit: 400, stall: 300 };
  const all = { ...REGISTRY_DEFAULTS, deadlines, ...settings };
  const traffic = createTraffic(all, clock, log);
  const credentials = async () => login;
  const redact = (text: string) => text;
  const deps = { traffic, clock, log, credentials, onSecret: () => undefined, redact, random: () => 0 };
  const session = createSession(all, deps);
  const client = createRegistry(all, deps, session);
  const listings = createListings({ settings: all, session, credentials, log });
  return { ...listings, client, lines, slept: clock.slept, close: () => traffic.connections.close() };
}
