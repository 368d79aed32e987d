// What is told of a wrong config, and configs that are right but for one row.

import { expect } from '@jest/globals';
import { type Diagnostic, formatDiagnostic } from '../../../src/base/errors/diagnostic.ts';
import { UserError } from '../../../src/base/errors/user-error.ts';
import { parseConfig } from '../../../src/config/images/parse.ts';

/** What is told of a config, one line for each mistake; nothing but UserError may be thrown. */
export function told(bytes: Uint8Array | string): string[] {
  return errorsIn(bytes).map(formatDiagnostic);
}

/** The errors found in a config, each with its rule and place. */
export function errorsIn(bytes: Uint8Array | string): Diagnostic[] {
  try {
    parseConfig(typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes, 'images.yaml');
    return [];
  } catch (thrown) {
    if (!(thrown instanceof UserError)) throw thrown;
    expect(thrown.code).toBe('config');
    return thrown.diagnostics.filter(({ severity }) => severity === 'error');
  }
}

/** `ROW` stands in a config that is right but for it; line 1 is the mirror, line 2 what the row brings. */
export const top = (row: string) => `mirror: ghcr.io/acme/m\n${row}\nimages: [ruby:3.4]\n`;
export const item = (row: string) => `mirror: ghcr.io/acme/m\nimages:\n${row}\n`;
export const tags = (row: string) => item(`- source: ruby\n  tags: ${row}`);
