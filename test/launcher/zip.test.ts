import {execFileSync} from 'node:child_process';
import {createHash, randomBytes} from 'node:crypto';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {extract, readZip} from '../../launcher/zip.js';
import {scratchFolder} from './scratch.ts';
import {zipOf} from './zip-file.ts';

const text = Buffer.from('the wheel turns one way only\n'.repeat(10_000));
const noise = randomBytes(200_000);

describe('reading a zip archive', () => {
  it('extracts stored, deflated and empty files byte for byte', async () => {
    const folder = scratchFolder();
    const file = join(folder, 'a.whl');
    writeFileSync(
      file,
      zipOf({
        'a/text': {content: text, method: 8},
        'a/noise': {content: noise, method: 0},
        'a/empty': {content: Buffer.alloc(0), method: 0},
      }),
    );
    const entries = await readZip(file);
    expect([...entries.keys()]).toEqual(['a/text', 'a/noise', 'a/empty']);
    for (const [name, content] of Object.entries({
      'a/text': text,
      'a/noise': noise,
      'a/empty': Buffer.alloc(0),
    })) {
      const entry = entries.get(name);
      if (entry === undefined) throw new Error(`no ${name}`);
      const to = join(folder, 'out', name);
      const written = await extract(file, entry, to);
      expect(readFileSync(to).equals(content)).toBe(true);
      expect(written).toEqual({
        bytes: content.length,
        sha256: createHash('sha256').update(content).digest('hex'),
      });
    }
  });

  it('reads what another program wrote', async () => {
    const folder = scratchFolder();
    writeFileSync(join(folder, 'text'), text);
    execFileSync('python3', ['-m', 'zipfile', '-c', 'other.zip', 'text'], {cwd: folder});
    const file = join(folder, 'other.zip');
    const entry = (await readZip(file)).get('text');
    if (entry === undefined) throw new Error('no text');
    await extract(file, entry, join(folder, 'out'));
    expect(readFileSync(join(folder, 'out')).equals(text)).toBe(true);
  });

  it('refuses an archive that is cut off', async () => {
    const file = join(scratchFolder(), 'cut.whl');
    writeFileSync(file, zipOf({text: {content: text, method: 8}}).subarray(0, -30));
    await expect(readZip(file)).rejects.toThrow(/no zip archive/);
  });

  it('refuses a file whose bytes are broken', async () => {
    const folder = scratchFolder();
    const file = join(folder, 'broken.whl');
    const bytes = zipOf({text: {content: text, method: 8}});
    bytes.fill(0xff, 60, 90);
    writeFileSync(file, bytes);
    const entry = (await readZip(file)).get('text');
    if (entry === undefined) throw new Error('no text');
    await expect(extract(file, entry, join(folder, 'out'))).rejects.toThrow();
  });
});
