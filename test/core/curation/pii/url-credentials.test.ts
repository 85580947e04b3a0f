import {describe, expect, it} from 'vitest';
import {found} from './found.ts';

describe('credentials in URLs', () => {
  it.each([
    // RFC 3986 3.2.1
    ['ftp://user:pw@host.example.com/x', ['user:pw']],
    ['https://user:p%40ss@host:8080/', ['user:p%40ss']],
    ['postgres://app:s3cret@db/x', ['app:s3cret']],
    ['x://user:pw@host/', ['user:pw']],
    ['git clone https://ghp_token@github.com/x', ['ghp_token']],
    // RFC 3986 3.1: a scheme may hold digits, plus, dot and dash
    ['postgresql+psycopg2://app:s3cret@db/x', ['app:s3cret']],
    ['s3://AKIA123:secret@bucket/x', ['AKIA123:secret']],
    ['a1+b.c-d://user:pw@host/', ['user:pw']],
    ['2x://user:pw@host/', ['user:pw']],
    // parameters, in query and fragment
    ['https://x.example/?access_token=ya29.a0Af&x=1', ['ya29.a0Af']],
    ['https://x.example/a?id=5&api_key=AKIA123', ['AKIA123']],
    ['http://x.example/#access_token=abc', ['abc']],
    ['see http://x.example/?password=hunter2.', ['hunter2']],
    ['?X-Amz-Signature=deadbeef&X-Amz-Credential=AKIA/2', ['deadbeef', 'AKIA/2']],
    ['http://x.example/a;jsessionid=ABC123', ['ABC123']],
    ['?key=AIzaSyD-1234567890abcdef', ['AIzaSyD-1234567890abcdef']],
    ['https://a:b@h/?token=c&sig=d', ['a:b', 'c', 'd']],
    ['?token=x://a:b@h/', ['x://a:b@h/']],
    // whatever comes first
    ['/?token=c https://a:b@h/ /?sig=d ftp://e:f@h/', ['c', 'a:b', 'd', 'e:f']],
  ])('are found in %j', (text, expected) => {
    expect(found('url_credentials', text)).toEqual(expected);
  });

  it.each(['key', 'auth', 'code', 'session', 'sid', 'ticket', 'hash', 'sas', 'sessid', 'access'])(
    'are in %s where its value has 16 characters',
    (name) => {
      expect(found('url_credentials', `/a?${name}=${'k'.repeat(16)}`)).toEqual(['k'.repeat(16)]);
      expect(found('url_credentials', `/a?${name}=${'k'.repeat(15)}`)).toEqual([]);
    },
  );

  it('end at the first 512 characters of what stands before a host', () => {
    const password = 'p'.repeat(505);
    expect(found('url_credentials', `ftp://user:${password}@h/`)).toEqual([`user:${password}`]);
    expect(found('url_credentials', `ftp://user:${password}p@h/`)).toEqual([]);
  });

  it.each([
    'https://x.example/a?id=5&page=2',
    'https://x.example/@user',
    'https://medium.example/@user/post?source=abc',
    'mailto:a@example.com',
    'user:password@host',
    'key=abc',
    '?key=abc',
    '?api–key=abc',
    'http://x.example/?sid=12',
    'http://@host/',
    'ftp://user:pw@',
    'ftp://user:pw@/x',
    '?token=.',
    '1://user:pw@host/',
    '+://user:pw@host/',
    '://a@b',
    'token=abc in running text',
  ])('are not: %j', (text) => {
    expect(found('url_credentials', text)).toEqual([]);
  });
});
