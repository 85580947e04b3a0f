import {describe, expect, it} from 'vitest';
import {withoutTextBehindBase64} from '../../../core/curation/base64-parts.ts';
import {parseMail, type ParsedMail} from '../../../core/curation/parse-mail.ts';
import {realMails} from './mails.ts';

const bytes = (text: string): Buffer => Buffer.from(text.replaceAll('\n', '\r\n'), 'latin1');
async function parsed(raw: Buffer): Promise<ParsedMail> {
  const result = await parseMail(raw);
  if (result.status !== 'parsed') throw new Error(result.reason);
  return result.mail;
}

describe('a mail', () => {
  it('is subject and text, also as an mbox holds it', async () => {
    const mail = 'Subject: Hello\nFrom: a@example.com\n\nLine one\nLine two\n';
    const expected = {subject: 'Hello', html: false, reply: false};
    for (const before of ['', 'From a@example.com Thu Aug 22 14:44:26 2002\n', '\n\n']) {
      const read = await parsed(bytes(before + mail));
      expect(read).toMatchObject(expected);
      expect(read.body.trim().split(/\r?\n/)).toEqual(['Line one', 'Line two']);
    }
  });

  it('knows that it answers another', async () => {
    for (const field of ['In-Reply-To: <1@example.com>', 'References: <1@example.com>'])
      expect((await parsed(bytes(`Subject: x\n${field}\n\nText of it\n`))).reply).toBe(true);
  });

  // RFC 2045 transfer encodings and the charsets of the time
  it.each([
    ['windows-1252', 'quoted-printable', 'na=EFve =80 5 =93yes=94', 'naïve € 5 “yes”'],
    ['iso-8859-1', '8bit', 'na\xefve', 'naïve'],
    ['iso-8859-15', 'quoted-printable', 'price =A4', 'price €'],
    ['koi8-r', 'base64', '8NLJ18XU', 'Привет'],
    ['iso-2022-jp', '7bit', '\x1b$BF|K\\8l\x1b(B', '日本語'],
    ['gb2312', 'base64', 'xOO6ww==', '你好'],
    ['euc-kr', 'base64', 'vsiz58fPvLy/5A==', '안녕하세요'],
    ['utf-8', 'quoted-printable', 'na=C3=AFve =\nsoft break', 'naïve soft break'],
    ['no-such-charset', '8bit', 'na\xefve', 'naïve'],
    ['us-ascii', '8bit', 'na\xefve', 'naïve'],
  ])('in %s, %s', async (charset, encoding, body, expected) => {
    const head = `Subject: x\nMIME-Version: 1.0\nContent-Type: text/plain; charset="${charset}"\nContent-Transfer-Encoding: ${encoding}\n`;
    const read = await parsed(
      bytes(`${head}\n${body} and more of it, for the eye\n`.replace(/(8NLJ18XU|==) and.*/, '$1')),
    );
    expect(read.body.trim().startsWith(expected)).toBe(true);
  });

  it('without a charset is UTF-8 where that holds, else what its HTML names, else Windows-1252', async () => {
    const plain = 'Subject: caf\xe9\n\nThe caf\xe9 is open, \x93today\x94 it is\n';
    expect(await parsed(bytes(plain))).toMatchObject({
      subject: 'café',
      body: expect.stringContaining('café is open, “today”'),
    });
    const utf8 = Buffer.from('Subject: x\n\nThe café is open, “today” it is\n');
    expect((await parsed(utf8)).body).toContain('café is open, “today”');
    const quoted =
      'Subject: x\nContent-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\nThe caf=E9 is open today\n';
    expect((await parsed(bytes(quoted))).body).toContain('café');
    const html =
      'Subject: x\nContent-Type: text/html\n\n<meta http-equiv=Content-Type content="text/html; charset=koi8-r"><p>\xf0\xd2\xc9\xd7\xc5\xd4 to all</p>\n';
    expect((await parsed(bytes(html))).body).toContain('Привет');
  });

  it('decodes its subject: encoded words, folded, or raw bytes in the charset of its text', async () => {
    const words = 'Subject: =?iso-8859-1?Q?Andr=E9?=\n =?utf-8?B?IMOpdMOp?=\n\nText of it, long enough\n';
    expect((await parsed(bytes(words))).subject).toBe('André été');
    const raw =
      'Subject: \xbe\xc8\xb3\xe7\nContent-Type: text/plain; charset=euc-kr\n\nText of it, long enough\n';
    expect((await parsed(bytes(raw))).subject).toBe('안녕');
    const unknown =
      'Subject: Caf\xe9\nContent-Type: text/plain; charset=no-such\n\nText of it, long enough\n';
    expect((await parsed(bytes(unknown))).subject).toBe('Café');
  });

  const parts = (...list: string[]): Buffer =>
    bytes(
      `Subject: x\nMIME-Version: 1.0\nContent-Type: multipart/alternative; boundary="b"\n\nPreamble\n${list
        .map((part) => `--b\n${part}\n`)
        .join('')}--b--\n`,
    );
  const html =
    'Content-Type: text/html\n\n<html><head><style>p{}</style><title>T</title></head><body><p>One &amp; two</p><a href="http://x">link</a><img alt="pic" src=x><script>alert()</script></body></html>';

  it('shows its text part, and says that there is HTML', async () => {
    const read = await parsed(parts('Content-Type: text/plain\n\nThe plain text, long enough', html));
    expect(read).toMatchObject({html: true});
    expect(read.body.trim()).toBe('The plain text, long enough');
  });

  it('shows what a reader of its HTML sees, where there is no other text', async () => {
    for (const mail of [
      parts(html),
      parts('Content-Type: text/plain\n\n.', html),
      bytes(`Subject: x\n${html}`),
    ])
      expect((await parsed(mail)).body.trim()).toBe('One & two\n\nlink');
  });

  it('is read as far as it goes where its MIME is broken', async () => {
    const open =
      'Subject: x\nContent-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: text/plain\n\nThe text is here, no end';
    expect((await parsed(bytes(open))).body).toContain('The text is here');
    const wrong = 'Subject: x\nContent-Type: multipart/mixed; boundary="other"\n\n--b\n\nNever closed\n';
    expect((await parseMail(bytes(wrong))).status).toBe('parsed');
    const base64 = 'Subject: x\nContent-Transfer-Encoding: base64\n\nVGhpcyBpcyB0ZXh0!!!IGdhcmJsZWQ*=\n';
    expect((await parsed(bytes(base64))).body).toContain('This is text');
    const nested = (levels: number): string =>
      `Subject: x\n${'Content-Type: multipart/mixed; boundary=b\n\n--b\n'.repeat(levels)}\nText\n`;
    expect((await parsed(bytes(nested(64)))).body.trim()).toBe('Text');
    expect((await parseMail(bytes(nested(65)))).status).toBe('malformed');
    const headed = (size: number): Buffer =>
      bytes(`Subject: x\nContent-Type: text/html\nX-Long: ${'x'.repeat(size)}\n\n<p>Text</p>\n`);
    expect((await parsed(headed((1 << 20) - 100))).body.trim()).toBe('Text');
    expect((await parseMail(headed(1 << 20))).status).toBe('malformed');
    const deep = `Subject: x\n${'Content-Type: multipart/mixed; boundary=b\n\n--b\n'.repeat(200)}`;
    expect(['parsed', 'malformed']).toContain((await parseMail(bytes(deep))).status);
  });

  it('is what its base64 data holds, not the plain footer that a list appended to it', async () => {
    const said = Buffer.from('Hello to you all, long enough.\n').toString('base64');
    const aligned = Buffer.from('Hello to you all, long enough\n').toString('base64');
    const footer = '_______\nSome mailing list\nhttp://lists.example.net/listinfo/some\n';
    const field = 'Content-Transfer-Encoding: base64\n';
    const single = `Subject: x\nContent-Type: text/plain; charset=utf-8\n${field}\n`;
    const several = (data: string): string =>
      `Subject: x\nContent-Type: multipart/mixed;\n boundary="b"\n\n--b\nContent-Type: text/plain\n${field}\n${data}\n--b\nContent-Type: text/plain\n\nsecond part\n--b--\n`;
    expect(said).toMatch(/=$/);
    expect(aligned).not.toMatch(/=$/);
    for (const data of [said, aligned, `${said.slice(0, 8)}\n${said.slice(8)}`])
      for (const behind of ['', footer, `\n${footer}`, `-- \n${footer}`]) {
        expect((await parsed(bytes(`${single}${data}\n${behind}`))).body.trim()).toMatch(
          /^Hello to you all, long enough\.?$/,
        );
        const {body} = await parsed(bytes(several(`${data}\n${behind}`)));
        expect(body.trim().split(/\s*\n\s*/)).toEqual([
          expect.stringMatching(/^Hello .* enough\.?$/),
          'second part',
        ]);
      }
  });

  it.each(
    ['--b\n', '--b\n\n', 'Content-Transfer-Encoding: base64\n\n', 'QUJD\n', 'boundary=b\n'].map((piece) => [
      piece,
    ]),
  )('loses such footers in linear time, for a megabyte of %j', (piece) => {
    const head = 'Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64\n\n';
    const before = process.cpuUsage();
    withoutTextBehindBase64(Buffer.from(head + piece.repeat(1_000_000 / piece.length)));
    const {user, system} = process.cpuUsage(before);
    expect((user + system) / 1e6).toBeLessThan(10);
  });

  it('quotes a base64 header as text', async () => {
    const quoted = 'Subject: x\n\nSee:\n\nContent-Transfer-Encoding: base64\n\nSGVsbG8=\n\nand so on.\n';
    expect((await parsed(bytes(quoted))).body).toContain('and so on.');
  });

  it('may end its lines with CR alone', async () => {
    const mail = 'Subject: Hello\rFrom: a@example.com\r\rLine one\rLine two\r';
    const read = await parsed(Buffer.from(mail));
    expect(read).toMatchObject({subject: 'Hello', body: expect.stringMatching(/^Line one\s+Line two/)});
  });

  it.each([
    [
      'several parts',
      bytes('Subject: x\nContent-Type: multipart/mixed\n\n--b\nContent-Type: text/plain\n\nText\n--b--\n'),
    ],
    ['the message is empty', Buffer.alloc(0)],
    ['the message is empty', Buffer.from('\n\n')],
    ['the message is empty', Buffer.from('From a@example.com Thu Aug 22 14:44:26 2002')],
    ['there is no header field', Buffer.from('\n\njust\x00 text'.trimStart().replace(/^/, '\x01\x02\x03'))],
    [
      '% of the text cannot be decoded',
      Buffer.concat([
        Buffer.from('Subject: x\nContent-Type: text/plain; charset=utf-8\n\nsome text '),
        Buffer.from(new Array<number>(200).fill(0xff)),
      ]),
    ],
    ['the text is binary', Buffer.from(`Subject: x\n\n${'a\0b\0c\0d\0'.repeat(40)}`)],
  ])('is malformed: %s', async (reason, raw) => {
    expect(await parseMail(raw)).toEqual({status: 'malformed', reason: expect.stringContaining(reason)});
  });

  it('of the corpus can be read, every one, and hardly a character is lost', async () => {
    let lost = 0;
    const mails = [...realMails('hard-ham-1'), ...realMails('spam-1')];
    for (const {id, bytes: raw} of mails) {
      const result = await parseMail(raw);
      expect(result.status, id).toBe('parsed');
      if (result.status === 'parsed' && /\ufffd/.test(result.mail.subject + result.mail.body)) lost++;
    }
    expect(mails.length).toBe(750);
    expect(lost).toBeLessThanOrEqual(2);
  });
});
