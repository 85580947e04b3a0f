import {describe, expect, test} from 'vitest';
import type {AnswerBody} from '../engine/engine-process.ts';
import {gatewayBed, until} from './gateway-bed.ts';
import type {TestGateway} from './running-gateway.ts';

const bed = gatewayBed();

function streamed({url}: TestGateway, content: string, more: object = {}): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: {'content-type': 'application/json'},
    body: JSON.stringify({
      model: 'mail/subject',
      stream: true,
      messages: [{role: 'user', content}],
      ...more,
    }),
  });
}

describe('an answer in a stream', () => {
  test('comes as a stream where asked for', async () => {
    const running = await bed.start();
    for (const engine of bed.engines) engine.pieces = [' Lunch', ' on', ' Monday'];
    const answer = await streamed(running, 'Subject: x\n\nShall we?', {
      stream_options: {include_usage: true},
    });
    expect(answer.headers.get('content-type')).toContain('text/event-stream');
    const trace = answer.headers.get('x-ratchet-trace')!;
    const lines = (await answer.text()).trim().split('\n\n');
    expect(lines.pop()).toBe('data: [DONE]');
    const chunks = lines.map(
      (line) => JSON.parse(line.slice(6)) as AnswerBody & {id: string; object: string},
    );
    expect(
      chunks.every(({id, object}) => id === `chatcmpl-${trace}` && object === 'chat.completion.chunk'),
    ).toBe(true);
    expect(chunks.at(-1)).toMatchObject({choices: [], usage: {total_tokens: 14}});
    expect(chunks[0]!.choices[0]!.delta.role).toBe('assistant');
    expect(chunks.map((chunk) => String(chunk.choices[0]?.delta.content ?? '')).join('')).toBe(
      'Lunch on Monday',
    );
    expect(chunks.at(-2)!.choices[0]!.finish_reason).toBe('stop');
    await until(async () => (await bed.traces()).map(({output}) => output)).toEqual(['Lunch on Monday']);
  });

  test('is read from an engine that writes its events in another of the forms there are', async () => {
    const running = await bed.start();
    for (const engine of bed.engines) {
      engine.pieces = [' Lunch', ' on', ' Monday'];
      engine.event = (data) => `: ping\r\n\r\nid: 1\r\nevent: chunk\r\ndata:${data}\r\n\r\n`;
    }
    const answer = await streamed(running, 'Hello there');
    expect(await answer.text()).toContain('"finish_reason":"stop"');
    await until(async () => (await bed.traces()).map(({output}) => output)).toEqual(['Lunch on Monday']);
    expect(bed.calls()).toHaveLength(1);
  });

  test('that breaks off in the middle of a stream ends with an error, and no other engine starts it anew', async () => {
    bed.base = await bed.store.release({guardrails: {...bed.base.guardrails, scrubOutput: false}});
    const running = await bed.start();
    for (const engine of bed.engines) engine.pieces = [' Lunch', null];
    const answer = await streamed(running, 'Hello there');
    const text = await answer.text();
    expect(text).toContain('"content":"Lunch"');
    expect(text).toContain('"code":"engine_broke_off"');
    expect(text.trim().endsWith('data: [DONE]')).toBe(true);
    expect(bed.calls()).toHaveLength(1);
    await until(async () => (await bed.traces()).map(({status, error}) => [status, error])).toEqual([
      [502, 'engine_broke_off'],
    ]);
  });
});
