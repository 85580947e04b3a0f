import {expect, test} from 'vitest';
import {isLoopback, isLocalCaller} from '../../../core/access/loopback.ts';

test.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost'])('%s is loopback', (host) =>
  expect(isLoopback(host)).toBe(true),
);
test.each(['0.0.0.0', '::', '10.0.0.1', '128.0.0.1', 'example.org', 'localhost.example.org', ''])(
  '%s is beyond it',
  (host) => expect(isLoopback(host)).toBe(false),
);

test.each([
  [{}],
  [{host: '127.0.0.1:8100'}],
  [{host: '127.9.9.9'}],
  [{host: 'localhost:8100', origin: 'http://localhost:3000'}],
  [{host: '[::1]:8100', origin: 'https://127.0.0.1'}],
  [{host: 'app.localhost:8100'}],
])('%o comes from this machine', (head) => expect(isLocalCaller(head)).toBe(true));

test.each([
  [{host: 'evil.example:8100'}],
  [{host: '127.0.0.1.evil.example'}],
  [{host: 'localhost.evil.example'}],
  [{host: '127.0.0.1@evil.example'}],
  [{host: '10.0.0.1'}],
  [{host: ''}],
  [{host: '127.0.0.1', origin: 'http://evil.example'}],
  [{host: '127.0.0.1', origin: 'http://127.0.0.1.evil.example'}],
  // A sandboxed frame, a file, a redirect.
  [{host: '127.0.0.1', origin: 'null'}],
  [{host: '127.0.0.1', origin: ''}],
])('%o does not', (head) => expect(isLocalCaller(head)).toBe(false));
