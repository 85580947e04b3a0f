import {expect, test} from 'vitest';
import {gatewayBed} from '../serving/gateway/gateway-bed.ts';
import {MESSAGES} from '../serving/gateway/running-gateway.ts';
import {askByPython, testPython} from './python.ts';

const bed = gatewayBed();

test.skipIf(testPython === undefined)('the official Python client is answered', async () => {
  const {url} = await bed.start();
  const usage = {prompt_tokens: 11, completion_tokens: 3, total_tokens: 14};
  expect(await askByPython(url, {model: 'mail/triage', text: MESSAGES[0]!.content})).toEqual({
    models: expect.arrayContaining(['mail/triage', 'mail/subject']),
    id: expect.stringMatching(/^chatcmpl-[0-9a-f]{32}$/),
    text: 'ham',
    usage,
    streamed: 'ham',
    streamedUsage: usage,
    refused: {kind: 'NotFoundError', code: 'model_not_found', param: 'model'},
  });
});
