// One reference a line, as `xargs -n1 crane pull`, `skopeo` scripts and `ctr` users keep them.

import { expect, it } from '@jest/globals';
import { found, LIST } from './read.ts';

it.each<[string, string, readonly string[]]>([
  ['lines', 'a:1\nb:2\n', ['1:1 a:1', '2:1 b:2']],
  ['no line end', 'a:1', ['1:1 a:1']],
  ['comments', '# a:1\n  # b\nc:1 # why\nd:1#e\n', ['3:1 c:1', '4:1 d:1#e']],
  ['empty lines and spaces', '\n  a:1 \t\n\n', ['2:3 a:1']],
  ['CRLF', 'a:1\r\n\r\nb:2\r\n', ['1:1 a:1', '3:1 b:2']],
  ['a byte order mark', '\ufeffa:1\nb:2\n', ['1:1 a:1', '2:1 b:2']],
  ['a comment behind a byte order mark', '\ufeff# a:1\nb:2\n', ['2:1 b:2']],
  ['two words are one text, which is no reference', 'a:1 b:2\n', ['1:1 a:1 b:2']],
  ['a template', '{{ x }}:1\n', ['1:1 {{ x }}:1 ?']],
  ['nothing', '', []],
])('%s', (_name, text, wanted) => {
  expect(found(text, LIST)).toEqual(wanted);
});
