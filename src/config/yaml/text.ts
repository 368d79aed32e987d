// From the bytes of a file to its text: at most 1 MiB, UTF-8, no control characters. A binary file ends here.

import type { Words } from '../../base/errors/diagnostic.ts';

const MAX_BYTES = 1024 * 1024;
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/;

/** Bytes that are not text we read, and where: nothing is known of lines yet, so this counts them itself. */
type Undecodable = Words & { readonly line: number; readonly column: number };

/** The text of a file, with the byte order mark that it may begin with or without it; or why it is not read. */
export function decodeText(bytes: Uint8Array, mark: 'with-mark' | 'without-mark'): string | Undecodable {
  if (bytes.length > MAX_BYTES) {
    const message = `the file has ${bytes.length} bytes`;
    return { rule: 'file-too-large', line: 1, column: 1, message, hint: 'at most 1 MiB is read; split it' };
  }
  const text = decodeUtf8(bytes, mark === 'with-mark');
  if (text === null) {
    const hint = 'save the file as UTF-8';
    return { rule: 'not-utf-8', line: badLine(bytes), column: 1, message: 'this line is not UTF-8', hint };
  }
  const at = text.search(CONTROL);
  if (at < 0) return text;
  const before = text.slice(0, at).split('\n');
  const code = text.charCodeAt(at).toString(16).toUpperCase().padStart(4, '0');
  return {
    rule: 'control-character',
    line: before.length,
    column: (before.at(-1) ?? '').length + 1,
    message: `there is a control character here, U+${code}`,
    hint: 'delete it',
  };
}

function decodeUtf8(bytes: Uint8Array, ignoreBOM: boolean): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM }).decode(bytes);
  } catch {
    return null;
  }
}

/** A line break is never a part of a longer UTF-8 sequence, so lines can be tried one by one. */
function badLine(bytes: Uint8Array): number {
  let start = 0;
  for (let line = 1; ; line++) {
    const end = bytes.indexOf(10, start);
    if (end < 0 || decodeUtf8(bytes.subarray(start, end), false) === null) return line;
    start = end + 1;
  }
}
