import {describe, expect, it} from 'vitest';
import {canonicalJson} from '../../../core/identity/canonical-json.ts';
import {ENTITIES} from '../../../schemas/names.ts';
import {
  transformRecord,
  transformRequest,
  type TransformConfig,
  type Transformed,
} from '../../../core/curation/transform.ts';
import {realMails} from './mails.ts';

const key = Buffer.alloc(32, 7);
const mail: TransformConfig = {format: 'mail', fields: ['subject', 'body'], pii: [...ENTITIES]};

async function ok(result: ReturnType<typeof transformRecord>): Promise<Transformed> {
  const settled = await result;
  if (settled.status !== 'ok') throw new Error(settled.reason);
  return settled.value;
}

const RAW = `From ann@example.com  Thu Aug 22 14:44:26 2002
Received: from mail.example.com (mail.example.com [192.0.2.1])
From: Ann <ann@example.com>
To: users@lists.example.net
Subject: Re: [users] The caf\xe9 on 5th
In-Reply-To: <20020822@example.com>
Content-Type: text/plain; charset=iso-8859-1

On Thu, 22 Aug 2002, Bob wrote:
> Where is it?

The caf\xe9 is at the corner,  call (415) 555-0132 or
write to bob@example.org.

-- 
Ann
_______________________________________________
users mailing list
users@lists.example.net
`.replaceAll('\n', '\r\n');
const bytes = Buffer.from(RAW, 'latin1');

describe('the input transform on a mail', () => {
  it('leaves what its author wrote: parsed, stripped, normalised, scrubbed', async () => {
    const value = await ok(transformRecord(bytes, mail, key));
    expect(value.fields).toEqual({
      subject: 'The café on 5th',
      body: expect.stringMatching(
        /^The café is at the corner, call <PHONE_[0-9a-f]{8}> or\nwrite to <EMAIL_[0-9a-f]{8}>\.$/,
      ),
    });
    expect(value).toMatchObject({slices: ['short', 'pii'], scrubbed: {phone: 1, email: 1}});
    expect(value.text).toBe(`${value.fields.subject}\n${value.fields.body}`);
    expect(value.chars).toBe(value.fields.body!.length);
  });

  it('takes a mail in every form a client may send, with the same bytes out', async () => {
    const {fields} = await ok(transformRecord(bytes, mail, key));
    const body = RAW.slice(RAW.indexOf('\r\n\r\n') + 4);
    const forms: (string | object)[] = [
      RAW, // read byte by byte
      {subject: 'Re: [users] The café on 5th', body},
      JSON.stringify({subject: 'Re: [users] The café on 5th', body}),
      fields,
      JSON.stringify(fields),
    ];
    for (const form of forms) expect((await ok(transformRequest(form, mail, key))).fields).toEqual(fields);
    const utf8 = RAW.replace('iso-8859-1', 'utf-8');
    expect((await ok(transformRequest(utf8, mail, key))).fields).toEqual(fields);
  });

  it('takes plain text for a body', async () => {
    const value = await ok(transformRequest('Note: this has a colon.\n\nAnd two paragraphs.', mail, key));
    expect(value.fields).toEqual({subject: '', body: 'Note: this has a colon.\nAnd two paragraphs.'});
  });

  it('marks new threads and HTML', async () => {
    const html = await ok(
      transformRecord(
        Buffer.from('Subject: x\nContent-Type: text/html\n\n<p>Some text that is shown</p>'),
        mail,
        key,
      ),
    );
    expect(html.slices).toEqual(['new-thread', 'html', 'short']);
    expect((await ok(transformRecord({subject: 'Re: x', body: 'y'}, mail, key))).slices).not.toContain(
      'new-thread',
    );
  });

  it.each([
    [{subject: 'x'}, 'expected a mail'],
    [{subject: 1, body: 'x'}, 'expected a mail'],
    [null, 'expected a mail'],
    [Buffer.alloc(0), 'the message is empty'],
  ])('refuses %j', async (raw, reason) => {
    expect(await transformRecord(raw, mail, key)).toEqual({
      status: 'drop',
      rule: 'malformed',
      reason: expect.stringContaining(reason),
    });
  });

  it.each(['easy-ham-1', 'easy-ham-2', 'hard-ham-1', 'spam-1', 'spam-2'])(
    'changes nothing in what comes out of it: %s',
    async (group) => {
      for (const {id, bytes: raw} of realMails(group, 250)) {
        const {fields} = await ok(transformRecord(raw, mail, key));
        expect((await ok(transformRequest(JSON.stringify(fields), mail, key))).fields, id).toEqual(fields);
      }
    },
  );

  it('leaves no mark of the list a mail came through', async () => {
    const marks = /mailing list\b|listinfo|sf\.net email is sponsored|Yahoo! Groups Sponsor|^URL: |^Date: /m;
    const marked: string[] = [];
    for (const {id, bytes: raw} of realMails('easy-ham-1', 600)) {
      const {fields} = await ok(transformRecord(raw, mail, key));
      expect(fields.subject, id).not.toMatch(/^(re|fwd?|aw):|^\[[^\]]+\]/i);
      if (marks.test(fields.body!.split('\n').slice(-6).join('\n')) || /^(URL|Date): /.test(fields.body!))
        marked.push(id);
    }
    // A few mails are about mailing lists.
    expect(marked.length).toBeLessThan(12);
  });
});

