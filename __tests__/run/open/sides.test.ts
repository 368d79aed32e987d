// Whom a config names where, as failures tell it.

import { expect, it } from '@jest/globals';
import { parseConfig } from '../../../src/config/images/parse.ts';
import { MIRROR_ALONE, sidesOf } from '../../../src/run/open/sides.ts';

const TEXT = `mirror: ghcr.io/acme/mirror
read-from: { docker.io: cache.example/hub }
images:
  - { source: ruby, tags: ["3.4"] }
  - { source: ghcr.io/other/app, tags: ["1"] }
`;

it('knows a mirror, a source and what is read in the place of one, also on one host', () => {
  const { config } = parseConfig(Buffer.from(TEXT), 'images.yaml');
  const { mirror, keyOf } = sidesOf(config);
  const pulled = config.entries.map(({ pull }) => keyOf(pull));
  expect(mirror).toBe('ghcr.io/acme/mirror');
  expect(config.entries.map((entry) => keyOf(entry.mirror))).toEqual(['mirror', 'mirror']);
  expect(pulled).toEqual(['read-from', 'source']);
});

it('knows the mirror alone where tags are put back without a config', () => {
  expect(MIRROR_ALONE.keyOf({ registry: 'r.example', repository: 'a' })).toBe('mirror');
});
