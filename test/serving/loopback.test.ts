import {expect, test} from 'vitest';
import {isLoopback} from '../../serving/loopback.ts';

test.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost'])('%s is loopback', (host) =>
  expect(isLoopback(host)).toBe(true),
);
test.each(['0.0.0.0', '::', '10.0.0.1', '128.0.0.1', 'example.org', 'localhost.example.org', ''])(
  '%s is beyond it',
  (host) => expect(isLoopback(host)).toBe(false),
);
