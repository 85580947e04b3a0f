import {execFile} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {Client, Connection, type WorkflowFailedError} from '@temporalio/client';
import {bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker} from '@temporalio/worker';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {codecServer} from '../../cli/codec/codec-server.ts';
import {resolveEnvironment} from '../../launcher/environment.js';
import {codecKeys} from '../../temporal/payload-codec/codec-keys.ts';
import {dataConverter} from '../../temporal/payload-codec/data-converter.ts';
import {EncryptionCodec} from '../../temporal/payload-codec/encryption-codec.ts';
import {temporalAddress} from '../setup/services.ts';

const SECRET = 'planted-7Qx';
const UI = 'http://127.0.0.1:8233';
const env = {RATCHET_CODEC_KEYS: `test:${randomBytes(32).toString('hex')}`};
const converter = dataConverter(env)!;
const taskQueue = `codec-${randomBytes(4).toString('hex')}`;
const server = codecServer({codec: new EncryptionCodec(codecKeys(env)), origins: [UI], token: 'open sesame'});

let url: string;
let client: Client;
let end: () => Promise<void>;

beforeAll(async () => {
  Runtime.install({logger: new DefaultLogger('ERROR')});
  url = await server.listen({port: 0, host: '127.0.0.1'});
  const address = temporalAddress();
  const connection = await Connection.connect({address});
  client = new Client({connection, dataConverter: converter});
  const native = await NativeConnection.connect({address});
  const {failureConverterPath} = converter;
  const worker = await Worker.create({
    connection: native,
    taskQueue,
    dataConverter: converter,
    workflowBundle: await bundleWorkflowCode({
      workflowsPath: fileURLToPath(new URL('../workflows/entries/echo.ts', import.meta.url)),
      failureConverterPath,
      logger: new DefaultLogger('WARN'),
    }),
  });
  const running = worker.run();
  end = async () => {
    worker.shutdown();
    await running;
    await native.close();
    await connection.close();
    await server.close();
  };
}, 120_000);
afterAll(() => end());

const start = (workflowId: string, args: object) =>
  client.workflow.start('echo', {taskQueue, workflowId, args: [args], memo: {note: SECRET}});

test('a run’s input, result, memo and details are in its history, and cannot be read there', async () => {
  const handle = await start(`${taskQueue}-fine`, {text: SECRET});
  expect(await handle.result()).toEqual({text: SECRET});
  expect((await handle.describe()).memo).toEqual({note: SECRET});
  const history = await whole(handle);
  expect(history).toContain('binary/encrypted');
  expect(history).not.toContain(SECRET);
});

test('without keys all of it could be read: the search finds it', async () => {
  const plain = new Client({connection: client.connection});
  const handle = await plain.workflow.start('echo', {
    taskQueue,
    workflowId: `${taskQueue}-plain`,
    args: [{text: SECRET}],
  });
  await client.workflow.getHandle(handle.workflowId).result();
  expect(await whole(handle)).toContain(SECRET);
});

test('what went wrong is told to who has the key, and to nobody else', async () => {
  const handle = await start(`${taskQueue}-failed`, {text: SECRET, fail: true});
  const failure = await handle.result().catch((error: unknown) => error);
  expect((failure as WorkflowFailedError).cause).toMatchObject({message: SECRET, type: 'InvalidInput'});
  const history = await whole(handle);
  expect(history).toContain('Encoded failure');
  expect(history).not.toContain(SECRET);
});

test('Temporal’s own CLI reads it through the codec server, and only with its token', async () => {
  const handle = await start(`${taskQueue}-shown`, {text: SECRET});
  await handle.result();
  const show = async (...more: string[]) => {
    const args = ['workflow', 'show', '--output', 'json', '--workflow-id', handle.workflowId];
    const at = ['--address', temporalAddress()];
    const {stdout} = await promisify(execFile)(resolveEnvironment().temporal!, [...args, ...at, ...more]);
    return stdout;
  };
  const clear = Buffer.from(JSON.stringify({text: SECRET})).toString('base64');
  expect(await show()).not.toContain(clear);
  expect(await show('--codec-endpoint', url, '--codec-auth', 'Bearer open sesame')).toContain(clear);
  for (const authorization of ['', 'Bearer wrong', 'open sesame'])
    expect((await fetch(`${url}/decode`, {method: 'POST', headers: {authorization}})).status).toBe(401);
});

test('the server answers pages of the UI, and no others', async () => {
  const ask = (origin: string, method = 'OPTIONS') =>
    fetch(`${url}/decode`, {
      method,
      headers: {origin, 'content-type': 'application/json', authorization: 'Bearer open sesame'},
      ...(method === 'POST' ? {body: '{"payloads": []}'} : {}),
    });
  const asked = await ask(UI);
  expect(asked.status).toBe(204);
  expect(asked.headers.get('access-control-allow-origin')).toBe(UI);
  expect(asked.headers.get('access-control-allow-headers')).toContain('x-namespace');
  expect(await (await ask(UI, 'POST')).json()).toEqual({payloads: []});
  for (const method of ['OPTIONS', 'POST']) {
    const refused = await ask('https://evil.example', method);
    expect(refused.status).toBe(403);
    expect(refused.headers.get('access-control-allow-origin')).toBeNull();
  }
});

test('the server says what is wrong with a body, and which key it lacks', async () => {
  const post = async (body: string) => {
    const headers = {'content-type': 'application/json', authorization: 'Bearer open sesame'};
    const answer = await fetch(`${url}/decode`, {method: 'POST', headers, body});
    return [answer.status, ((await answer.json()) as {message: string}).message] as const;
  };
  expect(await post('{}')).toEqual([400, 'expected {"payloads": […]}']);
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const metadata = {encoding: base64('binary/encrypted'), 'encryption-key-id': base64('other')};
  expect(await post(JSON.stringify({payloads: [{metadata, data: 'AA=='}]}))).toEqual([
    400,
    expect.stringContaining('encrypted with the key other; RATCHET_CODEC_KEYS holds test'),
  ]);
});

/** A history with every payload as the text that its bytes hold. */
async function whole(handle: {fetchHistory(): Promise<unknown>}): Promise<string> {
  const bytes = /^[A-Za-z0-9+/]{4,}={0,2}$/;
  return JSON.stringify(await handle.fetchHistory(), (_, value: unknown) =>
    typeof value === 'string' && bytes.test(value)
      ? `${value} ${Buffer.from(value, 'base64').toString('latin1')}`
      : value,
  );
}

test('without a token the server answers this machine by its own name alone', async () => {
  const app = codecServer({
    codec: {encode: async (p) => p, decode: async (p) => p},
    origins: [],
    token: null,
  });
  const ask = (host: string) =>
    app.inject({method: 'POST', url: '/decode', headers: {host}, payload: {payloads: []}});
  expect((await ask('evil.example:8234')).statusCode).toBe(403);
  expect((await ask('127.0.0.1:8234')).statusCode).toBe(200);
});
