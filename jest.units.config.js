// `npm run test:units`: the tests that need Node and the packages alone, and so run on every platform. `units.test.ts` holds
// them to that; README.md names those that are left out.
import all from './jest.config.js';

/** They need a shell, openssl, Git, or a program that is built for the tests. */
export const LEFT_OUT = [
  'files/references',
  'files/report-files',
  'files/workspace',
  'image/names/distribution',
  'registry/crane/credentials',
  'registry/crane/exec',
  'registry/crane/fenced',
  'registry/crane/given-token',
  'registry/crane/lister',
  'registry/crane/real',
  'registry/http/connections',
  'registry/install/install',
  'registry/listing/listings',
  'report/render/pictures',
  'run/open/open',
];

export const ROOMS = ['base', 'config', 'files', 'github', 'image', 'plan', 'registry', 'report', 'run'];

export default {
  ...all,
  testMatch: [
    `**/__tests__/{${ROOMS.join(',')}}/**/*.test.ts`,
    '**/__tests__/this-platform.test.ts',
    ...LEFT_OUT.map((name) => `!**/__tests__/${name}.test.ts`),
  ],
};
