import {connect} from 'node:net';
import {describe, expect, test} from 'vitest';
import {bearer, gatewayBed, until} from './gateway-bed.ts';
import {MESSAGES, type TestGateway} from './running-gateway.ts';

const bed = gatewayBed();

describe('limits', () => {
  test('of requests under way: the next one waits, one more is told to come back', async () => {
    const {token} = await bed.newKey();
    const running = await bed.start({concurrent: 1, waiting: 1});
    let answer: () => void = () => undefined;
    const held = new Promise<string>((resolve) => (answer = () => resolve(' spam')));
    for (const engine of bed.engines) engine.answer = () => held;
    const first = running.chat({}, bearer(token));
    await until(() => bed.calls().length).toBe(1);
    const second = running.chat({}, bearer(token));
    await until(() => running.metrics()).not.toContain('ratchet_requests_waiting 0');
    const third = await running.chat({}, bearer(token));
    expect([third.status, third.body.error?.code, third.headers.get('retry-after')]).toEqual([
      429,
      'gateway_busy',
      '1',
    ]);
    expect(bed.calls()).toHaveLength(1);
    answer();
    expect([(await first).status, (await second).status]).toEqual([200, 200]);
  });

  test('of one key leave room for the others', async () => {
    const [greedy, other] = [await bed.newKey(), await bed.newKey({name: 'other'})];
    const running = await bed.start({concurrentPerKey: 1});
    let answer: () => void = () => undefined;
    const held = new Promise<string>((resolve) => (answer = () => resolve(' spam')));
    for (const engine of bed.engines) engine.answer = () => held;
    const first = running.chat({}, bearer(greedy.token));
    await until(() => bed.calls().length).toBe(1);
    const second = await running.chat({}, bearer(greedy.token));
    expect([second.status, second.body.error?.code]).toEqual([429, 'too_many_requests']);
    const others = running.chat({}, bearer(other.token));
    await until(() => bed.calls().length).toBe(2);
    answer();
    expect([(await first).status, (await others).status]).toEqual([200, 200]);
  });

  test('a client that hangs up while it waits takes nobody’s turn', async () => {
    const running = await bed.start({concurrent: 1, waiting: 5});
    let answer: () => void = () => undefined;
    const held = new Promise<string>((resolve) => (answer = () => resolve(' spam')));
    for (const engine of bed.engines) engine.answer = () => held;
    const first = running.chat({});
    await until(() => bed.calls().length).toBe(1);
    const gone = new AbortController();
    const waiting = fetch(`${running.url}/v1/chat/completions`, {
      method: 'POST',
      headers: {'content-type': 'application/json'},
      body: JSON.stringify({model: 'mail/triage', messages: MESSAGES}),
      signal: gone.signal,
    });
    await until(() => running.metrics()).toContain('ratchet_requests_waiting 1');
    gone.abort();
    await expect(waiting).rejects.toThrow();
    await until(() => running.metrics()).toContain('ratchet_requests_waiting 0');
    answer();
    expect((await first).status).toBe(200);
    expect((await running.chat({})).status).toBe(200);
    expect(bed.calls()).toHaveLength(2);
  });

  test('of a body: refused by what it declares and by what it turns out to be', async () => {
    const limits = {requestBytes: 2000, headersMs: 10_000, requestMs: 30_000, connections: 100};
    const running = await bed.start({limits});
    const declared = await running.chat({messages: [{role: 'user', content: 'x'.repeat(3000)}]});
    expect([declared.status, declared.body.error?.code]).toEqual([413, 'request_too_large']);
    const head = ['POST /v1/chat/completions HTTP/1.1', 'host: localhost', 'content-type: application/json'];
    const chunk = `5dc\r\n${'x'.repeat(1500)}\r\n`;
    const grown = await said(
      running,
      [...head, 'transfer-encoding: chunked', '', chunk + chunk].join('\r\n'),
    );
    expect(grown).toMatch(/^HTTP\/1\.1 413 /);
  });

  test('of time: who sends drop by drop is cut off, in the head and in the body', async () => {
    const limits = {requestBytes: 2000, headersMs: 200, requestMs: 400, connections: 100};
    const running = await bed.start({limits});
    expect(await said(running, 'POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\n')).toMatch(
      /^HTTP\/1\.1 408 [^]*"code":"request_timeout"/,
    );
    const head =
      'POST /feedback HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{';
    expect(await said(running, head)).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('a refusal does not ask for the body, and leaves the connection fit for the next request', async () => {
    const {token} = await bed.newKey();
    const running = await bed.start();
    const expecting =
      'POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\ncontent-length: 5\r\n';
    expect(await said(running, `${expecting}connection: close\r\n\r\n`)).toMatch(/^HTTP\/1\.1 401 /);
    const models = `GET /v1/models HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${token}\r\nconnection: close\r\n\r\n`;
    const both = await said(
      running,
      `POST /feedback HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5\r\n\r\nhello${models}`,
    );
    expect(both.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 401', 'HTTP/1.1 200']);
  });
});

/** What the gateway says on a connection until it closes it. */
function said(running: TestGateway, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(running.url).port), '127.0.0.1', () => socket.write(text));
    let all = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      all += chunk;
      if (/^HTTP\/1\.1 413 /.test(all)) socket.end();
    });
    socket.on('close', () => resolve(all));
    socket.on('error', reject);
  });
}
