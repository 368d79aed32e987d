// The parts of a merged report, in words.

import { codeSpan } from '../../base/text/sanitize.ts';
import { amount, count, duration } from '../../base/text/words.ts';
import type { Report } from '../rows/report.ts';

/** A line on the parts, and each of them folded away; empty where nothing was merged. */
export function partSection({ parts }: Report): string {
  if (parts === undefined) return '';
  const rows = parts.map(({ name, status, milliseconds, requests }) => {
    const cost = status === 'missing' ? '' : `, ${duration(milliseconds)}, ${count(requests, 'request')}`;
    return `- ${codeSpan(name === '' ? 'everything' : name, 80)}: ${status === 'missing' ? 'no report' : status}${cost}\n`;
  });
  const list =
    rows.length <= 1 ? '' : `\n<details><summary>Part by part</summary>\n\n${rows.join('')}\n</details>\n`;
  return `${partLine(parts)}\n${list}`;
}

type Parts = NonNullable<Report['parts']>;

const MOST_NAMED = 5;

/** `**8 of 8 parts**: 12,345 requests in 24 min, 3 min 5 s the longest. Not well: …` */
function partLine(parts: Parts): string {
  const seen = parts.filter(({ status }) => status !== 'missing');
  const sum = (of: 'milliseconds' | 'requests') => seen.reduce((total, part) => total + part[of], 0);
  const longest = Math.max(0, ...seen.map(({ milliseconds }) => milliseconds));
  const cost = `${count(sum('requests'), 'request')} in ${duration(sum('milliseconds'))}, ${duration(longest)} the longest`;
  const bad = parts.filter(({ status }) => BAD.includes(status));
  const named = bad
    .slice(0, MOST_NAMED)
    .map(
      ({ name, status }) =>
        `${codeSpan(name, 80)} ${status === 'missing' ? 'has no report' : `is ${status}`}`,
    );
  const more = bad.length > MOST_NAMED ? [`${amount(bad.length - MOST_NAMED)} more`] : [];
  const words = bad.length === 0 ? '' : ` ${[...named, ...more].join(', ')}.`;
  return `**${amount(seen.length)} of ${count(parts.length, 'part')}**: ${cost}.${words}`;
}

const BAD: readonly Parts[number]['status'][] = ['missing', 'cancelled', 'failed', 'partial'];
