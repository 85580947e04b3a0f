import {afterAll, beforeAll, describe, expect, test, vi} from 'vitest';
import {modelsOf, tasksOf} from '../../core/releases/models.ts';
import type {LifecycleResult} from '../../schemas/lifecycle.ts';
import {short} from '../../schemas/names.ts';
import {bringDown} from '../../stack/bring-down.ts';
import {readStack} from '../../stack/stack-file.ts';
import {openStores, type Stores} from '../../stores/stores.ts';
import type {VendorServer} from '../serving/clients/providers/vendor-server.ts';
import {mailVendor} from './mail-vendor.ts';
import {through} from './through.ts';
import {AT_ONCE, replaced, tinyProject, type TinyProject} from './tiny-project.ts';

let tiny: TinyProject;
let stores: Stores;
let vendor: VendorServer;
let result: LifecycleResult;
let answered: unknown;
let askedOnce: number;

beforeAll(async () => {
  vendor = await mailVendor();
  vi.stubEnv('MAIL_VENDOR_URL', `${vendor.url}/v1`);
  vi.stubEnv('MAIL_VENDOR_KEY', 'sk-of-the-test');
  tiny = await tinyProject('provider', (yaml) =>
    replaced(
      yaml
        .replace(/^training: .*$/m, 'training: none')
        .replace(/^ {4}train: .*\n/m, '')
        .replace('    kind: classification\n', '    kind: classification\n    model: sorter\n')
        .replace(
          /^curation:$/m,
          'models:\n  sorter: {provider: openai-compatible, model: sorter-2, base_url_env: MAIL_VENDOR_URL, api_key_env: MAIL_VENDOR_KEY, prices: {input: 1, output: 4}}\ncuration:',
        ),
      ...AT_ONCE,
    ),
  );
  stores = await openStores(tiny.project.store);
  result = await through(tiny);
  askedOnce = vendor.received.length;
  await vi.waitFor(
    async () => {
      answered = await ask();
      expect(answered).toMatchObject({system_fingerprint: `fp_${short(result.release)}`});
    },
    {timeout: 30_000, interval: 100},
  );
}, 600_000);

afterAll(async () => {
  await bringDown(tiny.project.folder, () => undefined);
  await vendor[Symbol.asyncDispose]();
  vi.unstubAllEnvs();
}, 60_000);

async function ask(): Promise<unknown> {
  const {gateway} = readStack(tiny.project.folder)!;
  const response = await fetch(`${gateway}/v1/chat/completions`, {
    method: 'POST',
    headers: {'content-type': 'application/json'},
    body: JSON.stringify({
      model: 'tiny/triage',
      messages: [{role: 'user', content: 'Subject: Tea\n\nFree money at four.'}],
    }),
  });
  return response.json();
}

describe('a project whose tasks a vendor answers', () => {
  test('is released without an engine, a base model or a training', async () => {
    expect(result).toMatchObject({status: 'promoted'});
    const release = await stores.registry.release('tiny', result.release);
    expect(modelsOf(release)).toEqual({
      sorter: {kind: 'provider', vendor: 'openai-compatible', model: 'sorter-2', snapshot: null},
    });
    expect(tasksOf(release)).toEqual({triage: expect.objectContaining({model: 'sorter', fallback: []})});
    expect(readStack(tiny.project.folder)!.engines).toEqual([]);
  });

  test('asks the vendor each question once, with the key and without personal data', () => {
    // 34 items but the 4 that only weights can tell; the clean text of an injection is a golden row, which is asked already.
    expect(askedOnce).toBe(30);
    expect(new Set(vendor.received.map(({body}) => JSON.stringify(body))).size).toBeGreaterThanOrEqual(30);
    for (const {headers} of vendor.received) expect(headers.authorization).toBe('Bearer sk-of-the-test');
    expect(JSON.stringify(vendor.received)).not.toMatch(/[a-z]@[a-z]+\.(com|org|net)/);
  });

  test('is answered by the vendor', () => {
    expect(answered).toMatchObject({choices: [{message: {content: 'spam'}}]});
  });
});
