import { expect, it } from '@jest/globals';
import { createLeases } from '../../../src/registry/copier/leases.ts';

const moment = () => new Promise((resolve) => setImmediate(resolve));

function harness() {
  const { hold } = createLeases();
  const log: string[] = [];
  const work = (name: string) => async () => {
    log.push(`${name} begins`);
    for (let turn = 0; turn < 3; turn += 1) await moment();
    log.push(`${name} ends`);
    return name;
  };
  return { hold, log, work };
}

it('lets one at a time hold a key, and others go on', async () => {
  const { hold, log, work } = harness();
  const all = [hold(['x'], work('first')), hold(['x'], work('second')), hold(['y'], work('other'))];
  expect(await Promise.all(all)).toEqual(['first', 'second', 'other']);
  expect(log.indexOf('second begins')).toBeGreaterThan(log.indexOf('first ends'));
  expect(log.indexOf('other begins')).toBeLessThan(log.indexOf('first ends'));
});

it('lets no two hold one key, however many wait for it', async () => {
  const { hold } = createLeases();
  let holders = 0;
  let most = 0;
  const alone = async () => {
    holders += 1;
    most = Math.max(most, holders);
    await moment();
    holders -= 1;
  };
  await Promise.all(Array.from({ length: 20 }, () => hold(['x'], alone)));
  expect(most).toBe(1);
});

it('never lets two wait for each other, whatever the order of their keys', async () => {
  const { hold, work } = harness();
  const keys = [
    ['a', 'b', 'c'],
    ['c', 'b', 'a'],
    ['b', 'a'],
    ['c', 'a'],
  ];
  const all = Promise.all(Array.from({ length: 40 }, (_, at) => hold(keys[at % 4] ?? [], work(`${at}`))));
  expect(await all).toHaveLength(40);
});

it('does not wait for itself where a key is named twice', async () => {
  const { hold, work } = harness();
  expect(await hold(['x', 'x'], work('once'))).toBe('once');
});

it('gives a key back early that it does not need any more', async () => {
  const { hold, log, work } = harness();
  const first = hold(['x', 'y'], async (giveBack) => {
    await moment();
    await moment();
    giveBack('x');
    giveBack('x');
    for (let turn = 0; turn < 10; turn += 1) await moment();
    return work('first')();
  });
  await moment();
  await Promise.all([first, hold(['y'], work('waits')), hold(['x'], work('early'))]);
  expect(log.indexOf('early ends')).toBeLessThan(log.indexOf('first begins'));
  expect(log.indexOf('waits begins')).toBeGreaterThan(log.indexOf('first ends'));
});

it('gives its keys back when its work fails, and those who wait go on', async () => {
  const { hold, work } = harness();
  const failed = hold(['x', 'y'], async () => {
    await moment();
    throw new Error('lost');
  });
  const next = [hold(['x'], work('second')), hold(['y', 'x'], work('third'))];
  await expect(failed).rejects.toThrow('lost');
  expect(await Promise.all(next)).toEqual(['second', 'third']);
});
