import { expect, it } from '@jest/globals';
import { createWaits, retryWords } from '../../../src/registry/limits/waits.ts';

function harness() {
  const state = { now: 0 };
  const lines: string[] = [];
  const waits = createWaits({ now: () => state.now }, (line) => lines.push(line));
  const begin = (milliseconds: number, cause = '503', host = 'r.example') =>
    waits.begin({ host, cause, milliseconds, words: retryWords(host, `answered ${cause}`) });
  return { state, lines, begin };
}

it('tells 600 waits of one host and cause once, as the first begins', () => {
  const { lines, begin } = harness();
  for (let at = 0; at < 600; at += 1) begin(4_000);
  expect(lines).toEqual(['r.example answered 503, trying again in 4 s']);
});

it('tells each host and cause', () => {
  const { lines, begin } = harness();
  begin(1_500);
  begin(1_500, '500');
  begin(200, '500', 'registry-1.docker.io');
  expect(lines).toEqual([
    'r.example answered 503, trying again in 2 s',
    'r.example answered 500, trying again in 2 s',
    'Docker Hub answered 500, trying again in 1 s',
  ]);
});

it('tells what lasts once a minute, and anew what comes back', () => {
  const { state, lines, begin } = harness();
  for (; state.now < 150_000; state.now += 10_000) begin(8_000);
  state.now += 60_000;
  begin(200_000);
  expect(lines).toEqual([
    'r.example answered 503, trying again in 8 s',
    'r.example answered 503, trying again in 8 s (7 times so far)',
    'r.example answered 503, trying again in 8 s (13 times so far)',
    'r.example answered 503, trying again in 3 min 20 s',
  ]);
});
