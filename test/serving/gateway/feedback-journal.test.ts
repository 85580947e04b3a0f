import {spawn} from 'node:child_process';
import {mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {FeedbackJournal, type FeedbackEntry} from '../../../serving/gateway/feedback-journal.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ratchet-journal-'));
});
afterEach(() => rm(folder, {recursive: true, force: true}));

function entry(id: string): FeedbackEntry {
  const at = '2002-12-03T11:46:36.000Z';
  return {feedback: {v: 1, id, at, project: 'mail', trace: 'a'.repeat(32), rating: 1}, trace: null};
}
const ids = (entries: readonly FeedbackEntry[]) => entries.map(({feedback}) => feedback.id);

test('what was acknowledged survives kill -9, and is stored at the next start', async () => {
  const writer = fileURLToPath(new URL('journal-writer.ts', import.meta.url));
  const child = spawn(process.execPath, [writer, folder], {stdio: ['ignore', 'pipe', 'inherit']});
  let out = '';
  await new Promise<void>((resolve) =>
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
      if (out.split('\n').length > 25) resolve();
    }),
  );
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('close', resolve));
  const acknowledged = out.split('\n').slice(0, -1);
  expect(acknowledged.length).toBeGreaterThanOrEqual(25);

  const stored: FeedbackEntry[] = [];
  const journal = await FeedbackJournal.open(folder, async (entries) => void stored.push(...entries));
  await journal.flush();
  expect(ids(stored).slice(0, acknowledged.length)).toEqual(acknowledged.map((i) => `feedback-${i}`));
  expect(await readdir(folder)).toEqual([]);
});

test('while the store is away everything stays; a segment goes as the same batch every time it is tried', async () => {
  const tried: string[][] = [];
  let away = true;
  const journal = await FeedbackJournal.open(folder, async (entries) => {
    tried.push(ids(entries));
    if (away) throw new Error('the store is away');
  });
  await Promise.all([journal.add(entry('a')), journal.add(entry('b'))]);
  await expect(journal.flush()).rejects.toThrow('the store is away');
  await journal.add(entry('c'));
  await expect(journal.flush()).rejects.toThrow('the store is away');
  expect(journal.waiting).toBe(2);
  away = false;
  await journal.flush();
  expect(tried).toEqual([['a', 'b'], ['a', 'b'], ['a', 'b'], ['c']]);
  expect(journal.waiting).toBe(0);
  expect(await readdir(folder)).toEqual([]);
});

test('a line that a crash cut off is left out, the lines before it are not', async () => {
  const lines = `${JSON.stringify(entry('whole'))}\n${JSON.stringify(entry('cut')).slice(0, 40)}`;
  await writeFile(join(folder, `${process.pid}-00000000.jsonl`), lines);
  const stored: FeedbackEntry[] = [];
  const journal = await FeedbackJournal.open(folder, async (entries) => void stored.push(...entries));
  await journal.flush();
  expect(ids(stored)).toEqual(['whole']);
});

test("another living process's segment is left alone", async () => {
  // The process that started this one lives as long as this one.
  const name = `${process.ppid}-00000000.jsonl`;
  await writeFile(join(folder, name), `${JSON.stringify(entry('theirs'))}\n`);
  const stored: FeedbackEntry[] = [];
  const journal = await FeedbackJournal.open(folder, async (entries) => void stored.push(...entries));
  await journal.add(entry('ours'));
  await journal.flush();
  expect(ids(stored)).toEqual(['ours']);
  expect(await readdir(folder)).toEqual([name]);
  expect(await readFile(join(folder, name), 'utf8')).toContain('theirs');
});

test('a folder that cannot be made is named', async () => {
  await writeFile(join(folder, 'file'), '');
  await expect(FeedbackJournal.open(join(folder, 'file'), async () => undefined)).rejects.toThrow(
    'name another folder with --state',
  );
});

test('what was acknowledged and cannot be read is kept for a person, and said', async () => {
  const name = `${process.pid}-00000000.jsonl`;
  const lines = [JSON.stringify(entry('a')), '{"feedback":', JSON.stringify(entry('b'))];
  await writeFile(join(folder, name), `${lines.join('\n')}\n`);
  const stored: FeedbackEntry[] = [];
  const warned: string[] = [];
  const journal = await FeedbackJournal.open(
    folder,
    async (entries) => void stored.push(...entries),
    (message) => warned.push(message),
  );
  await journal.flush();
  expect(ids(stored)).toEqual(['a', 'b']);
  expect(await readdir(folder)).toEqual([`${name}.unreadable`]);
  expect(warned).toEqual([expect.stringContaining('1 of the feedbacks in ')]);
});
