// What the schema of a config makes of a check, as the rooms see it that bring schemas of their own.

import type { z } from 'zod';
import type { Rule } from '../../base/errors/diagnostic.ts';
import type { Mistake } from '../../base/errors/mistake.ts';

/** Passed in, so that every mistake is reported the same way, whichever room checks the text. */
export type SchemaChecks = {
  checkedText(rule: Rule, pattern: string, check: (written: string) => unknown): z.ZodString;
  issueOf(rule: Rule, mistake: Mistake): { code: 'custom'; message: string; params: object };
};
