// Keys for what is asked of registries.

import { formatName, type Name } from './reference.ts';

/** The key of one look-up: `registry/repository:tag` or `registry/repository@digest`. */
export function lookUp(name: Name, reference: string): string {
  return `${formatName(name)}${reference.includes(':') ? '@' : ':'}${reference}`;
}
