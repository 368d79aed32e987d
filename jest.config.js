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
  // Many tests wait for programs and registries, so that two workers more than there are cores keep these busy.
  maxWorkers: availableParallelism() + 2,
  testTimeout: 60_000,
  verbose: true,
};
