import {describe, expect, it} from 'vitest';
import {parseMail, type MailParse} from '../../../core/curation/parse-mail.ts';
import {plainMail} from '../../../core/curation/plain-mail.ts';
import {random, realMails} from './mails.ts';

/** As the MIME parser reads it: a field that says what is so anyway, and the short way is not taken. */
async function byParser(bytes: Buffer): Promise<MailParse> {
  const declared = Buffer.concat([Buffer.from('Content-Type: text/plain\n'), bytes]);
  expect(plainMail(declared)).toBeNull();
  return parseMail(declared);
}

describe('a plain mail', () => {
  it('is read as the MIME parser reads it: real mails without what names their type', async () => {
    let plain = 0;
    for (const {bytes} of ['easy-ham-1', 'spam-1'].flatMap((group) => realMails(group, 300))) {
      const text = bytes.toString('latin1').replace(/^From .*\r?\n/, '');
      const end = text.search(/\r?\n\r?\n/);
      const fields = text.slice(0, end).split(/\r?\n(?![ \t])/);
      const head = fields.filter((field) => !/^content-/i.test(field)).join('\r\n');
      const mail = Buffer.from(head + text.slice(end), 'latin1');
      if (plainMail(mail) === null) continue;
      plain++;
      expect(await parseMail(mail)).toEqual(await byParser(mail));
    }
    expect(plain).toBeGreaterThan(300);
  });

  it('has a head of 65,536 characters at most', () => {
    const mail = (length: number) => Buffer.from(`Subject: ${'a'.repeat(length - 9)}\n\nbody\n`);
    expect(plainMail(mail(65_536))?.body).toBe('body\n');
    expect(plainMail(mail(65_537))).toBeNull();
  });

  it('is read as the MIME parser reads it: generated ones', async () => {
    const next = random(7);
    const one = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!;
    const names = ['Subject', 'subject', 'SUBJECT ', 'In-Reply-To', 'References', 'X-Mailer', 'To', 'Date'];
    const values = [
      '',
      ' ',
      'a',
      ' a b ',
      '\ta\t',
      ' a\n b',
      ' \n\tb',
      ' x:y',
      ' <1@example.com>',
      ' a\n \n b',
    ];
    const lines = ['', ' ', 'text', 'Subject: inner', '--b', 'From me', '. ', '\ttabbed', 'a'.repeat(300)];
    let plain = 0;
    for (let round = 0; round < 2000; round++) {
      const head = Array.from({length: 1 + Math.floor(next() * 4)}, () => `${one(names)}:${one(values)}`);
      const body = Array.from({length: Math.floor(next() * 5)}, () => one(lines));
      const mail = Buffer.from(
        `${head.join('\n')}\n\n${body.join('\n')}`.replaceAll('\n', one(['\n', '\r\n'])),
      );
      if (plainMail(mail) === null) continue;
      plain++;
      expect(await parseMail(mail), JSON.stringify(mail.toString())).toEqual(await byParser(mail));
    }
    expect(plain).toBeGreaterThan(1500);
  });

  it.each([
    ['a field of its type', 'Subject: x\nContent-Type: text/html\n\n<b>text</b>\n'],
    ['a transfer encoding', 'Subject: x\ncontent-transfer-encoding: base64\n\neA==\n'],
    ['an encoded word', 'Subject: =?utf-8?B?w6k=?=\n\ntext\n'],
    ['a character beyond ASCII', 'Subject: x\n\ncaf\xe9\n'],
    ['an escape sequence', 'Subject: x\n\n\x1b$BF|K\\8l\x1b(B\n'],
    ['a lone carriage return', 'Subject: x\rTo: y\n\ntext\n'],
    ['a line that is no field', 'Subject: x\n>From me\n\ntext\n'],
    ['no field at all', ' text\n\ntext\n'],
    ['no end of its header', 'Subject: x\nTo: y\n'],
    ['a header of megabytes', `Subject: ${'x'.repeat(1 << 17)}\n\ntext\n`],
  ])('is not one with %s', (_name, text) => {
    expect(plainMail(Buffer.from(text, 'latin1'))).toBeNull();
  });
});
