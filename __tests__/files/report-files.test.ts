// Report files: found where they may lie, read as far as they may be read.

import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { readReportFiles } from '../../src/files/report-files.ts';

let root = '';
let places = { workspace: '', temp: '', reportPath: '' };

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'reports-')));
  places = {
    workspace: join(root, 'work'),
    temp: join(root, 'temp'),
    reportPath: join(root, 'temp/own/report.json'),
  };
  for (const folder of ['work', 'temp', 'elsewhere']) mkdirSync(join(root, folder));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function put(path: string, text: string | Buffer = '{}'): string {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
  return join(root, path);
}

const read = (...patterns: string[]) => readReportFiles(patterns, places);
const filesOf = async (...patterns: string[]) => (await read(...patterns)).map(({ file }) => file);

it('finds files of one name in different folders, each once, in order', async () => {
  for (const at of [2, 10, 1]) put(`work/reports/shard-${at}/report.json`);
  put('work/reports/notes.txt');
  expect(await filesOf('reports/**/*.json', 'reports/*/report.json')).toEqual([
    'reports/shard-1/report.json',
    'reports/shard-10/report.json',
    'reports/shard-2/report.json',
  ]);
});

it('finds them in the temporary folder, by its path', async () => {
  put('temp/reports/a/report.json', '{"a":1}');
  expect(await read(`${places.temp}/reports/**/*.json`)).toEqual([
    { file: 'reports/a/report.json', text: '{"a":1}' },
  ]);
});

it('leaves out the report that this very step is to write', async () => {
  put('temp/own/report.json');
  put('temp/other/report.json');
  expect(await filesOf(`${places.temp}/**/report.json`)).toEqual(['other/report.json']);
});

it.each([
  ['no such folder', 'reports/**/*.json'],
  ['a folder that has none', '*.json'],
])('fails where nothing matches, and says what was looked for and where: %s', async (_name, pattern) => {
  await expect(read(pattern)).rejects.toMatchObject({
    code: 'input',
    message: `input merge-reports: no file matches ${join(places.workspace, pattern)}`,
    hint: expect.stringContaining('actions/download-artifact'),
  });
});

it.each(['../elsewhere/*.json', '/etc/*', '../work-of-others/x.json', '../**'])(
  'does not look outside: %s',
  async (pattern) => {
    put('elsewhere/report.json');
    await expect(read(pattern)).rejects.toMatchObject({
      message: expect.stringContaining('is outside the workspace'),
    });
  },
);

it('says of each file why it has no text, and reads the others', async () => {
  put('work/r/a.json', '{"good":1}');
  put('work/r/b.json', '');
  put('work/r/c.json', Buffer.from([0x7b, 0xff, 0xfe, 0x7d]));
  symlinkSync(put('elsewhere/secret.json', '{"secret":1}'), join(root, 'work/r/d.json'));
  symlinkSync(join(root, 'nowhere'), join(root, 'work/r/e.json'));
  truncateSync(put('work/r/f.json'), 64 * 1024 * 1024 + 1);
  const found = await read('r/*.json');
  expect(JSON.stringify(found)).not.toContain('secret');
  expect(found.map((file) => ('text' in file ? file.text : file.unread))).toEqual([
    '{"good":1}',
    'is empty',
    'is not UTF-8',
    'is a link that leads elsewhere',
    'could not be read (ENOENT)',
    'has 67 MB, more than a report may have',
  ]);
});

it('reads no more than 256 MiB in all', async () => {
  for (const at of [1, 2, 3, 4, 5]) truncateSync(put(`work/r/${at}.json`), 60 * 1024 * 1024);
  const found = await read('r/*.json');
  expect(found.map((file) => 'text' in file)).toEqual([true, true, true, true, false]);
});

it('stops where a pattern matches far too much', async () => {
  for (let at = 0; at < 1_025; at += 1) put(`work/r/${at}.json`);
  await expect(read('r/*.json')).rejects.toMatchObject({
    message: expect.stringContaining('1,025 files match'),
  });
});
