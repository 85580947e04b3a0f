import {describe, expect, it} from 'vitest';
import {stripBody} from '../../../core/curation/strip/body.ts';
import {stripSubject} from '../../../core/curation/strip/subject.ts';

describe('a subject', () => {
  it.each([
    ['Re: Hello', 'Hello', true],
    ['RE: re: Re[2]: Re^3: Re (4): Hello', 'Hello', true],
    ['Fwd: FW: Hello', 'Hello', true],
    ['AW: WG: Antwort: Hallo', 'Hallo', true],
    ['SV: VS: Ynt: Odp: RV: TR: Rif: Hello', 'Hello', true],
    ['回复: 转发：你好', '你好', true],
    ['Re: [ILUG] [OT] Hello', 'Hello', true],
    ['[Razor-users] Re: Hello (fwd)', 'Hello', true],
    ['[SAdev] [Bug 1012] negate directive', 'negate directive', false],
    ['Hello (was: Re: Something else)', 'Hello', false],
    ['MacOS X (Re: [SAtalk] [OT] Habeas-talk (was: 2.40 RELEASE))', 'MacOS X', false],
    ['Reading list: two books', 'Reading list: two books', false],
    ['Review: the film', 'Review: the film', false],
    ['I: Robot', 'Robot', true],
    ['What (he said)', 'What (he said)', false],
    // what the answered subject leaves behind the new one
    ['asynchronous I/O (was Re: Gasp!)', 'asynchronous I/O', false],
    ['Re: earthviewer (was Re: whoa}', 'earthviewer', true],
    ['Native economics (was Re: sed /s/United States/Roman Empire/g)', 'Native economics', false],
    ['Comrade (was Re: Crony (was RE: sed))', 'Comrade', false],
    ['Disks? (was [ILUG] ILUG newsgroup(s)?)', 'Disks?', false],
    ['Re: [ILUG] TMDA (WAS --> slashdot humor]', 'TMDA', true],
    ['Japanese [was Re: Come on]', 'Japanese', false],
    ['Exmh/nmh (was Sorting)...', 'Exmh/nmh', false],
    ['Palladiated? (was re: wow! (Re: Palladium: limits))', 'Palladiated?', false],
    ['Sylpheed - was: Ximian', 'Sylpheed', false],
    ['Sylpheed, was Re: Ximian', 'Sylpheed', false],
    ['"Ouch...."(was Re: My brain hurts)', '"Ouch...."', false],
    // marks behind other words
    ['earthviewer apps Re: whoa', 'whoa', true],
    ['WARNING. Mail Delayed: Re: [SAtalk] [OT] Perl problem', 'Perl problem', true],
    ['Re: My source: RE: A digression', 'A digression', true],
    ['(correction) Re: [Baseline] Raising chickens', 'Raising chickens', true],
    ['Re: f-rpm] Re: Problem building', 'Problem building', true],
    ['FW:>Re: Supplements', 'Supplements', true],
    // forwards without a colon
    ['Re: [zzzzteana] FWD [fort] Evidence', 'Evidence', true],
    ['[zzzzteana] FWD [UASR][Report] Jets', 'Jets', true],
    ['FWD (SK) Re: Quotation wanted', 'Quotation wanted', true],
    ['Fwd Hello there', 'Hello there', true],
    // words, not marks
    ['Guidance re pickles', 'Guidance re pickles', false],
    ['Question re: your offer', 'Question re: your offer', false],
    ['INFORMATION RE: YOUR ACCOUNT', 'INFORMATION RE: YOUR ACCOUNT', false],
    ['re. 6.29% Fixed Rate', 're. 6.29% Fixed Rate', false],
    ['Now $49 (was $99)', 'Now $49 (was $99)', false],
    ['A call (was it you?)', 'A call (was it you?)', false],
    ['What it was: the story', 'What it was: the story', false],
    ['fwd drive cars', 'fwd drive cars', false],
    ["You're -Approved-!", "You're -Approved-!", false],
    ['', '', false],
    ['Re:', '', true],
    // several behind one another
    ['Re: Comrade, was: Crony (was: sed) (fwd)', 'Comrade', true],
    ['Hello (fwd) (fwd)', 'Hello', false],
    [`Hello (was ${'A'.repeat(200)})...`, 'Hello', false],
  ])('%j is %j', (raw, subject, reply) => {
    expect(stripSubject(raw)).toEqual({subject, reply});
  });

  it('is freed of 24 marks, as many as anybody looks for', () => {
    expect(stripSubject(`${'[a] '.repeat(24)}x`).subject).toBe('x');
    expect(stripSubject(`${'[a] '.repeat(25)}x`).subject).toBe('[a] x');
  });

  it('is looked at for an inner reply mark in its first 400 characters', () => {
    expect(stripSubject(`${'a'.repeat(394)} Re: x`)).toEqual({subject: 'x', reply: true});
    expect(stripSubject(`${'a'.repeat(395)} Re: x`)).toEqual({
      subject: `${'a'.repeat(395)} Re: x`,
      reply: false,
    });
  });

  it.each([
    ['(was A', ''],
    ['Re: ', ''],
    [' Re: a', ''],
    ['> ', ''],
    ['[x] ', ''],
    ['(', ''],
    ['a, was ', ''],
    ['(fwd) ', ''],
    ['(was A', 'Re: '.repeat(24)],
    [' ', 'Re: '.repeat(24)],
  ])('is stripped in linear time, for 100 kB of %j behind %j', (piece, front) => {
    const text = `${front}a${piece.repeat(100_000 / piece.length)}x`;
    const before = process.threadCpuUsage();
    stripSubject(text);
    const {user, system} = process.threadCpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(150);
  });
});

