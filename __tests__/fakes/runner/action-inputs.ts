// The inputs as a runner hands them to an action: every input of action.yml, with its default where the workflow gave
// nothing, as INPUT_<NAME> in upper case with its hyphens kept.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './places.ts';

/** What `${{ … }}` in a default may name; anything else becomes the empty string, as on a runner. */
export type Contexts = Readonly<Record<string, string>>;

/** The environment variables of all inputs. `given` counts before the defaults of action.yml. */
export function inputEnvironment(
  given: Readonly<Record<string, string>>,
  contexts: Contexts,
): Record<string, string> {
  const defaults = parseDefaults(readFileSync(join(ROOT, 'action.yml'), 'utf8'));
  const all = Object.entries({ ...defaults, ...given });
  const pairs = all.map(([name, value]) => [
    `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`,
    evaluate(value, contexts),
  ]);
  return Object.fromEntries(pairs);
}

/** Name and default (empty: none) of each input: just enough YAML for a file of two-space indents and plain scalars. */
export function parseDefaults(yaml: string): Record<string, string> {
  const block = /^inputs:\n((?:(?: .*)?\n)*)/m.exec(yaml)?.[1] ?? '';
  const defaults: Record<string, string> = {};
  let name = '';
  for (const line of block.split('\n')) {
    name = /^ {2}([\w-]+):/.exec(line)?.[1] ?? name;
    if (name !== '') defaults[name] ??= '';
    const value = /^ {4}default: *(.*?) *$/.exec(line)?.[1];
    if (value !== undefined) defaults[name] = value.replace(/^(['"])(.*)\1$/, '$2');
  }
  return defaults;
}

function evaluate(value: string, contexts: Contexts): string {
  return value.replace(/\$\{\{\s*([\w.-]+)\s*\}\}/g, (_, path: string) => contexts[path] ?? '');
}
