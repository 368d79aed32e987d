// Every page as a reader uses it: links lead somewhere, no page is too long to read, and everything that can be copied
// works: configs are read by the parser, workflows and steps by actionlint (against action.yml), commands by bash and
// package.json.

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { isMistake } from '../src/base/errors/mistake.ts';
import { parseConfig } from '../src/config/images/parse.ts';
import { configSchema } from '../src/config/images/schema.ts';
import { toolOf } from '../src/config/texts/other-tools.ts';
import { parseMirror } from '../src/image/names/mirror-name.ts';
import { ROOT, tool } from './fakes/runner/places.ts';

const MOST_LINES = 250;

type Fence = { readonly name: string; readonly language: string; readonly text: string };
type Page = { readonly file: string; readonly text: string; readonly fences: readonly Fence[] };

const PAGES: readonly Page[] = [
  ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
].map((file) => {
  const text = readFileSync(join(ROOT, file), 'utf8');
  return { file, text, fences: fencesOf(file, text) };
});
const FENCES = PAGES.flatMap(({ fences }) => fences);

function fencesOf(file: string, text: string): Fence[] {
  return [...text.matchAll(/^( *)```(\w*)\n([\s\S]*?)^ *```$/gm)].map((match) => {
    const [, indent = '', language = '', body = ''] = match;
    const line = text.slice(0, match.index).split('\n').length;
    const lines = body.split('\n').map((one) => one.replace(indent, ''));
    return { name: `${file}:${line}`, language, text: lines.join('\n') };
  });
}

/** The name that GitHub gives to a heading. */
function slugOf(heading: string): string {
  const words = heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/[`*_]/g, (mark) => (mark === '_' ? '_' : ''));
  return words
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

function slugsOf(file: string): string[] {
  const text = readFileSync(join(ROOT, file), 'utf8').replace(/^ *```[\s\S]*?^ *```$/gm, '');
  return [...text.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading]) => slugOf(heading ?? ''));
}

describe.each(PAGES)('$file', ({ file, text }) => {
  const prose = text.replace(/^ *```[\s\S]*?^ *```$/gm, '').replace(/`[^`\n]*`/g, '');

  it('is short enough to read', () => {
    // A third of README is the two tables of action.yml, which are looked up.
    expect(text.split('\n').length).toBeLessThanOrEqual(file === 'README.md' ? MOST_LINES + 50 : MOST_LINES);
  });

  it('links only to what is there', () => {
    const targets = [
      ...[...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target ?? ''),
      ...[...prose.matchAll(/(?:src|srcset|href)="([^"]+)"/g)].map(([, target]) => target ?? ''),
    ];
    const wrong = targets.filter((target) => {
      if (/^https:\/\/[\w.-]+\.[a-z]+(?:\/\S*)?$/.test(target)) return false;
      const [path = '', anchor] = target.split('#');
      const found = path === '' ? file : join(dirname(file), path);
      if (!existsSync(join(ROOT, found))) return true;
      return anchor !== undefined && !slugsOf(found).includes(anchor);
    });
    expect(wrong).toEqual([]);
  });
});

it('README or the index of docs/ leads to every page', () => {
  const index = ['README.md', 'docs/README.md']
    .map((file) => readFileSync(join(ROOT, file), 'utf8'))
    .join('\n');
  const unseen = PAGES.filter(
    ({ file }) =>
      ![file, file.slice('docs/'.length), `../${file}`].some((path) => index.includes(`(${path})`)),
  );
  expect(unseen.map(({ file }) => file).filter((file) => !/^(?:docs\/)?README\.md$/.test(file))).toEqual([]);
});

const CONFIG_KEYS = Object.keys(configSchema.shape);
/** Files of other tools that a page shows; they are YAML, and that is all that is known of them here. */
const OF_OTHERS = ['IMAGES', 'repos'];

