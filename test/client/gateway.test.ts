import OpenAI from 'openai';
import {expect, test} from 'vitest';
import {GatewayClient} from '../../client/gateway.ts';
import {gatewayBed, until} from '../serving/gateway/gateway-bed.ts';
import {MESSAGES} from '../serving/gateway/running-gateway.ts';

const bed = gatewayBed();
const client = async (url = '') =>
  new GatewayClient({url: url || (await bed.start()).url, project: 'mail', retries: 0});

test('names the tasks that are served, and none before the first release', async () => {
  expect(await (await client((await bed.open()).url)).tasks()).toEqual([]);
  expect(await (await client()).tasks()).toEqual(Object.keys(bed.base.prompts).sort());
});

test('asks, and knows the trace and the release of the answer', async () => {
  const mail = await client();
  const answer = await mail.ask('triage', {messages: MESSAGES[0]!.content, user: 'u1', row: 'easy-ham-1/7'});
  expect(answer).toEqual({
    text: 'ham',
    finish: 'stop',
    release: bed.base.digest.slice(0, 12),
    trace: expect.stringMatching(/^[0-9a-f]{32}$/),
    usage: {promptTokens: 11, completionTokens: 3},
  });
  await until(() => bed.traces()).toMatchObject([{id: answer.trace, row: 'easy-ham-1/7'}]);
});

test('streams the same answer', async () => {
  const mail = await client();
  const pieces = mail.stream('triage', {messages: MESSAGES as OpenAI.ChatCompletionMessageParam[]});
  let text = '';
  let step = await pieces.next();
  for (; !step.done; step = await pieces.next()) text += step.value;
  expect(step.value).toMatchObject({text, finish: 'stop', usage: {promptTokens: 11, completionTokens: 3}});
  expect(text).toBe((await mail.ask('triage', {messages: MESSAGES[0]!.content})).text);
});

test('takes feedback for an answer', async () => {
  const mail = await client(`${(await bed.start()).url}/v1/`);
  const {trace} = await mail.ask('triage', {messages: MESSAGES[0]!.content});
  const id = await mail.feedback(trace, {correction: 'spam', rating: -1});
  await bed.stop();
  expect(await bed.feedback()).toMatchObject([{id, trace, correction: 'spam', rating: -1}]);
});

test('throws the gateway’s own words where it refuses', async () => {
  const mail = await client();
  await expect(mail.ask('summary', {messages: 'x'})).rejects.toMatchObject({
    constructor: OpenAI.NotFoundError,
    code: 'model_not_found',
    message: expect.stringContaining('expected "mail/TASK"'),
  });
  await expect(mail.feedback('abc', {rating: 1})).rejects.toMatchObject({status: 400, param: 'trace'});
});

test('throws where the gateway is away', async () => {
  await expect(
    new GatewayClient({url: 'http://127.0.0.1:9', project: 'mail', retries: 0}).tasks(),
  ).rejects.toBeInstanceOf(OpenAI.APIConnectionError);
});
