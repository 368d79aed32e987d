// Maps that keep the parts of a reference apart, each with the keys it has for them.

import { isScalar, type YAMLMap } from 'yaml';
import type { SplitKeys, YamlSites } from './yaml-sites.ts';

/**
 * Kustomize's `images`, https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/images/: `name` is what
 * manifests say, and is replaced by the rest.
 */
export const KUSTOMIZE: SplitKeys = {
  all: ['name', 'newName', 'newTag', 'digest'],
  registry: '',
  repository: ['newName', 'name'],
  tag: 'newTag',
  digest: 'digest',
  renamed: 'newName',
  addsDigest: true,
};

/** Helm's values, https://helm.sh/docs/chart_best_practices/values/, and what charts add to them: registry, digest. */
const HELM: SplitKeys = {
  all: ['registry', 'repository', 'tag', 'digest'],
  registry: 'registry',
  repository: ['repository'],
  tag: 'tag',
  digest: 'digest',
  renamed: null,
  addsDigest: false,
};

/** Some charts call the repository a name. */
const NAMED: SplitKeys = { ...HELM, all: ['registry', 'name', 'tag', 'digest'], repository: ['name'] };

/**
 * A whole reference in a map: a volume of Kubernetes that is an image
 * (https://kubernetes.io/docs/concepts/storage/volumes/#image), GitLab's `image: {name: …}`
 * (https://docs.gitlab.com/ci/yaml/#image).
 */
const WHOLE = ['reference', 'name'];

/** Notes a map that is a reference; false if it is none. `key` is where the key of the map is. */
export function addMap(sites: YamlSites, map: YAMLMap, key: number): boolean {
  return sites.once(map, () => readMap(sites, map, key));
}

function readMap(sites: YamlSites, map: YAMLMap, key: number): boolean {
  const items = sites.itemsOf(map);
  const has = (...names: readonly string[]) => items.some((item) => names.includes(String(item.key.value)));
  if (has('newName', 'newTag')) return sites.addSplit(map, key, KUSTOMIZE);
  if (sites.addSplit(map, key, HELM)) return true;
  if (has('tag', 'digest') && sites.addSplit(map, key, NAMED)) return true;
  const whole = items.find((item) => WHOLE.includes(String(item.key.value)));
  const node = sites.resolve(whole?.value ?? null);
  if (!isScalar(node)) return false;
  sites.addText(node, key);
  return true;
}
