import {expect, test} from 'vitest';
import {LazyClient} from '../../workers/lazy-client.ts';
import {temporalAddress} from '../setup/services.ts';

test('is one client, however many ask, and says nothing more once it is closed', async () => {
  const client = new LazyClient({address: temporalAddress()}, 'default');
  const [one, other] = await Promise.all([client.get(), client.get()]);
  expect(one).toBe(other);
  await one.connection.workflowService.getSystemInfo({});
  await client.close();
  await expect(one.connection.workflowService.getSystemInfo({})).rejects.toThrow();
});

test('tries again after a connection that failed', async () => {
  const client = new LazyClient({address: '127.0.0.1:1', connectTimeout: 500}, 'default');
  const first = client.get();
  await expect(first).rejects.toThrow();
  const second = client.get();
  expect(second).not.toBe(first);
  await expect(second).rejects.toThrow();
  await client.close();
});
