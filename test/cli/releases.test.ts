import {expect, test} from 'vitest';
import {standing} from '../../cli/commands/releases.ts';

test.for([
  ['former', false, 'former'],
  ['former', true, 'retired'],
  ['–', true, 'retired'],
  ['canary 10 %', true, 'canary 10 %, retired'],
] as const)('a release that serves as %s, retired: %s, stands there as %s', ([served, retired, shown]) => {
  expect(standing(served, retired)).toBe(shown);
});
