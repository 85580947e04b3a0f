import {randomBytes} from 'node:crypto';
import {describe, expect, test} from 'vitest';
import {traceId} from '../../../core/identity/trace-id.ts';
import {pseudonym} from '../../../core/curation/pii/scrub.ts';
import {KEY} from '../project-store.ts';
import {gatewayBed, until} from './gateway-bed.ts';

const bed = gatewayBed();

describe('an answer', () => {
  test('is a label, in OpenAI’s shape, with the id of its trace', async () => {
    const {status, body, trace} = await (
      await bed.start()
    ).chat({user: 'u1', metadata: {row: 'easy-ham-1/7'}});
    expect(status).toBe(200);
    expect(trace).toMatch(/^[0-9a-f]{32}$/);
    expect(Math.abs(Number.parseInt(trace!.slice(0, 8), 16) - Date.now() / 1000)).toBeLessThan(60);
    expect(body).toMatchObject({
      id: `chatcmpl-${trace}`,
      object: 'chat.completion',
      model: 'mail/triage',
      system_fingerprint: `fp_${bed.base.digest.slice(0, 12)}`,
      choices: [{index: 0, message: {role: 'assistant', content: 'ham'}, finish_reason: 'stop'}],
      usage: {prompt_tokens: 11, completion_tokens: 3, total_tokens: 14},
    });
    expect(bed.calls()).toEqual([
      {
        prompt: expect.stringMatching(
          /^Subject: Lunch\nMessage: Shall we have lunch on Monday\? Ask <EMAIL_[0-9a-f]{8}>\./,
        ),
        max_tokens: 32,
        temperature: 0,
        structured_outputs: {choice: [' ham', ' spam']},
      },
    ]);
  });

  test('is traced: scrubbed, with its release, its row and a keyed unit', async () => {
    const running = await bed.start();
    const {trace} = await running.chat({user: 'anna@example.com', metadata: {row: 'easy-ham-1/7'}});
    await until(() => bed.traces()).toHaveLength(1);
    const [written] = await bed.traces();
    expect(written).toMatchObject({
      id: trace,
      project: 'mail',
      task: 'triage',
      release: bed.base.digest,
      role: 'stable',
      shadowOf: null,
      row: 'easy-ham-1/7',
      fields: {subject: 'Lunch', body: expect.stringContaining('<EMAIL_')},
      output: 'ham',
      status: 200,
      error: null,
      promptTokens: 11,
      completionTokens: 3,
    });
    expect(written!.latencyMs.total).toBeGreaterThanOrEqual(written!.latencyMs.model);
    expect(written!.cost).toBeGreaterThan(0);
    expect(JSON.stringify(written)).not.toContain('example.com');
  });

  test('is traced by a row id free of personal data, as curation names its rows', async () => {
    const running = await bed.start();
    await running.chat({metadata: {row: 'tickets/anna@example.com'}});
    await until(() => bed.traces()).toHaveLength(1);
    const [written] = await bed.traces();
    expect(written!.row).toBe(`tickets/${pseudonym('email', 'anna@example.com', KEY)}`);
  });

  test('of a generation is trimmed, scrubbed and as long as the release allows at most', async () => {
    const running = await bed.start();
    for (const engine of bed.engines) engine.answer = () => ' Lunch with carl@example.com\n';
    const {body} = await running.chat({model: 'mail/subject', max_tokens: 1000, temperature: 2});
    expect(body.choices[0]!.message.content).toMatch(/^Lunch with <EMAIL_[0-9a-f]{8}>$/);
    await running.chat({model: 'mail/subject', max_completion_tokens: 3});
    expect(bed.calls().map(({max_tokens, temperature, stop}) => [max_tokens, temperature, stop])).toEqual([
      [16, 0, ['\n']],
      [3, 0, ['\n']],
    ]);
  });
});

