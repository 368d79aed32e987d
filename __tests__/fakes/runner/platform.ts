// Another platform, in one place: what Node says of itself, and how it writes paths. Processes, files and certificates stay
// those of this machine.

import { posix, win32 } from 'node:path';
import { jest } from '@jest/globals';

export type Faked = 'win32' | 'darwin' | 'linux';

/** Does `work` while Node says that it runs on another platform. */
export async function asPlatform<T>(platform: Faked, work: () => T | Promise<T>): Promise<T> {
  const real = Object.getOwnPropertyDescriptor(process, 'platform');
  Object.defineProperty(process, 'platform', { ...real, value: platform });
  try {
    return await work();
  } finally {
    if (real) Object.defineProperty(process, 'platform', real);
  }
}

/** A module of this project as it is where paths are written as on another platform. */
export async function withPathsOf<T>(platform: Faked, load: () => Promise<T>): Promise<T> {
  const paths = platform === 'win32' ? win32 : posix;
  jest.resetModules();
  jest.unstable_mockModule('node:path', () => ({ ...paths, default: paths }));
  try {
    return await load();
  } finally {
    jest.unstable_unmockModule('node:path');
    jest.resetModules();
  }
}
