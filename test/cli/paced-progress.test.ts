import {expect, test} from 'vitest';
import {pacedProgress} from '../../cli/onboarding/progress.ts';

test('what is quick is not said; what is slow is said every one and a half seconds, and made only then', () => {
  let now = 0;
  let made = 0;
  const said: string[] = [];
  const progress = pacedProgress(
    (line) => said.push(line),
    () => now,
  );
  for (; now <= 5000; now += 100) progress(() => `${++made}. at ${now} ms`);
  expect(said).toEqual(['1. at 1500 ms', '2. at 3000 ms', '3. at 4500 ms']);
});