const own = 'What I have to say about it.\nIn two lines.';

describe('a body', () => {
  it.each([
    ['> quoted\n> > twice\n\n'],
    ['On Thu, Aug 22, 2002 at 09:14:44AM -0400, Ann Example wrote:\n> quoted\n\n'],
    ['On Thu, 22 Aug 2002, Ann Example of a rather long name\n<ann@example.com> wrote:\n> quoted\n\n'],
    ['Am 22.08.2002 schrieb Ann:\n> zitiert\n\n'],
    ['Le 22 août 2002, Ann a écrit :\n> cité\n\n'],
    ['El Viernes, 30 agosto, 2002, a las 10:25 AM, Bob escribió:\n> citado\n\n'],
    ['>>>>> On Thu, 22 Aug 2002, "RE" == Robert Elz writes:\n> quoted\n\n'],
    ['At 10:20 AM 8/22/02 -0400, Ann Example wrote:\n>quoted\n\n'],
    ['Ann Example said:\n> quoted\n\n'],
    ['* Ann <ann@example.com> [2002-08-28T07:52-0700]:\n> quoted\n\n'],
    ['Quoting Ann Example <ann@example.com>:\n\n> quoted\n\n'],
    ['JM> quoted\nJM> more\n\n'],
    ['| quoted by a bar\n| and more\n\n'],
    // other languages, and an address behind the verb
    ['Op 13-02-2014 3:18 schreef Julius <julius@example.com>:\n\n> geciteerd\n\n'],
    ['Op 17-feb.-2015, om 13:18 heeft Julius <julius@example.com> het volgende geschreven:\n> geciteerd\n\n'],
    ['W dniu 28 stycznia 2015 01:53 użytkownik Zoe <zoe@example.com>\nnapisał:\n\n> cytat\n\n'],
    ['W dniu 28.01.2015 o 01:53, Zoe pisze:\n> cytat\n\n'],
    ['På 14 september 2015 på 02:23:18, Kari (kari@example.com) skrev:\n\n> sitert\n\n'],
    ['Den 14 september, 2015 02:23:18, Valentino (v@example.com) skrev:\n\n> citerat\n\n'],
    ['Vào 14:24 8 tháng 6, 2017, Hùng <hung@example.com> đã viết:\n\n> trích\n\n'],
    ['26 июня 2014 г., 14:41 пользователь Анна <anna@example.com> написал:\n\n> цитата\n\n'],
    ['02.04.2012 14:20 пользователь "anna@example.com" <\nanna@example.com> написал:\n\n> цитата\n\n'],
    ['2014-10-17 11:28 GMT+03:00 Postmaster <\npostmaster@example.org>:\n\n> quoted\n\n'],
  ])('loses what it quotes: %j', (quote) => {
    expect(stripBody(quote + own)).toBe(own);
    expect(stripBody(`${own}\n\n${quote}`).trim()).toBe(own);
  });

  it.each([
    ['\n\n-----Original Message-----\nFrom: Ann\nSent: Thursday\nTo: Bob\nSubject: x\n\nOld text\n'],
    ['\n\n----- Original Message ----- \nFrom: "Ann" <ann@example.com>\n\nOld text\n'],
    ['\n\n----Original Message Follows----\nFrom: Ann\n\nOld text\n'],
    ['\n\n-----Ursprüngliche Nachricht-----\nVon: Ann\n\nAlter Text\n'],
    ['\n\nFrom: Ann Example\nSent: Thursday, August 22, 2002 2:44 PM\nTo: Bob\nSubject: x\n\nOld text\n'],
    ['\n\nFra: Ann\nSendt: 19. marts 2011 12:10\nTil: Bob\nEmne: x\n\nGammel tekst\n'],
    ['\n\nFrån: Ann\nSkickat: den 26 augusti 2015 14:45\nTill: Bob\nÄmne: x\n\nGammal text\n'],
    ['\n\nVan: Ann\nVerzonden: dinsdag 25 november 2014 14:59\nAan: Bob\nOnderwerp: x\n\nOude tekst\n'],
    ['\n\nOd: Ann\nWysłano: 25 listopada 2014 14:59\nDo: Bob\nTemat: x\n\nDawny tekst\n'],
    ['\n\nОт: Анна\nОтправлено: четверг, 26 июня 2014 г. 15:05\nКому: Bob\nТема: x\n\nСтарый текст\n'],
    [
      '\n\n______________________________ Reply Separator _________________________________\nSubject: x\nAuthor: Ann\n\nOld text\n',
    ],
  ])('ends where the answered message begins: %j', (original) => {
    expect(stripBody(own + original).trim()).toBe(own);
  });

  it.each([
    // signature (RFC 3676 4.3), also as PGP escapes it
    ['\n-- \nAnn Example\nhttp://www.example.com/\n'],
    ['\n- -- \nAnn Example\n'],
    // mailman
    [
      '\n_______________________________________________\nRazor-users mailing list\nRazor-users@lists.example.net\nhttps://lists.example.net/lists/listinfo/razor-users\n',
    ],
    [
      "\n-- \nIrish Linux Users' Group: ilug@example.ie\nhttp://www.example.ie/mailman/listinfo/ilug for (un)subscription information.\nList maintainer: listmaster@example.ie\n",
    ],
    ['\nhttp://xent.example/mailman/listinfo/fork\n'],
    // SourceForge
    [
      '\n\n-------------------------------------------------------\nThis sf.net email is sponsored by:ThinkGeek\nWelcome to geek heaven.\nhttp://thinkgeek.com/sf\n_______________________________________________\nSpamassassin-devel mailing list\nhttps://lists.example.net/lists/listinfo/spamassassin-devel\n',
    ],
    // Yahoo groups
    [
      '\n\n------------------------ Yahoo! Groups Sponsor ---------------------~-->\n4 DVDs Free +s&p Join Now\nhttp://us.click.example/pt6YBB\n---------------------------------------------------------------------~->\n\nTo unsubscribe from this group, send an email to:\nforteana-unsubscribe@example.com\n\n \n\nYour use of Yahoo! Groups is subject to http://docs.example/info/terms/ \n\n',
    ],
    // ezmlm, providers, scanners, PGP
    [
      '\n---------------------------------------------------------------------\nTo unsubscribe, e-mail: x-unsubscribe@example.org\nFor additional commands, e-mail: x-help@example.org\n',
    ],
    [
      '\n__________________________________________________\nDo You Yahoo!?\nYahoo! Finance - Get real-time stock quotes\nhttp://finance.example\n',
    ],
    [
      '\n_________________________________________________________________\nSend and receive Hotmail on your mobile device: http://mobile.msn.com\n',
    ],
    [
      '\n---\nOutgoing mail is certified Virus Free.\nChecked by AVG anti-virus system (http://www.grisoft.example).\nVersion: 6.0.381 / Virus Database: 214\n',
    ],
    ['\n-----BEGIN PGP SIGNATURE-----\nVersion: GnuPG v1.0.7\n\niD8DBQE9ZKu\n-----END PGP SIGNATURE-----\n'],
    ['\n\n------- You are receiving this mail because: -------\nYou are the assignee for the bug.\n'],
    ['\n-- \nAnn\n\n_______________________________________________\nSome mailing list\nSome@example.net\n'],
  ])('loses footers and signatures: %j', (footer) => {
    expect(stripBody(own + footer)).toBe(own);
  });

  it('loses the marks of a signed text', () => {
    const signed = `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA1\n\n${own}\n-----BEGIN PGP SIGNATURE-----\nabc\n-----END PGP SIGNATURE-----\n`;
    expect(stripBody(signed).trim()).toBe(own);
  });

  it('of a list’s footer and its rule alone is empty', () => {
    expect(stripBody('_______________\nTo unsubscribe, e-mail: x@example.com')).toBe('');
  });

  it('loses the fields over an item from a feed', () => {
    expect(stripBody(`URL: http://boingboing.example/#85528813\nDate: Not supplied\n\n${own}`)).toBe(own);
    expect(stripBody(`\nURL: http://x.example/\nDate: 2002-09-25T08:00:00-05:00\n\n${own}`)).toBe(own);
    expect(
      stripBody(
        `URL: http://x.example/\nDate: Not supplied\n\n[IMG: http://x.example/a.gif ([Yahoo])] ${own}`,
      ),
    ).toBe(own);
    expect(stripBody(`See the URL: http://x.example/\n${own}`)).toContain('See the URL:');
    const unlike = `Date: next Monday\n\n[IMG: the cat] ${own}`;
    expect(stripBody(unlike)).toBe(unlike);
  });

  it('keeps what was forwarded, without its marks and header', () => {
    const forwarded = `FYI\n\n---------- Forwarded message ----------\nDate: Thu, 22 Aug 2002\nFrom: Ann <ann@example.com>\nTo: Bob\nSubject: x\n\n${own}\n\n----- End forwarded message -----`;
    expect(
      stripBody(forwarded)
        .split('\n')
        .filter((line) => line !== ''),
    ).toEqual(['FYI', ...own.split('\n')]);
    expect(
      stripBody(
        `--- begin forwarded text\n\nStatus: RO\nDelivered-To: x\nFrom: y\n\n${own}\n\n--- end forwarded text`,
      ).trim(),
    ).toBe(own);
  });

  it('is the quoted or answered text where its author wrote nothing else', () => {
    expect(stripBody('> buy now\n> at half price')).toBe('buy now\nat half price');
    expect(stripBody(`-----Original Message-----\nFrom: Ann\nTo: Bob\n\n${own}`)).toBe(own);
  });

  it.each([
    [own],
    ['A line\n--\nthat is drawn near the top\n' + 'and much text\n'.repeat(40) + 'end'],
    ['To: the point\nit is short'],
    ['a | b | c |\n| d | e |\nrows'],
    ['He wrote: a book.\nShe said so.'],
    ['From the start\nOn and on'],
    ['5 > 3\nx -> y'],
  ])('stays as it is: %j', (body) => {
    expect(stripBody(body)).toBe(body);
  });

  it('loses the line that names whom it quotes, and no line before it', () => {
    const sentence = 'Here is what I think of it';
    for (const attribution of ['Ann Example wrote:', 'ann@example.com, 7:52:'])
      expect(stripBody(`${sentence}\n${attribution}\n> quoted\n`).trim()).toBe(sentence);
    // The second line of two is looked at as far as the first is.
    const close = 'On Thu, 22 Aug 2002, Ann Example of a rather long name\n<ann@example.com> wrote:\nMine.';
    expect(stripBody(close)).toBe('Mine.');
    const long = `On Thu, 22 Aug 2002, Ann\n${'x'.repeat(190)} wrote:`;
    expect(stripBody(`${long}\n> quoted\n`)).toContain('On Thu, 22 Aug 2002, Ann');
    expect(stripBody('On Thu, 22 Aug 2002, Ann')).toBe('On Thu, 22 Aug 2002, Ann');
  });

  it('keeps a line of more than 200 characters, whatever it looks like', () => {
    const named = (length: number): string => `On ${'x'.repeat(length - 50)} wrote ${'y'.repeat(39)}:`;
    expect(named(200)).toHaveLength(200);
    expect(stripBody(`${named(200)}\n> quoted\n\n${own}`).trim()).toBe(own);
    expect(stripBody(`${named(201)}\n> quoted\n\n${own}`).split('\n')[0]).toBe(named(201));
  });

  it('reads ">From " as an mbox writes a line that begins with From', () => {
    expect(stripBody('>From here on it goes')).toBe('From here on it goes');
  });

  // As for the detectors: going back over what was read would take minutes.
  it.each(
    [
      '>',
      '> ',
      '\n',
      ' \n',
      '-',
      '--\n',
      '_',
      'On ',
      'On 1\n',
      'wrote: ',
      'a:\n',
      'From: a\n',
      'To: a\nSent: b\nSubject: c\n',
      '-----Original Message-----\n',
      '---- Forwarded message ----\n',
      'URL: a\n',
      'Date: a\n',
      'To unsubscribe',
      'x mailing list\n',
      'This sf.net email is sponsored by\n',
      '* a 1:11:',
    ].map((piece) => [piece]),
  )('is stripped in linear time, for a megabyte of %j', (piece) => {
    const before = process.cpuUsage();
    stripBody(piece.repeat(Math.ceil(1_000_000 / piece.length)));
    const {user, system} = process.cpuUsage(before);
    expect((user + system) / 1e6).toBeLessThan(30);
  });
});
