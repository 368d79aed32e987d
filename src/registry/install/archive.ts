// Takes one file out of a .tar.gz. Pure. Nothing else of the archive reaches the disk, so it cannot write anywhere:
// calling `tar` would, and it also prints its command line into the log. POSIX ustar, IEEE 1003.1 "pax".

import { gunzipSync } from 'node:zlib';

const BLOCK = 512;
const MAX_UNPACKED = 256 * 1024 * 1024;
const REGULAR = new Set(['0', '\0']);

/**
 * The bytes of the regular file `member` at the top of the archive, `null` when it has no such file.
 *
 * @throws Error of zlib for what is not gzip, is cut short, or unpacks to more than 256 MiB
 */
export function extractMember(archive: Uint8Array, member: string): Buffer | null {
  const tar = gunzipSync(archive, { maxOutputLength: MAX_UNPACKED });
  for (let at = 0; at + BLOCK <= tar.length; ) {
    const name = readText(tar, at, 100);
    const size = Number.parseInt(readText(tar, at + 124, 12).trim() || '0', 8);
    if (name === '' || !Number.isSafeInteger(size)) return null;
    const start = at + BLOCK;
    const type = String.fromCharCode(tar[at + 156] ?? 0);
    if (name.replace(/^\.\//, '') === member && REGULAR.has(type)) return wholeOrNull(tar, start, size);
    at = start + Math.ceil(size / BLOCK) * BLOCK;
  }
  return null;
}

function wholeOrNull(tar: Buffer, start: number, size: number): Buffer | null {
  return start + size <= tar.length ? tar.subarray(start, start + size) : null;
}

function readText(tar: Buffer, at: number, length: number): string {
  const field = tar.subarray(at, at + length);
  const end = field.indexOf(0);
  return field.toString('latin1', 0, end < 0 ? length : end);
}
