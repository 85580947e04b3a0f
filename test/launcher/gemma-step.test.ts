import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {PACKAGE_ROOT} from '../../launcher/locations.js';
import {ensure} from '../../launcher/step.js';
import {acceptsGemma, gemmaStep} from '../../launcher/steps/gemma.js';

let cache: string;
beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), 'ratchet-gemma-'));
});
afterAll(() => rm(cache, {recursive: true, force: true}));

const contextWith = (env: NodeJS.ProcessEnv) => ({
  cache,
  env: {RATCHET_CACHE: cache, ...env},
  root: PACKAGE_ROOT,
  say: () => undefined,
  begin: () => undefined,
  end: () => undefined,
});

describe('a model with terms of its own', () => {
  it.each([{}, {RATCHET_ACCEPT_TERMS: ''}, {RATCHET_ACCEPT_TERMS: 'yes, all'}])(
    'is not fetched where they were not accepted: %o',
    async (env) => {
      const {state, detail} = await ensure(gemmaStep, contextWith(env));
      expect(state).toBe('failed');
      expect(detail).toContain('the Gemma Terms of Use (https://ai.google.dev/gemma/terms)');
      expect(detail).toContain('set RATCHET_ACCEPT_TERMS=gemma if you accept them');
    },
  );

  it('is for who names them, and for who brings it', () => {
    expect(
      ['gemma', 'other, gemma', 'gemma3', 'GEMMA'].map((terms) =>
        acceptsGemma({RATCHET_ACCEPT_TERMS: terms}),
      ),
    ).toEqual([true, true, false, false]);
    expect(gemmaStep.ready(contextWith({RATCHET_GEMMA: '/there.gguf'}))).toBe('/there.gguf');
  });
});
