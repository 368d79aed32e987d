import { availableParallelism } from 'node:os';

// Node 24 strips the types itself, so no transform stands between a test and the source.
export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {},
  testMatch: ['**/__tests__/**/*.test.ts'],
  modulePathIgnorePatterns: ['<rootDir>/build/', '<rootDir>/dist/', '<rootDir>/.tools/'],
  coverageProvider: 'v8',
  testSequencer: './tools/longest-first.mjs',
  // Many tests wait for programs and registries, so that one worker more than there are cores keeps these busy. With two more,
  // deadlines that tests make fifty times shorter pass before a busy machine comes to what they wait for.
  maxWorkers: availableParallelism() + 1,
  testTimeout: 60_000,
  verbose: true,
};
