import { expect, it } from '@jest/globals';
import type { Ended } from '../../../src/registry/crane/exec.ts';
import { classify } from '../../../src/registry/crane/failure.ts';

const failed = (stderr: string, code: number | null = 1): Ended => ({
  how: 'exit',
  code,
  stdout: '',
  stderr,
});

// What a registry says comes from the fence as a Failure; these are the words that are crane's own.
it.each([
  ['Error: error verifying sha256 checksum after reading 5 bytes; got "x", want "y"', 'corrupt', true],
  ['Error: manifest digest: "sha256:1" does not match requested digest: "sha256:0"', 'corrupt', true],
  ['Error: PUT http://mirror.fence.invalid/v2/a: DIGEST_INVALID: provided digest', 'corrupt', true],
  ['Error: unexpected EOF', 'corrupt', true],
  ['Error: unsupported digest algorithm: "sha384"', 'unsupported', false],
  ['Error: unknown flag: --jobs', 'unsupported', false],
  ['Error: could not parse reference: x', 'unsupported', false],
  ['Error: something else', 'server-error', true],
  ['', 'server-error', true],
])('%s', (stderr, reason, again) => {
  const found = classify('copy r/a', failed(`2026/11/21 04:00:00 Copying from r/a to s/a\n${stderr}\n`));
  expect([found.failure.reason, found.mayRetry]).toEqual([reason, again]);
});

it.each([
  [{ how: 'deadline', code: null, stdout: '', stderr: '' }, 'timeout', true],
  [{ how: 'stalled', code: null, stdout: '', stderr: '' }, 'timeout', true],
  [{ how: 'cancelled', code: null, stdout: '', stderr: '' }, 'cancelled', false],
  [{ how: 'stopped', code: null, stdout: '', stderr: '' }, 'server-error', false],
  [{ how: 'unstarted', code: null, stdout: '', stderr: 'spawn x ENOENT' }, 'internal', false],
  [{ how: 'exit', code: null, stdout: '', stderr: '' }, 'server-error', true],
  [
    { how: 'exit', code: 2, stdout: '', stderr: 'panic: slice bounds\n\ngoroutine 1 [running]:\n' },
    'internal',
    true,
  ],
] as const)('%j is %s', (ended, reason, again) => {
  const found = classify('copy r/a', ended);
  expect([found.failure.reason, found.mayRetry]).toEqual([reason, again]);
});

it('names a crash without its trace', () => {
  const { failure } = classify(
    'copy r/a',
    failed('panic: slice bounds out of range\n\ngoroutine 7 [running]:\nx.go', 2),
  );
  expect(failure.message).toBe('copy r/a: crane itself crashed');
  expect(failure.detail).toBe('panic: slice bounds out of range');
});

it('says it on one line that commands nothing', () => {
  const { failure } = classify(
    'copy r/a',
    failed(`Error: X\n::error::pwn\u001b[31m##[error]${'y'.repeat(999)}`),
  );
  expect(failure.message).toBe('copy r/a: crane failed');
  expect(failure.detail).not.toMatch(/[\n\u001b]|##\[/);
  expect(failure.detail.length).toBeLessThan(330);
});
