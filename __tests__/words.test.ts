// One word for one thing (docs/terms.md), and English as people say it: uses that are banned are looked for in the
// source, the documents, README and action.yml.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const ROOT = join(import.meta.dirname, '..');
const SOURCE = textsIn('src', '.ts');
const DOCS = [...textsIn('docs', '.md'), ...['README.md', 'action.yml'].map(readText)];
/** The page that names the banned words. */
const GLOSSARY = 'docs/terms.md';

type Text = { readonly file: string; readonly lines: readonly string[] };

function textsIn(folder: string, ending: string): Text[] {
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  const wanted = files.filter((file) => file.endsWith(ending)).sort();
  return wanted.map((file) => readText(`${folder}/${file.replaceAll('\\', '/')}`));
}

function readText(file: string): Text {
  return { file, lines: readFileSync(join(ROOT, file), 'utf8').split('\n') };
}

/** `src/post.ts:3: the line`, for each line that `banned` matches. */
function uses(texts: readonly Text[], banned: RegExp): string[] {
  return texts
    .filter(({ file }) => file !== GLOSSARY)
    .flatMap(({ file, lines }) =>
      lines.flatMap((line, at) => (banned.test(line) ? [`${file}:${at + 1}: ${line.trim()}`] : [])),
    );
}

const NOUNS =
  'tag|version|platform|digest|registry|repository|name|manifest|duration|reference|pattern|number|list|map|text|host|file';

describe('words and documents', () => {
  it.each([
    [
      '"X is not a valid tag"',
      new RegExp(`(?<!there )\\b(?:is|are|was) no (?:valid )?(?:${NOUNS}|reason)s?\\b`, 'i'),
    ],
    ['"expected X, found Y"', /\bhere is .+ instead of\b/i],
    ['status', /\bverdicts?\b/i],
    ['prefix', /\bnamespaces?\b/i],
    ['suffix', /\bflavou?rs?\b/i],
    ['familiar name', /\bshort names?\b/i],
    ['platform tag', /\barch tags?\b/i],
    ['index', /\bfat manifests?\b/i],
    ['floating tag', /\bdynamic tags?\b/i],
    ['fixed tag', /\bimmutable tags?\b/i],
    ['stale', /\boutdated\b|\bdrifted\b/i],
    ['kept', /\bfrozen\b/i],
    ['reported', /\b(?:loss|success|failure|which) (?:is|was) (?:said|told)\b|\btold of\b/i],
    ['"by default", "unless it is set"', /\bunless told\b/i],
    ['takes precedence over', /\bgives way to\b|\btakes over from\b/i],
    ['remove', /\btake \S+ (?:\S+ )?out(?: of)?\b/i],
  ])('%s', (_better, banned) => {
    expect(uses([...SOURCE, ...DOCS], banned)).toEqual([]);
  });
});

describe('names in the source', () => {
  const code = SOURCE.map(({ file, lines }) => ({
    file,
    lines: lines.map((line) => line.replace(/^\s*(?:\/\/|\/?\*).*$/, '')),
  }));
  const outside = (rooms: RegExp) => code.filter(({ file }) => !rooms.test(file));

  it('say what a thing is', () => {
    const nothing = 'one|told|twice|sound|again|some';
    const banned = new RegExp(
      `\\b(?:const|let|function) (?:${nothing})\\b|[(,] ?(?:${nothing})[,):]|\\b(?:${nothing}) =>`,
    );
    expect(uses(code, banned)).toEqual([]);
  });

  it('call held what was not tried', () => {
    expect(uses(outside(/^src\/(?:plan\/steps|report\/rows|run\/apply)\//), /\bheld\b|Held/)).toEqual([]);
  });

  it('call kept the image of a platform that upstream let go', () => {
    const rooms = /^src\/(?:plan\/platforms|plan\/steps|report\/rows|report\/merge|report\/render)\//;
    expect(uses(outside(rooms), /\b(?:const|let) kept\b|\bkept:/)).toEqual([]);
  });

  it('call nothing left, and no state said', () => {
    expect(uses(code, /\b(?:const|let) left\b|'(?:left|said)'|\bisLeft\b|\bwasLeft\b/)).toEqual([]);
  });

  it('call a side upstream or mirror', () => {
    expect(uses(outside(/^src\/(?:plan|run|registry\/refusals)\//), /\bside\b/)).toEqual([]);
  });

  it('call refused what the guard stopped', () => {
    // A registry refuses, too. The alert passes on the report's list of that name.
    const rooms =
      /^src\/(?:config\/images\/|config\/policies\/|plan\/|registry\/|report\/|run\/news\/alert|run\/open\/)/;
    expect(uses(outside(rooms), /\bRefus|\brefus(?:ed|al)\b/)).toEqual([]);
  });
});
