// The images of Dockerfiles. Each row names the section of https://docs.docker.com/reference/dockerfile/ that it is from.

import { describe, expect, it } from '@jest/globals';
import { D, DOCKERFILE, found, readText } from './read.ts';

/** Begins a variable, where a linter would take it for one of JavaScript. */
const V = '$';

type Row = readonly [name: string, section: string, text: string, wanted: readonly string[]];

const ROWS: readonly Row[] = [
  ['one base', 'from', 'FROM alpine:3.22\n', ['1:6 alpine:3.22']],
  ['a pin', 'from', `FROM r.example:5000/a:1@${D}\n`, [`1:6 r.example:5000/a:1@${D}`]],
  ['lower case, spaces, no line end', 'from', '  from\talpine', ['1:8 alpine']],
  ['a platform', 'from', 'FROM --platform=$BUILDPLATFORM alpine:3 AS b\n', ['1:32 alpine:3']],
  ['scratch', 'from', 'FROM scratch\n', []],
  ['a stage by name, in any case', 'from', 'FROM a:1 AS Base\nFROM base AS x\nFROM X\n', ['1:6 a:1']],
  ['a stage hides an image of its name', 'from', 'FROM alpine AS alpine\nFROM alpine\n', ['1:6 alpine']],
  ['a name that is a stage later is an image', 'from', 'FROM b\nFROM a:1 AS b\n', ['1:6 b', '2:6 a:1']],
  ['a number is an image here', 'from', 'FROM a:1\nFROM 0\n', ['1:6 a:1', '2:6 0']],
  [
    'an ARG in the tag',
    'understand-how-arg-and-from-interact',
    'ARG V=3.22\nFROM alpine:$V\n',
    ['2:6 alpine:3.22'],
  ],
  [
    'an ARG in braces',
    'understand-how-arg-and-from-interact',
    `ARG V="3.22"\nFROM alpine:${V}{V}-x\n`,
    ['2:6 alpine:3.22-x'],
  ],
  [
    'a whole ARG: where its default is',
    'understand-how-arg-and-from-interact',
    'ARG BASE=alpine:3.22\nFROM $BASE\n',
    ['1:10 alpine:3.22'],
  ],
  [
    'used twice: one place',
    'understand-how-arg-and-from-interact',
    'ARG BASE="alpine:3.22"\nFROM $BASE AS a\nFROM $BASE\n',
    ['1:11 alpine:3.22'],
  ],
  [
    'an ARG of an ARG',
    'understand-how-arg-and-from-interact',
    `ARG A=alpine:3\nARG B=${V}{A}\nFROM "$B"\n`,
    ['1:7 alpine:3'],
  ],
  [
    'an ARG made of an ARG',
    'understand-how-arg-and-from-interact',
    'ARG V=3\nARG B=alpine:$V\nFROM $B\n',
    ['2:7 alpine:3'],
  ],
  ['two in one ARG', 'arg', 'ARG A=x:1 B=y:2\nFROM $A\nFROM $B\n', ['1:7 x:1', '1:13 y:2']],
  ['an ARG that is written again', 'arg', 'ARG A=x:1\nARG A=y:2\nFROM $A\n', ['2:7 y:2']],
  ['an ARG without default', 'understand-how-arg-and-from-interact', 'ARG A\nFROM $A\n', ['2:6 $A ?']],
  [
    'an ARG of a stage does not count',
    'understand-how-arg-and-from-interact',
    'FROM a:1\nARG B=b:1\nFROM $B\n',
    ['1:6 a:1', '3:6 $B ?'],
  ],
  [
    'an ARG of the builder',
    'automatic-platform-args-in-the-global-scope',
    'FROM a:$TARGETARCH\n',
    ['1:6 a:$TARGETARCH ?'],
  ],
  ['an empty ARG', 'arg', 'ARG A=\nFROM $A\n', ['2:6 $A ?']],
  ['an ARG that names a stage', 'from', 'ARG A=b\nFROM x:1 AS b\nFROM $A\n', ['2:6 x:1']],
  ['a default in place', 'environment-replacement', `FROM a:${V}{V:-1}\n`, [`1:6 a:1`]],
  ['a default that is not needed', 'environment-replacement', `ARG V=2\nFROM a:${V}{V:-1}\n`, ['2:6 a:2']],
  ['what is put in if set', 'environment-replacement', `ARG V=2\nFROM a:1${V}{V:+-slim}\n`, ['2:6 a:1-slim']],
  ['a default in a default', 'environment-replacement', `FROM a:${V}{V:-${V}{W:-1}}\n`, ['1:6 a:1']],
  [
    'a pattern is not worked out',
    'environment-replacement',
    `ARG V=v1\nFROM a:${V}{V#v}\n`,
    [`2:6 a:${V}{V#v} ?`],
  ],
  ['COPY --from', 'copy---from', 'FROM a:1\nCOPY --from=b:2 /x /x\n', ['1:6 a:1', '2:13 b:2']],
  [
    'COPY from stages',
    'copy---from',
    'FROM a:1 AS s\nFROM scratch\nCOPY --from=S a b\nCOPY --from=0 a b\nCOPY --link --from=1 a b\n',
    ['1:6 a:1'],
  ],
  [
    'COPY from a stage below',
    'copy---from',
    'FROM a:1\nCOPY --from=s a b\nFROM b:1 AS s\n',
    ['1:6 a:1', '3:6 b:1'],
  ],
  [
    'COPY --from behind other flags',
    'copy---from',
    'FROM a\nCOPY --chown=0:0 --from="b:1" a b\n',
    ['1:6 a', '2:26 b:1'],
  ],
  ['--from behind the flags is a file', 'copy---from', 'FROM a\nCOPY x --from=b:1 y\n', ['1:6 a']],
  ['COPY from a variable', 'copy---from', 'FROM a\nCOPY --from=$B a b\n', ['1:6 a', '2:13 $B ?']],
  [
    'RUN --mount',
    'run---mounttypebind',
    'FROM a\nRUN --mount=type=bind,from=b:1,target=/x ls\n',
    ['1:6 a', '2:28 b:1'],
  ],
  [
    'RUN --mount in quotes',
    'run---mounttypecache',
    'FROM a\nRUN --mount="type=cache,FROM=b:1" ls\n',
    ['1:6 a', '2:30 b:1'],
  ],
  [
    'two mounts',
    'run---mount',
    'FROM a\nRUN --mount=from=b:1,target=/b --mount=from=c:1 ls\n',
    ['1:6 a', '2:18 b:1', '2:45 c:1'],
  ],
  [
    'a mount of a stage',
    'run---mounttypebind',
    'FROM a:1 AS s\nRUN --mount=from=s,target=/x ls --mount=from=z:1\n',
    ['1:6 a:1'],
  ],
  ['ONBUILD', 'onbuild', 'FROM a\nONBUILD COPY --from=b:1 x y\n', ['1:6 a', '2:21 b:1']],
  ['a line that goes on', 'format', 'FROM \\\n  alpine:3 \\\n AS b\n', ['2:3 alpine:3']],
  ['a word that goes on', 'format', 'FROM alp\\\nine:3\n', ['1:6 alpine:3']],
  ['comments in between', 'format', 'FROM \\\n# FROM x\n  # why \\\n\n  alpine:3\n', ['5:3 alpine:3']],
  ['a comment does not go on', 'format', '# x \\\nFROM alpine\n', ['2:6 alpine']],
  ['spaces behind the escape', 'format', 'FROM \\ \t\n a:1\n', ['2:2 a:1']],
  ['two escapes do not go on', 'format', 'FROM a\nRUN x \\\\\nFROM b\n', ['1:6 a', '3:6 b']],
  ['another escape', 'escape', '# escape=`\nFROM `\n a:1\nRUN dir c:\\\nFROM b:1\n', ['3:2 a:1', '5:6 b:1']],
  [
    'directives before it',
    'parser-directives',
    '# syntax=docker/dockerfile:1\n#escape = `\nFROM `\n a:1\n',
    ['4:2 a:1'],
  ],
  [
    'a directive below a comment is a comment',
    'parser-directives',
    '# why\n# escape=`\nFROM \\\n a:1\n',
    ['4:2 a:1'],
  ],
  [
    'the frontend is a matter of the builder',
    'syntax',
    '# syntax=docker/dockerfile:1.7\nFROM a:1\n',
    ['2:6 a:1'],
  ],
  ['a here-document', 'here-documents', 'FROM a\nRUN <<EOF\nFROM b\nEOF\nFROM c\n', ['1:6 a', '5:6 c']],
  [
    'two of them',
    'here-documents',
    'FROM a\nCOPY <<A <<-"B" /x/\nFROM b\nA\n\tFROM c\n\tB\nFROM d\n',
    ['1:6 a', '7:6 d'],
  ],
  [
    'one for a command',
    'here-documents',
    "FROM a\nRUN cat 3<<'E' && ls\nFROM b\nE\nFROM c\n",
    ['1:6 a', '5:6 c'],
  ],
  [
    'no here-document',
    'here-documents',
    'FROM a\nRUN echo "<<E" $((1<<2)) <<<E\nFROM b\n',
    ['1:6 a', '3:6 b'],
  ],
  ['without an end', 'here-documents', 'FROM a\nRUN <<E\nFROM b\n', ['1:6 a']],
  [
    'CRLF',
    'format',
    'FROM a:1\r\nFROM \\\r\n b:1\r\nRUN <<E\r\nFROM x\r\nE\r\nFROM c\r\n',
    ['1:6 a:1', '3:2 b:1', '7:6 c'],
  ],
  ['a byte order mark', 'format', '\ufeffFROM a:1\n', ['1:6 a:1']],
  ['no FROM', 'format', 'RUN x\n', []],
];

