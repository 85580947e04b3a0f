import {describe, expect, it} from 'vitest';
import {found} from './found.ts';

describe('e-mail addresses', () => {
  it.each([
    // RFC 5321 dot-atoms in running text
    ['write to info@example.com.', ['info@example.com']],
    ['one of info@example.com or sales@example.org', ['info@example.com', 'sales@example.org']],
    ['John Doe <john.doe+tag@mail.example.co.uk>', ['john.doe+tag@mail.example.co.uk']],
    [
      "o'brien@example.ie, user_name@example.museum;a@b.de",
      ["o'brien@example.ie", 'user_name@example.museum', 'a@b.de'],
    ],
    ['FOO@BAR.COM', ['FOO@BAR.COM']],
    [
      '"foo@example.com" (foo@example.com) \'foo@example.com\'',
      ['foo@example.com', 'foo@example.com', 'foo@example.com'],
    ],
    ['13912345678@163.com', ['13912345678@163.com']],
    // in URLs
    ['mailto:a.b@example.de?subject=x', ['a.b@example.de']],
    ['?email=ann@example.com&x=1', ['ann@example.com']],
    // a bounce address holds another one
    [
      'bounce-52736-ann=example.org@returns.example.com',
      ['bounce-52736-ann=example.org@returns.example.com'],
    ],
    // RFC 6531, punycode, domain literals
    ['jörg@müller.de', ['jörg@müller.de']],
    ['x@xn--bcher-kva.example', ['x@xn--bcher-kva.example']],
    ['user@[192.168.0.1]', ['user@[192.168.0.1]']],
    ['user@[IPv6:2001:db8::1]', ['user@[IPv6:2001:db8::1]']],
    // a reference that is a person
    ['References: ann@example.com', ['ann@example.com']],
    ['References: <ann@example.com>', ['ann@example.com']],
    ['In-Reply-To: <ann.lee@example.com>', ['ann.lee@example.com']],
    ['news:ann@example.com', ['ann@example.com']],
    ['mid: ann@example.com please', ['ann@example.com']],
    // behind an id that was cut at its greatest length
    [`Message-ID: ${'('.repeat(247)}ann@example.com`, ['ann@example.com']],
    // a name that has the shape of Exim's ids, nearly
    ['a1b2c3-d4e5f6-g7@gmail.com', ['a1b2c3-d4e5f6-g7@gmail.com']],
    // as a URL encodes it
    ['joe%40example.com', ['joe%40example.com']],
    ['?to=ann%40example.com&q=%20bob%40example.org', ['ann%40example.com', 'bob%40example.org']],
    // 64 characters before the sign at most
    [`${'a'.repeat(64)}@example.com`, [`${'a'.repeat(64)}@example.com`]],
    [`b${'a'.repeat(64)}@example.com`, [`${'a'.repeat(64)}@example.com`]],
    // a quoted local part
    ['"john..doe"@example.org', ['"john..doe"@example.org']],
    // full-width forms
    ['joe＠example．com', ['joe＠example．com']],
    // a dash is no part of it
    ['Ann—ann@example.com', ['ann@example.com']],
  ])('are found in %j', (text, expected) => {
    expect(found('email', text)).toEqual(expected);
  });

  it.each([
    'info@example.',
    'foo@bar',
    '@example.com',
    '...@example.com',
    'react@18.2.0',
    'import "@types/node"',
    'meet @ noon',
    'foo@bar.c',
    '%42%41%40%3F%3E%3D',
    '%40example.com',
  ])('are not seen in %j', (text) => {
    expect(found('email', text)).toEqual([]);
  });

  it.each([
    'Message-ID: <abc.def@host.example.com>',
    'Message-Id: abc.def@host.example.com',
    'In-Reply-To: <3D6417F6.2090904@z.example.org>',
    'References: <a1b@b.example.com> <42c2@d.example.com>\n <e3.57@f.example.com>',
    'Content-ID: <part1.12345@example.com>',
    'see news:ak2q1b9@news.example.com or mid:4abc@example.com',
    'http://groups.example.com/groups?selm=3627ac95.66099519%40news.example.com',
    // as mail programs make them: sendmail, Outlook, Exim, Pine, JavaMail, a UUID
    '<20020822151301.694632EE5A@smtp.example.com>',
    '<000501c24a1b$2f3e4d5c$0100a8c0@home.example.com>',
    '<E17hsm2-0004Fm-00@mail.example.com>',
    '<Pine.LNX.4.44.0208221512340.1234-100000@host.example.com>',
    '<1234567.1030029382910.JavaMail.root@app.example.com>',
    '<3f2504e0-4f89-11d3-9a0c-0305e82c3301@example.com>',
  ])('are not message ids: %j', (text) => {
    expect(found('email', text)).toEqual([]);
  });
});
