import {describe, expect, test} from 'vitest';
import {StreamedAnswer, whole} from '../../../serving/gateway/engine-answer.ts';

const event = (text: string, finish: string | null, usage?: object): string =>
  JSON.stringify({choices: [{index: 0, text, finish_reason: finish}], ...(usage ? {usage} : {})});

describe('how many tokens an engine says it took', () => {
  test.each([
    [{prompt_tokens: 60, completion_tokens: 1}, 60, 1],
    [undefined, 0, 0],
    [null, 0, 0],
    [{prompt_tokens: '60', completion_tokens: null}, 0, 0],
    [{prompt_tokens: -1, completion_tokens: 0.5}, 0, 0],
    [{}, 0, 0],
  ])('%j', (usage, promptTokens, completionTokens) => {
    const body = JSON.stringify({choices: [{text: ' spam', finish_reason: 'stop'}], usage});
    expect(whole(body, 0)).toMatchObject({text: ' spam', finish: 'stop', promptTokens, completionTokens});
  });
});

describe('an answer piece by piece', () => {
  test('is put together, and given on as it comes', () => {
    const given: string[] = [];
    const answer = new StreamedAnswer((piece) => given.push(piece));
    answer.take(event('Hel', null));
    answer.take(event('', null));
    answer.take(event('lo', 'length'));
    answer.take(JSON.stringify({choices: [], usage: {prompt_tokens: 3, completion_tokens: 2}}));
    expect(given).toEqual(['Hel', 'lo']);
    expect(answer.whole(0)).toMatchObject({
      text: 'Hello',
      finish: 'length',
      promptTokens: 3,
      completionTokens: 2,
    });
  });

  test('that has no end, or an error in it, is none', () => {
    const answer = new StreamedAnswer(() => undefined);
    answer.take(event('Hel', null));
    expect(() => answer.whole(0)).toThrow('broke off');
    expect(() => answer.take(JSON.stringify({error: {message: 'out of memory'}}))).toThrow('out of memory');
  });
});