/** What a YAML fence is, by what stands in it. */
function kindOf(value: unknown): 'config' | 'workflow' | 'jobs' | 'steps' | 'rights' | 'other' | 'unknown' {
  if (Array.isArray(value)) {
    return value.every((item) => item?.uses !== undefined || item?.run !== undefined) ? 'steps' : 'unknown';
  }
  const keys = Object.keys(value ?? {});
  if (keys.includes('jobs')) return 'workflow';
  if (toolOf(value)?.format != null) return 'other';
  if (keys.every((key) => CONFIG_KEYS.includes(key))) return 'config';
  if (keys.every((key) => key === 'permissions' || key === 'concurrency')) return 'rights';
  if (keys.every((key) => OF_OTHERS.includes(key))) return 'other';
  const jobs = Object.values(value as object).every((job) => typeof job === 'object' && 'steps' in job);
  return jobs ? 'jobs' : 'unknown';
}

function indent(text: string, width: number): string {
  return text.trimEnd().replace(/^(?=.)/gm, ' '.repeat(width));
}

const HEAD = 'on: { workflow_dispatch: {} }\n';

/** The jobs whose outputs a fence uses, without saying what they do. */
function stubs(text: string): string {
  const used = [...text.matchAll(/needs\.(\w+)\.outputs\.(\w+)/g)];
  return [...Map.groupBy(used, ([, job = '']) => job)]
    .map(([job, outputs]) => {
      const names = [...new Set(outputs.map(([, , name]) => `${name}: x`))];
      return `  ${job}: { runs-on: ubuntu-latest, outputs: { ${names.join(', ')} }, steps: [{ run: ls }] }\n`;
    })
    .join('');
}

/** A whole workflow around a fence. */
function workflowOf(kind: string, text: string): string {
  if (kind === 'workflow') return text;
  if (kind === 'rights')
    return `${HEAD}${text}jobs: { a: { runs-on: ubuntu-latest, steps: [{ run: ls }] } }\n`;
  if (kind === 'steps')
    return `${HEAD}jobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n${indent(text, 6)}\n`;
  return `${HEAD}jobs:\n${stubs(text)}${indent(text, 2)}\n`;
}

function lint(workflow: string): string {
  // The action as it stands here, so that its inputs and outputs are checked.
  const local = workflow.replaceAll(/fresh-mirror\/fresh-mirror@\S+/g, './');
  const { stdout, stderr } = spawnSync(tool('actionlint'), ['-no-color', '-'], {
    cwd: ROOT,
    input: local,
    encoding: 'utf8',
  });
  return `${stdout}${stderr}`;
}

const yaml = FENCES.filter(({ language }) => language === 'yaml');

it.each(yaml)('$name: YAML that its reader accepts', ({ text }) => {
  const value = parse(text);
  const kind = kindOf(value);
  expect(kind).not.toBe('unknown');
  if (kind === 'other') return;
  if (kind !== 'config') return expect(lint(workflowOf(kind, text))).toBe('');
  const missing = [
    'mirror' in value ? '' : 'mirror: ghcr.io/acme/mirror\n',
    ['images', 'references', 'builds'].some((key) => key in value) ? '' : 'images: ["debian:12-slim"]\n',
  ];
  const whole = `${text.replaceAll('sha256:…', `sha256:${'a'.repeat(64)}`)}\n${missing.join('')}`;
  expect(parseConfig(Buffer.from(whole), 'images.yaml').config).toBeDefined();
});

const SCRIPTS = Object.keys(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).scripts);

it.each(FENCES.filter(({ language }) => language === 'sh' || language === 'console'))(
  '$name: commands that bash reads, of scripts that there are',
  ({ text }) => {
    const read = spawnSync('bash', ['-n'], { input: text, encoding: 'utf8' });
    expect([read.status, read.stderr]).toEqual([0, '']);
    const scripts = [...text.matchAll(/\bnpm run ([\w:-]+)/g)].map(([, name]) => name ?? '');
    expect(scripts.filter((name) => !SCRIPTS.includes(name))).toEqual([]);
  },
);

it.each(FENCES.filter(({ language }) => language === 'json'))('$name: JSON', ({ text }) => {
  expect(() => JSON.parse(text)).not.toThrow();
});

it.each(FENCES.filter(({ language }) => language === 'diff'))('$name: lines of a diff', ({ text }) => {
  const lines = text.trimEnd().split('\n');
  expect(lines.filter((line) => !/^[ +-]/.test(line))).toEqual([]);
});

