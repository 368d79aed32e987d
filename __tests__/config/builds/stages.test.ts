// Which images of a Dockerfile reach its result.

import { expect, it } from '@jest/globals';
import { basesOfResult } from '../../../src/config/dockerfile/stages.ts';

const bases = (text: string) =>
  basesOfResult(text).map(({ role, meant, written }) => `${role} ${meant ?? `? ${written}`}`);

it.each<[string, string, readonly string[]]>([
  ['one stage', 'FROM almalinux:8\nRUN true\n', ['base almalinux:8']],
  ['nothing', '', []],
  ['scratch', 'FROM scratch\nCOPY a /\n', []],
  ['a default', 'ARG V=8\nFROM almalinux:$V\n', ['base almalinux:8']],
  [
    'a default of a default',
    'ARG R=quay.io/x\nARG B=$R/alma:8\nFROM --platform=$TARGETPLATFORM $B\n',
    ['base quay.io/x/alma:8'],
  ],
  ['a default in place', ['FROM $', '{BASE:-alpine:3.20}\n'].join(''), ['base alpine:3.20']],
  ['no default', 'ARG BASE\nFROM $BASE\n', ['base ? $BASE']],
  ['a variable of the builder', 'FROM alpine:$TARGETARCH\n', ['base ? alpine:$TARGETARCH']],
  ['ARG behind FROM is none', 'FROM a\nARG B=x\nFROM $B\n', ['base ? $B']],
  [
    'a stage',
    'FROM golang:1 AS build\nFROM alpine:3\nCOPY --from=build /a /\n',
    ['base alpine:3', 'copied golang:1'],
  ],
  ['a stage that nothing leads to', 'FROM node:20 AS test\nFROM alpine:3\n', ['base alpine:3']],
  [
    'a stage by its number',
    'FROM golang:1\nFROM alpine:3\nCOPY --from=0 /a /\n',
    ['base alpine:3', 'copied golang:1'],
  ],
  ['a result on a stage', 'FROM alpine:3 AS Base\nFROM node:20 AS test\nFROM base\n', ['base alpine:3']],
  [
    'a chain',
    'FROM a AS one\nFROM one AS two\nFROM b AS three\nFROM two\nCOPY --from=three /x /\n',
    ['base a', 'copied b'],
  ],
  [
    'a base that is copied from too',
    'FROM a AS one\nFROM one AS two\nFROM two\nCOPY --from=one /x /\n',
    ['base a'],
  ],
  ['only copied', 'FROM golang:1 AS b\nFROM scratch\nCOPY --from=b /a /\n', ['copied golang:1']],
  ['an image that is copied from', 'FROM a\nCOPY --from=busybox:1 /x /\n', ['base a', 'copied busybox:1']],
  [
    'a mount',
    'FROM c AS cache\nFROM a\nRUN --mount=type=bind,from=cache,target=/x true\n',
    ['base a', 'copied c'],
  ],
  ['a mount of a stage that is not built', 'FROM c AS x\nRUN --mount=from=d true\nFROM a\n', ['base a']],
  ['pinned', `FROM a:1@sha256:${'a'.repeat(64)}\n`, [`base a:1@sha256:${'a'.repeat(64)}`]],
  ['a name that is used again', 'FROM a AS s\nFROM b AS s\nFROM s\n', ['base b']],
])('%s', (_what, text, expected) => {
  expect(bases(text)).toEqual(expected);
});
