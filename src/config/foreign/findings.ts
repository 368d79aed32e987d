// What is found in a file of another tool: wishes, settings of hosts, and warnings. The same warning is told once, at the
// first place, with how often it holds. No value of a login is ever read.

import { byPlace, type Diagnostic, type Place } from '../../base/errors/diagnostic.ts';
import { isMistake, type Mistake } from '../../base/errors/mistake.ts';
import { parseHost } from '../../image/names/reference.ts';
import type { HostTerms, ImportWish } from '../draft/wish.ts';
import type { ForeignPart } from './part.ts';
import { variableIn } from './variables.ts';

/** What something means here: a message, and what to do. */
export type Meaning = readonly [message: string, hint: string];

/** By key of another tool's map: what it means here; null for what needs no word, because it means the same or nothing. */
export type Meanings = Readonly<Record<string, Meaning | null>>;

/** Collects what one file says. */
export class Findings {
  readonly wishes: ImportWish[] = [];
  readonly hosts = new Map<string, HostTerms>();
  readonly #warnings = new Map<string, { readonly diagnostic: Diagnostic; times: number }>();

  warn(place: Place, [message, hint]: Meaning): void {
    const known = this.#warnings.get(message);
    if (known !== undefined) known.times++;
    else {
      const diagnostic: Diagnostic = { severity: 'warning', rule: 'other-tool', place, message, hint };
      this.#warnings.set(message, { diagnostic, times: 1 });
    }
  }

  /** Every warning in the order of the file. */
  get warnings(): readonly Diagnostic[] {
    return [...this.#warnings.values()]
      .map(({ diagnostic, times }) => {
        const more = times > 1 ? ` (and ${times - 1} more like this)` : '';
        return { ...diagnostic, message: `${diagnostic.message}${more}` };
      })
      .toSorted(byPlace);
  }

  /** Warns of each key of a map that means something else here, or that is not known; `read` are those that are read. */
  warnOfKeys(map: ForeignPart, meanings: Meanings, read: readonly string[]): void {
    for (const [key, part] of map.entries()) {
      if (read.includes(key) || key.startsWith('x-')) continue;
      const meaning = meanings[key];
      if (meaning === undefined) {
        this.warn(part.key, [`the key ${JSON.stringify(key)} is not imported`, 'see docs/migrating.md']);
      } else if (meaning !== null && part.isSet()) this.warn(part.key, meaning);
    }
  }

  /**
   * Says why something is not imported of which the name is wrong: `what` is `this step`, `mistake` is what is wrong with it.
   * A variable that is left in the name says more than what it makes of the name.
   */
  warnOfName(place: Place, what: string, names: readonly string[], { mistake, hint }: Mistake): void {
    const variable = names.map(variableIn).find((found) => found !== null);
    if (variable === undefined) this.warn(place, [`${what} is not imported: ${mistake}`, hint]);
    else {
      const message = `${what} is not imported: the value of the variable ${variable} is not known`;
      this.warn(place, [message, `add --env ${variable}=VALUE`]);
    }
  }

  /** Says how to log in at a host; what the file says of the login is never looked at. */
  warnOfLogin(place: Place, written: string): void {
    const host = hostIn(written);
    this.warn(place, [
      `the login for ${host ?? 'that registry'} is not imported`,
      `log in before this step: docker/login-action with registry: ${host ?? 'its host'}, username: and password: from secrets`,
    ]);
  }

  setHost(written: string, settings: HostTerms): void {
    const host = parseHost(written);
    if (isMistake(host)) return;
    this.hosts.set(host, { ...this.hosts.get(host), ...settings });
  }
}

/** The host of a registry that may have a path behind it; null for what is not one, and may be anything. */
function hostIn(written: string): string | null {
  const host = parseHost(written.split('/', 1)[0] ?? '');
  return isMistake(host) ? null : host;
}

/** What is said where a tool leaves certificates unchecked. */
export function uncheckedTls(registry: string): Meaning {
  return [
    `certificates of ${hostIn(registry) ?? 'that registry'} are checked here`,
    'for plain http write registries: { HOST: { http: true } }, for a private authority registries: { HOST: { ca: FILE } }',
  ];
}
