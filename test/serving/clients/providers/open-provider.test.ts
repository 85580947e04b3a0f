import {execFileSync} from 'node:child_process';
import path from 'node:path';
import {inspect} from 'node:util';
import {describe, expect, test, vi} from 'vitest';
import {openEndpoint} from '../../../../serving/clients/providers/endpoint.ts';
import {openProvider} from '../../../../serving/clients/providers/open-provider.ts';
import {HELLO} from './asks.ts';
import {allOf, KEY, open} from './open-for-test.ts';
import {json, vendorServer} from './vendor-server.ts';

const VENDORS = ['openai', 'openai-compatible', 'anthropic', 'google'] as const;

test.each(VENDORS)('%s: the key is in nothing that is shown', async (vendor) => {
  await using server = await vendorServer(json({}, 500));
  await using opened = open(vendor, server.url);
  const written = ['log', 'info', 'warn', 'error', 'debug'] as const;
  const spies = written.map((name) => vi.spyOn(console, name).mockImplementation(() => undefined));
  try {
    const errors = [
      await opened.model.complete(HELLO).catch((error: unknown) => error),
      await allOf(opened.model.stream(HELLO)).catch((error: unknown) => error),
      await opened.model.embed({input: ['a']}).catch((error: unknown) => error),
    ];
    expect(server.received.length).toBeGreaterThan(0);
    for (const shown of [opened.model, ...errors]) {
      expect(inspect(shown, {depth: 20, showHidden: true})).not.toContain(KEY);
      expect(JSON.stringify(shown)).not.toContain(KEY);
    }
    for (const spy of spies) expect(inspect(spy.mock.calls)).not.toContain(KEY);
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
});

test('credentials in an address are not repeated', async () => {
  const endpoint = openEndpoint({vendor: 'openai', baseUrl: 'https://me:secret@proxy.example/v1'});
  expect(endpoint.name).toBe('openai at https://proxy.example/v1');
  await endpoint.close();
});

test('without a key it is not opened', () => {
  vi.stubEnv('ANTHROPIC_API_KEY', '');
  try {
    expect(() => openProvider({vendor: 'anthropic', model: 'm'})).toThrow('ANTHROPIC_API_KEY is not set');
  } finally {
    vi.unstubAllEnvs();
  }
});

describe('an SDK is loaded with the first question to its vendor', () => {
  const OPENED = `
    import {registerHooks} from 'node:module';
    const loaded = new Set();
    registerHooks({load(url, context, next) {
      const sdk = /node_modules\\/(openai|@anthropic-ai\\/sdk|@google\\/genai)\\//.exec(url)?.[1];
      if (sdk !== undefined) loaded.add(sdk);
      return next(url, context);
    }});
    const {openProvider} = await import('./serving/clients/providers/open-provider.ts');
    const vendor = process.argv[1];
    const settings = {apiKey: 'k', baseUrl: 'http://127.0.0.1:1', keyName: 'K', organization: null, project: null};
    const policy = {attempts: 1, baseMs: 1, longestWaitMs: 1};
    const model = openProvider({vendor, model: 'm'}, {settings, policy});
    const before = [...loaded];
    await model.complete({messages: [{role: 'user', content: 'x'}], max_completion_tokens: 1}).catch(() => 0);
    console.log(JSON.stringify({before, after: [...loaded]}));`;

  test.each([
    ['openai', 'openai'],
    ['anthropic', '@anthropic-ai/sdk'],
    ['google', '@google/genai'],
  ])('%s', (vendor, sdk) => {
    const cwd = path.resolve(import.meta.dirname, '../../../..');
    const out = execFileSync(process.execPath, ['--input-type=module', '-e', OPENED, vendor], {cwd});
    const {before, after} = JSON.parse(out.toString()) as {before: string[]; after: string[]};
    expect({before, after}).toEqual({before: [], after: [sdk]});
  });
});
