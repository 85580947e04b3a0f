import {expect, test} from 'vitest';
import {fromPage, PAGES} from '../from-page.ts';
import {bearer, gatewayBed} from './gateway-bed.ts';
import {MESSAGES} from './running-gateway.ts';

const bed = gatewayBed();
const body = JSON.stringify({model: 'mail/triage', messages: MESSAGES});

test('a gateway without keys answers no page of another site, on neither of its ports', async () => {
  const running = await bed.start();
  for (const [page, head] of PAGES) {
    for (const type of ['application/json', 'text/plain']) {
      const headers = {...head, 'content-type': type};
      const answer = await fromPage(`${running.url}/v1/chat/completions`, {headers, body});
      expect(answer, page).toMatchObject({
        status: 403,
        text: expect.stringContaining('foreign_page') as string,
      });
    }
    for (const path of ['/metrics', '/healthz', '/keys']) {
      const answer = await fromPage(running.adminUrl + path, {headers: head, method: 'GET'});
      expect(answer.status, `${path} ${page}`).toBe(403);
    }
  }
  expect(bed.calls()).toEqual([]);
});

test('a page of this machine is answered, and with a key any name will do', async () => {
  const running = await bed.start();
  const url = `${running.url}/v1/chat/completions`;
  const local = {host: 'localhost:8100', origin: 'http://localhost:3000', 'content-type': 'application/json'};
  expect((await fromPage(url, {headers: local, body})).status).toBe(200);
  await bed.stop();
  const {token} = await bed.newKey({name: 'shop'});
  const again = await bed.start();
  const behindProxy = {...bearer(token), host: 'models.example.com', 'content-type': 'application/json'};
  const answer = await fromPage(`${again.url}/v1/chat/completions`, {headers: behindProxy, body});
  expect(answer.status).toBe(200);
});
