import {createServer, type Server} from 'node:http';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {seededRandom} from '../../core/evaluation/statistics/random.ts';
import {startFailingProxy, type FailingProxy} from '../../scripts/chaos/failing-proxy.ts';
import {addressOf, closed} from '../stores/objects/lossy-proxy.ts';

let server: Server;
let proxy: FailingProxy;
let done = 0;
let failing = true;
beforeEach(async () => {
  done = 0;
  server = createServer((call, reply) => {
    done += 1;
    call.pipe(reply);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  await proxy.close();
  await closed(server);
});
const start = async (share: number) => {
  const target = addressOf(server);
  proxy = await startFailingProxy({target, share, random: seededRandom(1), failing: () => failing});
};
const put = async (body: string) => {
  const answer = await fetch(`${proxy.endpoint}/key`, {method: 'PUT', body});
  return `${answer.status} ${await answer.text()}`;
};

test('every second request that fails has been done all the same', async () => {
  await start(1);
  failing = true;
  for (let i = 0; i < 4; i++) expect(await put('body')).toMatch(/^503 .*<Code>SlowDown<\/Code>/);
  expect(done).toBe(2);
  expect(proxy.counts()).toEqual({asked: 4, failed: 4});
});

test('fails the share that it is told, and nothing when it is told so', async () => {
  await start(0.05);
  failing = true;
  const answers: string[] = [];
  for (let i = 0; i < 400; i++) answers.push(await put('body'));
  const {failed} = proxy.counts();
  expect(answers.filter((answer) => answer === '200 body')).toHaveLength(400 - failed);
  // 20 expected; the seed is fixed.
  expect(failed).toBeGreaterThan(5);
  expect(failed).toBeLessThan(40);
  failing = false;
  for (let i = 0; i < 50; i++) expect(await put('body')).toBe('200 body');
  expect(proxy.counts()).toEqual({asked: 450, failed});
});
