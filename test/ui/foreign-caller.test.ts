import {expect, test} from 'vitest';
import {foreignCaller} from '../../ui/foreign-caller.ts';

const here = {loopback: true, names: []};
const behindProxy = {loopback: false, names: ['ratchet.example.com']};

test.for([
  ['loopback by its address', {host: '127.0.0.1:8235'}, here],
  ['loopback by its name', {host: 'localhost:8235'}, here],
  ['loopback by IPv6', {host: '[::1]:8235'}, here],
  ['a form of its own page', {host: '127.0.0.1:8235', origin: 'http://127.0.0.1:8235'}, here],
  [
    'a name that is allowed',
    {host: 'ratchet.example.com', origin: 'https://ratchet.example.com'},
    behindProxy,
  ],
  ['an address of the machine, beyond loopback', {host: '192.0.2.7:8235'}, behindProxy],
] as const)('%s may ask', ([, head, own]) => {
  expect(foreignCaller(head, own)).toBeNull();
});

test.for([
  [
    'a name that was made to resolve to this machine',
    {host: 'evil.example.com:8235'},
    here,
    'does not answer as',
  ],
  ['an address of the machine, on loopback', {host: '192.0.2.7:8235'}, here, 'does not answer as'],
  ['another name, beyond loopback', {host: 'evil.example.com'}, behindProxy, 'does not answer as'],
  ['no name at all', {}, here, 'does not answer as'],
  [
    'a page of another site',
    {host: '127.0.0.1:8235', origin: 'https://evil.example.com'},
    here,
    'may not ask',
  ],
  ['a page of another port', {host: '127.0.0.1:8235', origin: 'http://127.0.0.1:3000'}, here, 'may not ask'],
  [
    'a page by another name of this machine',
    {host: '127.0.0.1:8235', origin: 'http://localhost:8235'},
    here,
    'may not ask',
  ],
  ['a sandboxed page', {host: '127.0.0.1:8235', origin: 'null'}, here, 'may not ask'],
] as const)('%s may not ask', ([, head, own, why]) => {
  expect(foreignCaller(head, own)).toContain(why);
});
