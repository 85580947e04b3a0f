import {mkdirSync, writeFileSync} from 'node:fs';
import {homedir} from 'node:os';
import {dirname, join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {
  STAMP,
  TRAINER_LOCKS,
  cachedPaths,
  environmentVariables,
  pythonOf,
  resolveEnvironment,
  trainerFolder,
} from '../../launcher/environment.js';
import {cacheRoot} from '../../launcher/locations.js';
import {scratchFolder, writeExecutable} from './scratch.ts';

describe('the cache', () => {
  it('is RATCHET_CACHE, else $XDG_CACHE_HOME/ratchet, else ~/.cache/ratchet', () => {
    expect(cacheRoot({RATCHET_CACHE: '/a', XDG_CACHE_HOME: '/b', HOME: '/c'})).toBe('/a');
    expect(cacheRoot({XDG_CACHE_HOME: '/b', HOME: '/c'})).toBe('/b/ratchet');
    expect(cacheRoot({RATCHET_CACHE: '', HOME: '/c'})).toBe('/c/.cache/ratchet');
    expect(cacheRoot({})).toBe(join(homedir(), '.cache', 'ratchet'));
  });
});

describe('resolveEnvironment', () => {
  it('finds nothing in an empty cache, and hands on only the cache, and in it that of compiled code', () => {
    const cache = scratchFolder();
    const found = resolveEnvironment({RATCHET_CACHE: cache, PATH: ''});
    expect(found).toMatchObject({cache, python: undefined, model: undefined, temporal: undefined});
    expect(environmentVariables(found)).toEqual({
      RATCHET_CACHE: cache,
      NODE_COMPILE_CACHE: join(cache, 'compiled'),
    });
  });

  it('takes a variable before PATH, and PATH before the cache', () => {
    const cache = scratchFolder();
    const onPath = writeExecutable(join(scratchFolder(), 'temporal'));
    const cached = writeExecutable(cachedPaths(cache).temporal);

    expect(resolveEnvironment({RATCHET_CACHE: cache, PATH: ''}).temporal).toBe(cached);
    expect(resolveEnvironment({RATCHET_CACHE: cache, PATH: dirname(onPath)}).temporal).toBe(onPath);
    expect(
      resolveEnvironment({RATCHET_CACHE: cache, PATH: dirname(onPath), RATCHET_TEMPORAL: '/by/hand'})
        .temporal,
    ).toBe('/by/hand');
  });

  it('passes over a file on PATH that cannot be run', () => {
    const folder = scratchFolder();
    writeFileSync(join(folder, 'temporal'), 'not a program', {mode: 0o644});
    mkdirSync(join(folder, 'versitygw'));
    const found = resolveEnvironment({RATCHET_CACHE: scratchFolder(), PATH: folder});
    expect(found.temporal).toBeUndefined();
    expect(found.versitygw).toBeUndefined();
  });

  it('counts a model, an engine or a trainer only when its stamp is there', () => {
    const cache = scratchFolder();
    const env = {RATCHET_CACHE: cache, PATH: ''};
    const {model, llama, wordllama} = cachedPaths(cache);
    const trainer = trainerFolder(cache, TRAINER_LOCKS.full);
    mkdirSync(dirname(model), {recursive: true});
    writeFileSync(model, 'GGUF');
    for (const folder of [llama, wordllama]) mkdirSync(folder, {recursive: true});
    writeExecutable(pythonOf(trainer));
    const nothing = {python: undefined, model: undefined, llama: undefined, wordllama: undefined};
    expect(resolveEnvironment(env)).toMatchObject(nothing);

    for (const folder of [dirname(model), llama, wordllama, trainer])
      writeFileSync(join(folder, STAMP), '{}');
    const found = resolveEnvironment(env);
    expect(found).toMatchObject({model, llama, wordllama, python: pythonOf(trainer)});
    expect(environmentVariables(found)).toEqual({
      RATCHET_CACHE: cache,
      NODE_COMPILE_CACHE: join(cache, 'compiled'),
      RATCHET_MODEL: model,
      RATCHET_LLAMA: llama,
      RATCHET_WORDLLAMA: wordllama,
      RATCHET_PYTHON: pythonOf(trainer),
    });
  });
});
