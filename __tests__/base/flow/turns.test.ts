import { describe, expect, it } from '@jest/globals';
import { createTurns } from '../../../src/base/flow/turns.ts';

describe('turns', () => {
  async function watch(repositories: readonly string[], fails: readonly number[] = []) {
    const turns = createTurns(4);
    const running = new Map<string, number>();
    const most = { all: 0, before: new Map<string, number>() };
    let now = 0;
    const work = (repository: string, id: number) => async () => {
      now += 1;
      running.set(repository, (running.get(repository) ?? 0) + 1);
      most.all = Math.max(most.all, now);
      if (!done.has(repository))
        most.before.set(repository, Math.max(most.before.get(repository) ?? 0, running.get(repository) ?? 0));
      await new Promise((resolve) => setTimeout(resolve, 5));
      now -= 1;
      running.set(repository, (running.get(repository) ?? 0) - 1);
      if (fails.includes(id)) throw new Error('x');
      done.add(repository);
    };
    const done = new Set<string>();
    const ended = await Promise.allSettled(
      repositories.map((repository, id) => turns.take(repository, work(repository, id))),
    );
    return { most, ended };
  }

  it('lets the first of a repository go alone, four in all', async () => {
    const { most } = await watch(['a', 'a', 'a', 'a', 'a', 'a', 'b', 'b', 'c', 'd', 'e']);
    expect([most.all, Math.max(...most.before.values())]).toEqual([4, 1]);
  });

  it('makes the next the first when one fails', async () => {
    const { most, ended } = await watch(['a', 'a', 'a', 'a'], [0, 1]);
    expect(most.before.get('a')).toBe(1);
    expect(ended.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
  });
});
