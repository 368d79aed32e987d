// A tag list in any form ends as the right list, or as unknown: a row that says why the list could not be read. Never as
// an empty list, never as a part of it, never in a run without end.

import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { LIST_FORMS, startListServer } from '../fakes/registries/list-server.ts';
import { type RunningRegistry, startRegistry } from '../fakes/registries/registries.ts';
import { type ActionResult, runAction, tagsIn } from '../fakes/runner/bundle.ts';

type FailedRow = { readonly tag: string; readonly reason: string; readonly message: string };

let mirror: RunningRegistry;
beforeAll(async () => {
  mirror = await startRegistry();
});
afterAll(() => mirror.stop());

/** `check` of one glob, with what `exclude` takes away. */
async function checkList(
  form: (typeof LIST_FORMS)[number],
  glob: string,
): Promise<{ result: ActionResult; lists: number }> {
  const server = await startListServer(form);
  try {
    const result = await runAction({
      config: `mirror: ${mirror.host}/m\nimages:\n  - { source: "${server.host}/lib/app", tags: ["${glob}"] }\n`,
      inputs: { mode: 'check' },
      env: { FRESH_MIRROR_PATIENCE: '0.05' },
    });
    return { result, lists: server.listed() };
  } finally {
    await server.stop();
  }
}

it.each(LIST_FORMS.map((form) => [form.name, form] as const))('%s', async (_name, form) => {
  // Of a hundred thousand tags a few are enough to know that the list was read to its end.
  const big = (form.tags?.length ?? 0) > 1_000;
  const { result, lists } = await checkList(form, big ? '*9999' : '*');
  const rows = JSON.parse(result.outputs.failed ?? 'null') as FailedRow[];
  if (form.tags !== null) {
    const expected = form.tags.filter((tag) => !big || tag.endsWith('9999')).sort();
    expect([result.outputs.status, rows, tagsIn(result, 'stale').sort()]).toEqual(['stale', [], expected]);
    return;
  }
  expect([result.outputs.status, result.code, result.outputs.stale]).toEqual(['failed', 1, '[]']);
  expect(rows).toHaveLength(1);
  expect(rows[0]?.tag).toBe('*');
  expect(['no-match', 'internal']).not.toContain(rows[0]?.reason);
  expect(rows[0]?.message).toMatch(new RegExp(form.unknown));
  expect(lists).toBeLessThan(2_000);
});