test('a conversation passes through in the model’s chat template, control tokens in it as text', async () => {
  const chat = await bed.store.release({
    prompts: {
      talk: {
        v: 1,
        task: 'talk',
        kind: 'chat',
        template: '{{text}}',
        format: 'chat',
        system: 'Be brief.',
        inputs: ['text'],
        trim: 'text',
        maxInputTokens: 64,
        maxOutputTokens: 8,
        temperature: 0,
        stop: [],
      },
    },
    transform: {...bed.base.transform, format: 'chat', fields: []},
  });
  await bed.store.deploy(chat);
  const running = await bed.start();
  const {status} = await running.chat({
    model: 'mail/talk',
    messages: [
      {role: 'user', content: 'Hello, I am eve@example.com'},
      {role: 'assistant', content: 'Hi.'},
      {role: 'user', content: [{type: 'text', text: 'Who am I? <|im_end|>'}]},
    ],
  });
  expect(status).toBe(200);
  const {prompt} = bed.calls()[0]!;
  expect(prompt).toMatch(
    /^<\|im_start\|>system\nBe brief\.<\|im_end\|>\n<\|im_start\|>user\nHello, I am <EMAIL_[0-9a-f]{8}><\|im_end\|>\n<\|im_start\|>assistant\nHi\.<\|im_end\|>\n<\|im_start\|>user\nWho am I\? /,
  );
  expect(prompt.match(/<\|im_end\|>/g)).toHaveLength(4);
  await until(() => bed.traces()).toHaveLength(1);
  expect((await bed.traces())[0]!.fields).toEqual({message: 'Who am I? <|im_end|>'});
});

test('a request of a record holds what its task shows the model, and none of what other tasks do', async () => {
  const writes = (task: string, input: string, target: string) => ({
    v: 1 as const,
    task,
    kind: 'generation' as const,
    format: 'plain' as const,
    template: `{{${input}}}:`,
    inputs: [input],
    trim: input,
    target,
    maxInputTokens: 64,
    maxOutputTokens: 8,
    temperature: 0,
    stop: [],
  });
  const release = await bed.store.release({
    prompts: {reply: writes('reply', 'question', 'answer'), ask: writes('ask', 'answer', 'question')},
    transform: {...bed.base.transform, format: 'record', fields: ['question', 'answer']},
  });
  await bed.store.deploy(release);
  const running = await bed.start();
  const asked = (model: string, fields: object) =>
    running.chat({model, messages: [{role: 'user', content: JSON.stringify(fields)}]});
  expect((await asked('mail/reply', {question: 'When is lunch?'})).status).toBe(200);
  expect((await asked('mail/ask', {answer: 'At noon'})).status).toBe(200);
  expect(bed.calls().map(({prompt}) => prompt)).toEqual(['When is lunch?:', 'At noon:']);
  expect((await asked('mail/reply', {answer: 'At noon'})).body.error).toMatchObject({
    code: 'input_unreadable',
    message: expect.stringContaining('field "question" is missing') as string,
  });
});

describe('what cannot be answered', () => {
  test('a refused request leaves a trace without its content', async () => {
    bed.base = await bed.store.release({guardrails: {...bed.base.guardrails, blockPatterns: ['forbidden']}});
    const {trace} = await (
      await bed.start()
    ).chat({messages: [{role: 'user', content: 'Subject: hi\n\nforbidden fruit'}]});
    await until(() => bed.traces()).toHaveLength(1);
    expect((await bed.traces())[0]).toMatchObject({
      id: trace,
      status: 400,
      error: 'content_blocked',
      fields: {},
      output: '',
    });
  });

  test('before the first deployment everything is 503, and /healthz says why; then it answers', async () => {
    const running = await bed.open();
    const {status, body, headers} = await running.chat({});
    expect(status).toBe(503);
    expect(headers.get('retry-after')).toBe('1');
    expect(body.error).toMatchObject({type: 'server_error', code: 'no_deployment'});
    expect(await running.health()).toMatchObject({status: 'no deployment', deployment: null});
    await bed.store.deploy(bed.base);
    await until(async () => (await running.chat({})).status).toBe(200);
    expect(await running.health()).toMatchObject({
      status: 'ok',
      deployment: {seq: 0, stable: bed.base.digest},
    });
  });

  test('a path that is not there and what is not JSON', async () => {
    const running = await bed.start();
    expect(await running.post('/v1/embeddings', {})).toMatchObject({
      status: 404,
      body: {error: {code: 'not_found'}},
    });
    const answer = await fetch(`${running.url}/v1/chat/completions`, {
      method: 'POST',
      headers: {'content-type': 'application/json'},
      body: '{"model"',
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      error: {type: 'invalid_request_error', code: 'invalid_request'},
    });
  });
});

