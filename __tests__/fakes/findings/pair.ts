// Two real registries with a counting, spoiling proxy in front of each.

import { type RunningProxy, startProxy } from '../faults/proxy.ts';
import { type RegistryOptions, type RunningRegistry, startRegistry } from '../registries/registries.ts';

export type Pair = {
  readonly source: RunningRegistry;
  readonly mirror: RunningRegistry;
  /** The proxy before the source, to be named in a config. */
  readonly above: RunningProxy;
  /** The proxy before the mirror. */
  readonly below: RunningProxy;
  /** No faults, no counts. */
  calm(): void;
  stop(): Promise<void>;
};

export async function openPair(mirrorOptions: RegistryOptions = {}): Promise<Pair> {
  const [source, mirror] = await Promise.all([startRegistry(), startRegistry(mirrorOptions)]);
  const [above, below] = await Promise.all([startProxy(source.host), startProxy(mirror.host)]);
  const proxies = [above, below];
  return {
    source,
    mirror,
    above,
    below,
    calm: () => {
      for (const proxy of proxies) {
        proxy.setFaults([]);
        proxy.reset();
      }
    },
    stop: async () => {
      for (const one of [...proxies, source, mirror]) await one.stop();
    },
  };
}
