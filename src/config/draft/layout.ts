// Where copies go: the mirror and the mirror-path with which the fewest entries have to name their repository.

import { isMistake } from '../../base/errors/mistake.ts';
import { isUnder, type MirrorPrefix, mirrorName, parseMirrorPath } from '../../image/names/mirror-name.ts';
import { asComponent, formatName } from '../../image/names/reference.ts';
import type { ImportWish } from './wish.ts';

/** The mirror of a config; `path` is the template below its prefix. */
export type Layout = { readonly mirror: MirrorPrefix; readonly path: string };

/** In the order in which they are preferred. */
const PATHS = ['{repository}', '{registry}/{repository}', '{name}'];

type Placed = Pick<ImportWish, 'source' | 'to'>;

/** The layout for wishes that all go to one registry; `prefix` is given where a person has chosen it. */
export function layoutFor(wishes: readonly Placed[], chosen: MirrorPrefix | null): Layout {
  const [first] = wishes;
  if (first === undefined) throw new Error('a layout needs something to lay out');
  const { registry } = first.to;
  const prefixes = chosen === null ? commonPrefixes(wishes) : [chosen.prefix];
  const layouts = PATHS.flatMap((path) =>
    prefixes.map((prefix) => ({ mirror: { registry, prefix }, path: String(parseMirrorPath(path)) })),
  );
  // Of two that fit, the prefix does not end with the registry of an upstream: another one may be added one day.
  const hosts = new Set(wishes.map(({ source }) => asComponent(source.registry)));
  const cost = (layout: Layout) =>
    wishes.filter((wish) => repositoryFor(wish, layout) !== null).length +
    (hosts.has(layout.mirror.prefix.split('/').at(-1) ?? '') ? 0.5 : 0);
  return layouts.reduce((best, layout) => (cost(layout) < cost(best) ? layout : best));
}

/** What an entry must write into `to`; null where mirror-path leads there by itself. */
export function repositoryFor({ source, to }: Placed, { mirror, path }: Layout): string | null {
  const made = mirrorName(source, { ...mirror, path });
  if (!isMistake(made) && formatName(made) === formatName(to)) return null;
  return isUnder(to, mirror) && mirror.prefix !== ''
    ? to.repository.slice(mirror.prefix.length + 1)
    : to.repository;
}

/** Every path that all repositories lie below, the longest first; the empty one is the registry itself. */
function commonPrefixes(wishes: readonly Placed[]): readonly string[] {
  const paths = wishes.map(({ to }) => to.repository.split('/').slice(0, -1));
  const common = paths.reduce((a, b) => a.slice(0, a.findIndex((part, at) => part !== b[at]) >>> 0));
  return Array.from({ length: common.length + 1 }, (_, dropped) =>
    common.slice(0, common.length - dropped).join('/'),
  );
}
