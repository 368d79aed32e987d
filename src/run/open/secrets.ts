// The secrets of a run, and how they stay out of what people read.

import { redact } from '../../base/text/redact.ts';

/** What is known to be secret in this run. */
export type Secrets = {
  /** Takes a login in: it is masked in the job's log, and in what registries and crane say. */
  hideLogin(secret: string): void;
  /** Takes a token in. The log's own mask is spared: tokens are many, live for minutes and are never printed. */
  hideToken(token: string): void;
  /** The text with `***` for every secret. */
  redact(text: string): string;
};

/** No secrets yet; `mask` keeps one out of the job's log. */
export function createSecrets(mask: (secret: string) => void): Secrets {
  const known = new Set<string>();
  return {
    hideLogin(secret) {
      mask(secret);
      known.add(secret);
    },
    hideToken: (token) => void known.add(token),
    redact: (text) => redact(text, known),
  };
}
