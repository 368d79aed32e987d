// What one pull request for pins is for: every file of a config, or one of them.

import { branchFor } from '../offers/branch.ts';

/** `name` goes into the marker, `branch` is beside that of the new tags; `file` is null for every file of the config. */
export type PinsUnit = { readonly name: string; readonly branch: string; readonly file: string | null };

/** Which config, and the branch of its pull request for new tags. */
type OfConfig = { readonly config: string; readonly branch: string };

/** The pull request of a config's pins, or of those of one file. */
export function pinsUnit({ config, branch }: OfConfig, file: string | null): PinsUnit {
  if (file === null) return { name: `${config}, pins`, branch: `${branch}-pins`, file };
  const part = branchFor(file).replace('fresh-mirror/', '');
  return { name: `${config}, pins of ${file}`, branch: `${branch}-pins-of/${part}`, file };
}

/** The unit that a marker names; null where it is for something else. */
export function parsePinsUnit(name: string, of: OfConfig): PinsUnit | null {
  const whole = pinsUnit(of, null);
  if (name === whole.name) return whole;
  const begin = `${whole.name} of `;
  return name.startsWith(begin) ? pinsUnit(of, name.slice(begin.length)) : null;
}
