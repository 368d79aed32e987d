import { availableParallelism } from 'node:os';

// Node 24 strips the types itself, so no transform stands between a test and the source.
export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {},
  testMatch: ['**/__tests__/**/*.test.ts'],
  modulePathIgnorePatterns: ['<rootDir>/build/', '<rootDir>/dist/', '<rootDir>/.tools/'],
  coverageProvider: 'v8',
  // Most tests wait for programs and registries, so that three at once keep two cores busy.
  maxWorkers: Math.max(3, availableParallelism()),
  testTimeout: 60_000,
  verbose: true,
};