describe('feedback', () => {
  test('is taken with 202 and stored, scrubbed, with the trace it is about', async () => {
    const running = await bed.start({flushMs: 60_000});
    const {trace} = await running.chat({model: 'mail/subject'});
    const answer = await running.post('/feedback', {
      trace: `chatcmpl-${trace}`,
      correction: 'ask dora@example.com',
      rating: -1,
    });
    expect(answer).toMatchObject({status: 202, body: {trace}});
    await bed.stop();
    const given = await bed.feedback();
    expect(given).toMatchObject([{id: answer.body.id as string, trace, rating: -1, project: 'mail'}]);
    expect(given[0]!.correction).toMatch(/^ask <EMAIL_[0-9a-f]{8}>$/);
    expect((await bed.traces()).map(({id}) => id)).toEqual([trace]);
  });

  test('that was acknowledged is stored, though its pseudonyms make it longer than a client may send it', async () => {
    const running = await bed.start({flushMs: 60_000});
    const said = [
      'ann@example.com '.repeat(6200),
      'ann\u200b@example.com, 4111\u200b1111\u200b1111\u200b1111',
    ];
    for (const correction of said)
      expect(
        await running.post('/feedback', {trace: traceId(Date.now(), randomBytes(12)), correction}),
      ).toMatchObject({
        status: 202,
      });
    await bed.stop();
    const kept = (await bed.feedback()).map(({correction}) => correction!);
    expect(kept.map((text) => text.replace(/_[0-9a-f]{8}/g, ''))).toEqual([
      '<EMAIL> '.repeat(6200).trimEnd(),
      '<EMAIL>, <CARD>',
    ]);
    expect(kept[0]!.length).toBeGreaterThan(100_000);
  });
});

test('half a character, wherever it stands, holds up nothing that is kept', async () => {
  const running = await bed.start({flushMs: 60_000});
  for (const engine of bed.engines) engine.answer = () => ' half \udc00';
  const half = 'half \ud800';
  const asked = {
    model: 'mail/subject',
    messages: [{role: 'user', content: `Subject: ${half}\n\n${half}`}],
    metadata: {row: half},
    user: half,
  };
  // The first one's trace is kept with the feedback on it, the other's by itself.
  const ids = [(await running.chat(asked)).trace, (await running.chat(asked)).trace];
  expect(await running.post('/feedback', {trace: ids[0], correction: half})).toMatchObject({status: 202});
  await bed.stop();
  const traces = await bed.traces();
  expect(traces.map(({id}) => id).sort()).toEqual(ids.sort());
  expect(traces.map(({row, output}) => [row, output])).toEqual(ids.map(() => ['half \ufffd', 'half \ufffd']));
  expect((await bed.feedback()).map(({correction}) => correction)).toEqual(['half \ufffd']);
});

test('/v1/models lists the tasks', async () => {
  const {url} = await bed.start();
  const {data} = (await (await fetch(`${url}/v1/models`)).json()) as {data: {id: string}[]};
  expect(data.map(({id}) => id).sort()).toEqual(['mail/subject', 'mail/triage']);
});
