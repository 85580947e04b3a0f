import {describe, expect, test} from 'vitest';
import {missingSettings, providerSettings} from '../../../../serving/clients/providers/settings.ts';

describe('what is missing, in one line', () => {
  test.each([
    ['openai' as const, {}, 'OPENAI_API_KEY is not set: set it to your openai API key'],
    [
      'anthropic' as const,
      {ANTHROPIC_API_KEY: ' '},
      'ANTHROPIC_API_KEY is not set: set it to your anthropic API key',
    ],
    ['google' as const, {}, 'GEMINI_API_KEY or GOOGLE_API_KEY is not set: set it to your google API key'],
    [
      'openai-compatible' as const,
      {OPENAI_API_KEY: 'k'},
      'OPENAI_COMPATIBLE_BASE_URL is not set: set it to the address of the openai-compatible server, such as http://localhost:8000/v1',
    ],
    [
      'openai' as const,
      {OPENAI_API_KEY: 'k', OPENAI_BASE_URL: 'localhost:8000'},
      'OPENAI_BASE_URL is no http(s) address: set it to one, such as https://api.openai.com/v1',
    ],
    ['openai' as const, {OPENAI_API_KEY: 'k'}, null],
    ['google' as const, {GOOGLE_API_KEY: 'k'}, null],
    ['openai-compatible' as const, {OPENAI_COMPATIBLE_BASE_URL: 'http://localhost:8000/v1'}, null],
  ])('%s %o', (vendor, environment, line) => {
    expect(missingSettings(vendor, environment)).toBe(line);
    if (line !== null) expect(() => providerSettings(vendor, environment)).toThrow(line);
  });
});

test('what the environment says', () => {
  const openai = {OPENAI_API_KEY: 'k\n', OPENAI_BASE_URL: 'https://proxy/v1/', OPENAI_ORG_ID: 'o'};
  expect(providerSettings('openai', openai)).toEqual({
    apiKey: 'k',
    baseUrl: 'https://proxy/v1',
    keyName: 'OPENAI_API_KEY',
    organization: 'o',
    project: null,
  });
  expect(providerSettings('google', {GOOGLE_API_KEY: 'a', GEMINI_API_KEY: 'b'})).toMatchObject({
    apiKey: 'b',
    keyName: 'GEMINI_API_KEY',
    baseUrl: 'https://generativelanguage.googleapis.com',
  });
  // Another's server learns nothing of OpenAI's account.
  const compatible = {...openai, OPENAI_COMPATIBLE_BASE_URL: 'http://localhost:8000/v1'};
  expect(providerSettings('openai-compatible', compatible)).toMatchObject({
    apiKey: 'none',
    organization: null,
  });
});