describe('the input transform on other records', () => {
  const record: TransformConfig = {format: 'record', fields: ['title', 'price'], pii: ['email']};

  it('takes the configured fields as text', async () => {
    const raw = {title: ' A  b\n\n\nc a@example.com', price: 12.5, other: 'left out'};
    const value = await ok(transformRecord(raw, record, key));
    expect(value.fields).toEqual({title: expect.stringMatching(/^A b\n\nc <EMAIL_/), price: '12.5'});
    expect(value.chars).toBe(Object.values(value.fields).join('\n').length);
    expect((await ok(transformRequest(JSON.stringify(raw), record, key))).fields).toEqual(value.fields);
  });

  it.each([
    [{title: 'x'}, 'field "price" is missing'],
    [{title: 'x', price: null}, 'field "price" is missing'],
    [{title: {}, price: 1}, 'field "title" is no text'],
    ['x', 'expected an object with title, price'],
    [['x'], 'expected an object with title, price'],
  ])('says what is wrong with %j', async (raw, reason) => {
    expect(await transformRequest(raw, record, key)).toEqual({status: 'drop', rule: 'malformed', reason});
  });

  it('takes text as it is, whatever it looks like', async () => {
    const text: TransformConfig = {format: 'text', fields: [], pii: []};
    expect((await ok(transformRequest('{"a": 1}', text, key))).fields).toEqual({text: '{"a": 1}'});
    expect((await ok(transformRequest({text: 'hello'}, text, key))).fields).toEqual({text: 'hello'});
  });

  const chat: TransformConfig = {format: 'chat', fields: [], pii: ['email', 'card']};

  it('scrubs conversations with their layout, parts and tool calls', async () => {
    const messages = [
      {role: 'system', content: 'Be brief.'},
      {
        role: 'user',
        content: [
          {type: 'text', text: 'I am a@example.com'},
          {type: 'image_url', image_url: {url: 'http://x/y.png'}},
        ],
      },
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          {id: '1', type: 'function', function: {name: 'pay', arguments: '{"card": "4111111111111111"}'}},
        ],
      },
      {role: 'tool', tool_call_id: '1', content: 'if ok:\n    return  1'},
    ];
    const value = await ok(transformRecord({messages}, chat, key));
    expect(value.messages).toMatchObject([
      messages[0]!,
      {
        role: 'user',
        content: [{type: 'text', text: expect.stringMatching(/^I am <EMAIL_/)}, messages[1]!.content![1]],
      },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{function: {arguments: expect.stringMatching(/^\{"card": "<CARD_/)}}],
      },
      messages[3]!,
    ]);
    expect(value.slices).toEqual(['pii', 'tools']);
    expect((await ok(transformRequest(value.messages!, chat, key))).messages).toEqual(value.messages);
  });

  it('makes whole what holds half a character, in whatever text of a conversation', async () => {
    const half = 'half \ud800';
    const call = {id: half, type: 'function', function: {name: half, arguments: JSON.stringify({a: half})}};
    const parts = [
      {type: 'text', text: half},
      {type: 'image_url', image_url: {url: half}},
      {type: 'image_url', image_url: {url: `data:${half}`}},
      {type: 'input_audio', input_audio: {data: half, format: half}},
    ];
    const messages = [
      {role: 'user', name: half, content: parts},
      {role: 'assistant', content: null, tool_calls: [call]},
      {role: 'tool', tool_call_id: half, content: half},
    ];
    const {messages: made} = await ok(transformRecord({messages}, chat, key));
    const whole = JSON.stringify(messages).replaceAll('\\\\ud800', '\ufffd').replaceAll('\\ud800', '\ufffd');
    expect(canonicalJson(made)).toBe(canonicalJson(JSON.parse(whole)));
  });

  it.each([
    [[], 'expected a list of messages'],
    [{messages: 'x'}, 'expected a list of messages'],
    [
      [
        {role: 'user', content: 'x'},
        {role: 'robot', content: 'x'},
      ],
      'message 2 has no known role',
    ],
    [[{role: 'user'}], 'message 1 has no content'],
    [[{role: 'user', content: ['x']}], 'message 1 content part 1 is no object'],
  ])('says what is wrong with the conversation %j', async (raw, reason) => {
    expect(await transformRecord(raw, chat, key)).toEqual({status: 'drop', rule: 'malformed', reason});
  });
});
