import {PassThrough} from 'node:stream';
import {describe, expect, test} from 'vitest';
import {askPerson} from '../../cli/demo/ask-person.ts';

const never = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve()));

/** Asks at a terminal of its own; `keys` are pressed once the question stands there. */
function asked(settled: (signal: AbortSignal) => Promise<unknown>, keys = ''): Promise<'yes' | 'no' | null> {
  const [input, output] = [new PassThrough(), new PassThrough()];
  output.once('data', () => setImmediate(() => input.write(keys)));
  return askPerson(
    {message: 'Well?', answers: {yes: 'go on', no: 'stay'}, settled, unanswered: 'nothing was said'},
    {input, output},
  );
}

describe('a question at the terminal', () => {
  test('gives what was chosen', async () => {
    expect(await asked(never, '\r')).toBe('yes');
    expect(await asked(never, '\u001b[B\r')).toBe('no');
  });

  test('goes away where somebody else has decided', async () => {
    expect(await asked(() => Promise.resolve())).toBeNull();
  });

  test('stays where it cannot be seen whether somebody has', async () => {
    expect(await asked(() => Promise.reject(new Error('Temporal is away')), '\r')).toBe('yes');
  });

  test('says what holds where it is left', async () => {
    await expect(asked(never, '\u0003')).rejects.toMatchObject({
      type: 'DecisionRefused',
      message: 'nothing was said',
    });
  });
});
