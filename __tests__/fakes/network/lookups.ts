// Preloaded into the action (NODE_OPTIONS=--import): every host name that it looks up is written to a file, and only
// those of this machine are found. An upstream registry that a network blocks looks the same.

import { appendFileSync } from 'node:fs';
import { createRequire, syncBuiltinESMExports } from 'node:module';

type Callback = (error: Error | null, ...rest: unknown[]) => void;
type Lookup = (hostname: string, ...rest: unknown[]) => unknown;

const dns = createRequire(import.meta.url)('node:dns') as { lookup: Lookup };
const { lookup } = dns;

dns.lookup = (hostname, ...rest) => {
  if (hostname === 'localhost' || /^[\d.]+$|:/.test(hostname)) return lookup(hostname, ...rest);
  appendFileSync(process.env.LOOKUPS_FILE ?? '/dev/null', `${hostname}\n`);
  const done = rest.at(-1) as Callback;
  const error = Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), {
    code: 'ENOTFOUND',
    hostname,
  });
  setImmediate(() => done(error));
  return {};
};
syncBuiltinESMExports();
