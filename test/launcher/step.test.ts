import {existsSync, mkdirSync, readdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {StepError} from '../../launcher/step-error.js';
import {buildFolder, ensure} from '../../launcher/step.js';
import {scratchFolder} from './scratch.ts';

function context(cache: string) {
  const said: string[] = [];
  return {
    cache,
    env: {} as NodeJS.ProcessEnv,
    root: cache,
    said,
    say: (line: string) => void said.push(line),
    begin: () => {},
    end: () => {},
  };
}

/** A step that makes a folder, counting how often. */
function folderStep(folder: string, build?: (unfinished: string) => Promise<void>) {
  const step = {
    builds: 0,
    name: 'thing',
    what: 'made it',
    lock: () => 'thing',
    ready: () => (existsSync(folder) ? folder : undefined),
    build: async () => {
      step.builds += 1;
      await buildFolder(folder, build ?? (async (unfinished) => writeFileSync(join(unfinished, 'a'), 'a')));
      return 'version 1';
    },
  };
  return step;
}

describe('ensure', () => {
  it('builds once for two that ask at the same time, then never again', async () => {
    const cache = scratchFolder();
    const step = folderStep(join(cache, 'thing'));
    const both = context(cache);
    const results = await Promise.all([ensure(step, both), ensure(step, both)]);
    expect(results.map(({state}) => state).sort()).toEqual(['built', 'ready']);
    expect(await ensure(step, both)).toMatchObject({state: 'ready', detail: join(cache, 'thing')});
    expect(step.builds).toBe(1);
    expect(both.said.filter((line) => !line.includes('waiting'))).toEqual([
      expect.stringMatching(/^thing: made it: version 1 \(\d+\.\d s\)$/),
    ]);
  });

  it('leaves nothing of a build that failed, says why in one line, and builds at the next call', async () => {
    const cache = scratchFolder();
    const folder = join(cache, 'thing');
    let network = false;
    const step = folderStep(folder, async (unfinished) => {
      writeFileSync(join(unfinished, 'half'), '');
      if (!network) throw new StepError({tried: 'fetched it', came: 'no\nnetwork', todo: 'plug it in'});
    });
    const both = context(cache);
    expect(await ensure(step, both)).toMatchObject({
      state: 'failed',
      detail: 'fetched it: no network; plug it in',
    });
    expect(readdirSync(cache)).toEqual(['locks']);
    expect(readdirSync(join(cache, 'locks'))).toEqual([]);
    network = true;
    expect(await ensure(step, both)).toMatchObject({state: 'built'});
    expect(readdirSync(folder)).toEqual(['half']);
  });

  it('turns what the operating system refuses into a line', async () => {
    const cache = scratchFolder();
    writeFileSync(join(cache, 'file'), '');
    const step = folderStep(join(cache, 'file', 'inside'));
    const result = await ensure(step, context(cache));
    expect(result.state).toBe('failed');
    expect(result.detail).toMatch(
      /E(NOTDIR|EXIST).*; check space and permissions there, or name another cache/,
    );
  });

  it('does not hide a bug', async () => {
    const cache = scratchFolder();
    const step = folderStep(join(cache, 'thing'), () => Promise.reject(new TypeError('undefined is not')));
    await expect(ensure(step, context(cache))).rejects.toThrow(TypeError);
  });

  it('replaces a folder that was there', async () => {
    const cache = scratchFolder();
    const folder = join(cache, 'thing');
    mkdirSync(folder);
    writeFileSync(join(folder, 'old'), '');
    await buildFolder(folder, async (unfinished) => writeFileSync(join(unfinished, 'new'), ''));
    expect(readdirSync(folder)).toEqual(['new']);
  });

  it('clears away what a killed build has left', async () => {
    const cache = scratchFolder();
    for (const name of ['thing.0123.unfinished', 'thing.else', 'another.0123.unfinished'])
      mkdirSync(join(cache, name));
    await buildFolder(join(cache, 'thing'), async () => {});
    expect(readdirSync(cache).sort()).toEqual(['another.0123.unfinished', 'thing', 'thing.else']);
  });
});
