/** docs/openapi.json against OpenAPI's own schema, the gateway's routes, and what a gateway really takes and answers. */
import {readFileSync} from 'node:fs';
import {Validator} from '@seriousme/openapi-schema-validator';
import {Ajv2020, type ValidateFunction} from 'ajv/dist/2020.js';
import {describe, expect, test} from 'vitest';
import {ROUTES} from '../../serving/gateway/routes.ts';
import {parseChatRequest} from '../../serving/gateway/chat-request.ts';
import {bearer, gatewayBed} from '../serving/gateway/gateway-bed.ts';

interface Document {
  readonly paths: Record<string, Record<string, {responses: Record<string, {content: Media}>}>>;
  readonly components: {readonly schemas: Record<string, object>};
}
type Media = Record<string, {readonly schema: {readonly $ref: string}}>;

const DOCUMENT = JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as Document;
const ajv = new Ajv2020({strict: false, allErrors: true});
ajv.addSchema({...DOCUMENT, $id: 'openapi'});

function check(name: string): ValidateFunction {
  return ajv.compile({$ref: `openapi#/components/schemas/${name}`});
}
/** What is wrong with a value; empty where it conforms. */
function wrong(name: string, value: unknown): unknown {
  const conforms = check(name);
  return conforms(value) ? [] : conforms.errors;
}

test('is an OpenAPI 3.1 document', async () => {
  const validator = new Validator();
  expect(await validator.validate({...structuredClone(DOCUMENT)})).toEqual({valid: true});
  expect(validator.version).toBe('3.1');
});

test('has every route of the public port, and the server has no other', () => {
  const documented = Object.entries(DOCUMENT.paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const routes = Object.values(ROUTES).map(({method, url}) => `${method} ${url.replace('*', '{model}')}`);
  expect(documented.sort()).toEqual(routes.sort());
  const server = readFileSync('serving/gateway/server.ts', 'utf8');
  const opened = [...server.matchAll(/\bapp\.(?:get|post|put|patch|delete|route|all)\b[^(]*\(([^,]+),/g)];
  expect(opened.map(([, url]) => url!).sort()).toEqual(
    Object.keys(ROUTES)
      .map((name) => `ROUTES.${name}.url`)
      .sort(),
  );
});

describe('a request is one for the document as it is one for the gateway', () => {
  const message = {role: 'user', content: 'Lunch?'};
  const asked = {model: 'mail/triage', messages: [message]};
  test.each<[string, boolean, object]>([
    ['the least', true, asked],
    ['parts', true, {...asked, messages: [{role: 'user', content: [{type: 'text', text: 'x'}]}]}],
    ['an unknown field', true, {...asked, seed: 1, other: true}],
    ['no messages', false, {...asked, messages: []}],
    ['a role that is none', false, {...asked, messages: [{role: 'boss', content: 'x'}]}],
    ['a picture', false, {...asked, messages: [{role: 'user', content: [{type: 'image_url'}]}]}],
    ['two answers', false, {...asked, n: 2}],
    ['no tools', true, {...asked, tools: [], functions: null}],
    ['tools', false, {...asked, tools: [{}]}],
    ['JSON wanted', false, {...asked, response_format: {type: 'json_object'}}],
    ['log-probabilities', false, {...asked, logprobs: true}],
    ['sound', false, {...asked, modalities: ['text', 'audio']}],
    ['metadata', true, {...asked, metadata: {row: 'x'}}],
    ['long metadata', false, {...asked, metadata: {row: 'x'.repeat(513)}}],
    [
      'much metadata',
      false,
      {...asked, metadata: Object.fromEntries([...Array(17).keys()].map((i) => [i, '']))},
    ],
    ['stops', true, {...asked, stop: ['a', 'b']}],
    ['a number to stop at', false, {...asked, stop: [1]}],
  ])('%s', (_what, taken, body) => {
    expect(check('ChatRequest')(body)).toBe(taken);
    const parse = () => parseChatRequest(body);
    if (taken) parse();
    else expect(parse).toThrow();
  });
});

describe('a gateway', () => {
  const bed = gatewayBed();

  test('answers as the document says', async () => {
    const running = await bed.start();
    const {url} = running;
    const answer = await running.chat({});
    expect(wrong('ChatCompletion', answer.body)).toEqual([]);
    expect(wrong('GatewayFailure', (await running.chat({tools: [{}]})).body)).toEqual([]);
    expect(wrong('GatewayFailure', (await running.post('/none', {})).body)).toEqual([]);
    const taken = await running.post('/feedback', {trace: answer.body.id, correction: 'spam'});
    expect([taken.status, wrong('FeedbackTaken', taken.body)]).toEqual([202, []]);
    const unknown = await running.post('/feedback', {trace: '0'.repeat(32), rating: 1});
    expect([unknown.status, wrong('GatewayFailure', unknown.body)]).toEqual([400, []]);
    for (const [path, name] of [
      ['/v1/models', 'ModelList'],
      ['/v1/models/mail%2Ftriage', 'Model'],
      ['/healthz', 'Liveness'],
      ['/readyz', 'Readiness'],
    ] as const)
      expect(wrong(name, await (await fetch(url + path)).json()), path).toEqual([]);
  });

  test('streams as the document says', async () => {
    const {url} = await bed.start();
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: {'content-type': 'application/json'},
      body: JSON.stringify({
        model: 'mail/triage',
        stream: true,
        stream_options: {include_usage: true},
        messages: [{role: 'user', content: 'Subject: Lunch?\n\nAt noon?'}],
      }),
    });
    const events = (await response.text()).split('\n\n').filter((event) => event !== '');
    expect(events.at(-1)).toBe('data: [DONE]');
    const chunks = events.slice(0, -1).map((event) => JSON.parse(event.slice('data: '.length)) as unknown);
    expect(chunks.length).toBeGreaterThan(2);
    for (const chunk of chunks) expect(wrong('ChatCompletionChunk', chunk)).toEqual([]);
  });

  test('turns away a key without the scope that the document names', async () => {
    const {token} = await bed.newKey({scopes: ['feedback']});
    const {url} = await bed.start();
    const answer = await fetch(`${url}/v1/models`, {headers: bearer(token)});
    expect([answer.status, wrong('GatewayFailure', await answer.json())]).toEqual([403, []]);
  });
});
