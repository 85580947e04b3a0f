import {expect, test} from 'vitest';
import {saySeldom} from '../../telemetry/say-seldom.ts';

test('a line is said once a minute, another one at once', () => {
  const said: string[] = [];
  let now = 0;
  const say = saySeldom(
    (line) => void said.push(`${now} ${line}`),
    () => now,
  );
  say('a');
  say('a');
  say('b');
  now = 59_999;
  say('a');
  now = 60_000;
  say('a');
  expect(said).toEqual(['0 a', '0 b', '60000 a']);
});