it('no fence is of a kind that nobody looks at', () => {
  const known = ['yaml', 'sh', 'console', 'json', 'diff', 'text'];
  expect(FENCES.filter(({ language }) => !known.includes(language)).map(({ name }) => name)).toEqual([]);
});

/** What a program prints, quoted in a page: each line stands in a test, which holds the program to it. */
const tests = testsIn('__tests__');

function testsIn(folder: string): string {
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  const texts = files.filter((file) => file.endsWith('.ts') && !file.endsWith('pages.test.ts'));
  return texts.map((file) => readFileSync(join(ROOT, folder, file), 'utf8')).join('\n');
}

/** Drawings and command lines, not messages. */
const NOT_SAID = /^docs\/(?:architecture|benchmarks)\.md/;

it.each(FENCES.filter(({ language, name }) => language === 'text' && !NOT_SAID.test(name)))(
  '$name: each line is held by a test',
  ({ text }) => {
    const lines = text.trim().split('\n');
    expect(lines.filter((line) => !tests.includes(line.trim()))).toEqual([]);
  },
);

it('every fact of docs/registries.md has its source: a page, or a test that is there', () => {
  const page = PAGES.find(({ file }) => file === 'docs/registries.md')?.text ?? '';
  const facts = page.split('\n').filter((line) => /^\| (?!what |---)/.test(line));
  expect(facts.length).toBeGreaterThan(40);
  const unfounded = facts.filter((line) => {
    const source = line.split(' | ').at(-1)?.replace(/ \|$/, '') ?? '';
    const [, test] = /^`(__tests__\/\S+)`$/.exec(source) ?? [];
    return test === undefined ? !/^\[[^\]]+\]\(\S+\)$/.test(source) : !existsSync(join(ROOT, test));
  });
  expect(unfounded).toEqual([]);
});

const REGISTRIES = (PAGES.find(({ file }) => file === 'docs/registries.md')?.text ?? '')
  .split(/^## /m)
  .slice(1, -1)
  .map((section) => [section.split('\n')[0] ?? '', section] as const);

it('docs/registries.md has nine ways in', () => {
  expect(REGISTRIES).toHaveLength(9);
});

it.each(REGISTRIES)(
  '%s: what to write as mirror, the login there, rights, repositories, visibility',
  (_name, section) => {
    const facts = new Map(
      [...section.matchAll(/^\| (\S+) \| (.+) \| .+ \|$/gm)].map(([, what = '', how = '']) => [what, how]),
    );
    const whats = [...facts.keys()];
    expect(whats).toEqual(expect.arrayContaining(['`mirror:`', 'rights', 'repositories', 'visibility']));
    const [, written = ''] = /`([^`]+)`/.exec(facts.get('`mirror:`') ?? '') ?? [];
    const mirror = parseMirror(written);
    if (isMistake(mirror)) throw new Error(mirror.mistake);
    const [, login = 'docker.io'] = /registry: ([\w.-]+)/.exec(section) ?? [];
    const [, account] = /az acr login --name (\w+)/.exec(section) ?? [];
    expect(mirror.registry).toBe(account === undefined ? login : `${account}.azurecr.io`);
    // A login without a secret needs GitHub's word for who the job is.
    const isKeyless = /configure-aws-credentials|google-github-actions|azure\/login/.test(section);
    expect(section.includes('id-token: write')).toBe(isKeyless);
  },
);

it('every test that a page names is there', () => {
  const names = PAGES.flatMap(({ text }) =>
    [...text.matchAll(/`((?:[\w-]+\/)*[\w-]+\.test\.ts)`/g)].map(([, name]) => name ?? ''),
  );
  const there = readdirSync(join(ROOT, '__tests__'), { recursive: true, encoding: 'utf8' }).map(
    (name) => `__tests__/${name}`,
  );
  expect(names.length).toBeGreaterThan(30);
  expect(names.filter((name) => !there.some((file) => file === name || file.endsWith(`/${name}`)))).toEqual(
    [],
  );
});
