// How many jobs of one matrix ask the same host: what it lets through is theirs together.

import type { Config } from '../../config/images/config.ts';
import { sameHost } from '../../image/names/hub.ts';
import { cutShards, type MirrorUnit, registriesOf, unitsOf } from './cut.ts';
import type { AskedPart } from './part.ts';

/** The number of parts that contact a host, at least 1; `host` in any spelling. */
export type Sharers = (host: string) => number;

/** Of a config and what this job was asked to look after. All jobs are taken to run at once. */
export function sharersOf(config: Pick<Config, 'entries' | 'ownMirrors'>, asked: AskedPart | null): Sharers {
  const parts = asked === null ? [] : partsOf(unitsOf(config), asked);
  const counts = new Map<string, number>();
  for (const part of parts) {
    for (const host of new Set(part.flatMap(hostsOf))) counts.set(host, (counts.get(host) ?? 0) + 1);
  }
  return (host) => counts.get(sameHost(host)) ?? 1;
}

function partsOf(units: readonly MirrorUnit[], asked: AskedPart): readonly (readonly MirrorUnit[])[] {
  if (asked.by === 'shards') return cutShards(units, asked.of, asked.weights);
  const others = registriesOf(units).filter((registry) => !asked.registries.includes(registry));
  const groups = [asked.registries, ...others.map((other) => [other])];
  return groups.map((registries) => units.filter(({ registry }) => registries.includes(registry)));
}

function hostsOf({ entry: { pull, mirror } }: MirrorUnit): string[] {
  return [sameHost(pull.registry), sameHost(mirror.registry)];
}