describe('images of a Dockerfile', () => {
  it.each(ROWS)('%s (#%s)', (_name, _section, text, wanted) => {
    expect(found(text, DOCKERFILE)).toEqual(wanted);
  });

  it('a comment above an instruction ignores a rule', () => {
    const text = '# fresh-mirror-ignore: not-pinned — moves on purpose\nFROM \\\n  a:1\n';
    expect(readText(text, DOCKERFILE).sites[0]?.ignored).toEqual([
      { rule: 'not-pinned', reason: 'moves on purpose' },
    ]);
  });
});

it.each([
  ['the first', '# fresh-mirror-ignore: stale-pin — why\nFROM $A AS b\nFROM $A\n'],
  ['the last', 'FROM $A AS b\n# fresh-mirror-ignore: stale-pin — why\nFROM $A\n'],
])('a comment at %s of two stages on one ARG holds for the ARG', (_, stages) => {
  const { sites } = readText(`ARG A=a:1\n${stages}`, DOCKERFILE);
  expect(sites.map(({ ignored }) => ignored)).toEqual([[{ rule: 'stale-pin', reason: 'why' }]]);
});

describe('bounds', () => {
  it('variables that double are not worked out for ever', () => {
    const names = Array.from({ length: 60 }, (_, at) => `ARG A${at + 1}=${V}A${at}${V}A${at}\n`);
    expect(found(`ARG A0=xx\n${names.join('')}FROM ${V}A60\n`, DOCKERFILE)).toEqual([`62:6 ${V}A60 ?`]);
  });

  it.each([
    ['defaults in defaults', `FROM ${`${V}{A:-`.repeat(50_000)}x`],
    ['spaces', `RUN ${' '.repeat(900_000)}x\nFROM a`],
    ['quotes', `RUN ${'"'.repeat(900_001)}\nFROM a`],
    ['lines', 'FROM a\\\n'.repeat(100_000)],
    ['here-documents', 'RUN <<E\n'.repeat(100_000)],
    ['arguments', 'ARG A=1\n'.repeat(100_000)],
  ])('%s', (_name, text) => {
    expect(readText(text, DOCKERFILE).mistakes).toEqual([]);
  });
});
