// How messages name a request.

import { isDigest } from '../../image/names/digest.ts';
import { formatName, type Name } from '../../image/names/reference.ts';

/** Method and reference, for messages: `HEAD docker.io/library/ruby:3.4`. */
export function describe(method: string, name: Name, reference: string): string {
  return `${method} ${formatName(name)}${isDigest(reference) ? '@' : ':'}${reference}`;
}
