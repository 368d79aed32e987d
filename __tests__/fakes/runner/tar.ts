// Archives as releases have them: ustar in gzip, with the members that a test names.

import { gzipSync } from 'node:zlib';

type Entry = { name: string; body?: string; type?: string };

/** A .tar.gz with these members. */
export function tarOf(...entries: Entry[]): Buffer {
  const blocks = entries.flatMap(({ name, body = '', type = '0' }) => {
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write('0000755\0', 100);
    header.write(`${Buffer.byteLength(body).toString(8).padStart(11, '0')}\0`, 124);
    header.write(type, 156);
    header.write('ustar\x0000', 257);
    return [header, Buffer.from(body.padEnd(Math.ceil(body.length / 512) * 512, '\0'))];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}
