import {jsonBeyond} from '../../core/access/json-bounds.ts';
import {fingerprint} from '../../core/curation/fingerprint.ts';
import {htmlToPlain} from '../../core/curation/html.ts';
import {detectLanguage} from '../../core/curation/language.ts';
import {ENTITIES} from '../../schemas/names.ts';
import {scrub} from '../../core/curation/pii/scrub.ts';
import {transformRecord} from '../../core/curation/transform.ts';
import {defuse} from '../../core/prompts/files/defuse.ts';
import {parsePromptFile} from '../../core/prompts/files/parse-prompt-file.ts';
import {ASSERTIONS} from '../../core/prompts/files/tests/assertions.ts';
import {renderPrompt} from '../../core/prompts/render.ts';
import type {Tokenizer} from '../../core/prompts/tokenizer.ts';
import type {AssertionName} from '../../schemas/prompt-file/assertion-names.ts';
import {readFrontMatter} from '../../schemas/prompt-file/read-front-matter.ts';
import type {PromptVersion, Release} from '../../schemas/release.ts';
import {Guardrails} from '../../serving/gateway/guardrails.ts';
import {StreamGuard} from '../../serving/gateway/stream-guard.ts';

const KEY = Buffer.alloc(32, 7);
const PII = [...ENTITIES];
/** Characters of a message, where a text comes as a conversation. */
const MESSAGE = 300;
/** As an engine sends an answer. */
const PIECE = 4;

const mail = (raw: string) => transformRecord(Buffer.from(raw), {format: 'mail', fields: [], pii: PII}, KEY);
const chat = (messages: object[]) => transformRecord(messages, {format: 'chat', fields: [], pii: PII}, KEY);
const pieces = (text: string, length: number): string[] =>
  Array.from({length: Math.ceil(text.length / length)}, (_, i) => text.slice(i * length, (i + 1) * length));
const call = (text: string) => ({
  id: 'a',
  type: 'function',
  function: {name: 'f', arguments: text},
});

/** Everything that reads what somebody else wrote, by what it does with a text. Of work alone: nothing is kept. */
export const SURFACES: Readonly<Record<string, (text: string) => unknown>> = {
  'a mail’s body': (text) => mail(`Subject: x\n\nhello\n\n${text}`),
  'a mail as text': (text) => transformRecord(`hello\n${text}`, {format: 'mail', fields: [], pii: PII}, KEY),
  'a mail’s subject': (text) => mail(`Subject: ${text.replace(/\n/g, '\n ')}\nX: y\n\nhello`),
  'a mail’s header': (text) =>
    mail(
      `Subject: x\nContent-Type: text/plain; ${text}\nTo: ${text.replace(/\n(?! )/g, '\nX-A: ')}\n\nhello`,
    ),
  'a mail’s HTML': (text) => mail(`Subject: x\nContent-Type: text/html\n\n${text}`),
  'a mail’s parts': (text) => mail(`Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\n${text}`),
  'an encoded mail': (text) =>
    mail(
      `Subject: x\nContent-Type: text/plain; format=flowed\nContent-Transfer-Encoding: quoted-printable\n\n${text}`,
    ),
  'a base64 mail': (text) => mail(`Subject: x\nContent-Transfer-Encoding: base64\n\nQUFB\n${text}`),
  'a text': (text) => transformRecord(text, {format: 'text', fields: [], pii: PII}, KEY),
  'a message': (text) => chat([{role: 'user', content: text}]),
  'a conversation': (text) => chat(pieces(text, MESSAGE).map((content) => ({role: 'user', content}))),
  'tool calls': (text) =>
    chat([
      {role: 'assistant', tool_calls: [call(text), call(JSON.stringify(pieces(text, PIECE)))]},
      {role: 'assistant', tool_calls: pieces(text, MESSAGE).map(call)},
    ]),
  HTML: htmlToPlain,
  'the scrub': (text) => scrub(text, {entities: ENTITIES, key: KEY}),
  'a row': async (text) => {
    await detectLanguage(text);
    return fingerprint({fields: {text}}, {shingleWords: 5, bands: 14, rows: 8});
  },
  'a streamed answer': (text) => {
    const guard = new StreamGuard(new Guardrails(POLICY, KEY));
    for (const piece of pieces(text.slice(0, STREAMED), PIECE)) guard.push(piece);
    return guard.end();
  },
  'a prompt file': (text) =>
    parsePromptFile(`---\ninputs: {v: {type: string}}\n---\n# user\n${text}\n{{ v }}`, {
      file: 'p.prompt.md',
      readFrontMatter,
    }),
  'a prompt’s front matter': (text) =>
    parsePromptFile(`---\n${text}\n---\nx`, {file: 'p.prompt.md', readFrontMatter}),
  'a prompt’s value': (text) => defuse(text, ['body', 'subject', 'a'], {goesOn: true}),
  'an answer under test': (text) =>
    ['contains-json', 'is-json', 'regex', 'rouge-n', 'bleu'].map((name) =>
      ASSERTIONS[name as AssertionName](
        {text},
        {value: name.endsWith('json') ? undefined : '(a+)+ b', threshold: 1, inverse: false},
      ),
    ),
  'JSON’s bounds': (text) => jsonBeyond(Buffer.from(text), {depth: Infinity, values: Infinity}),
};

/** An answer is no longer than its tokens. */
const STREAMED = 16_384;
const POLICY = {
  guardrails: {v: 1, maxInputChars: 1, scrubOutput: true, stripInvisible: true, blockPatterns: []},
  transform: {pii: PII},
} as unknown as Release;

/** What only a tokenizer does. */
export function promptSurface(tokenizer: Tokenizer): (text: string) => unknown {
  const prompt: PromptVersion = {
    v: 1,
    task: 'fuzz',
    kind: 'generation',
    format: 'plain',
    template: '{{text}}',
    inputs: ['text'],
    trim: 'text',
    maxInputTokens: 2048,
    maxOutputTokens: 16,
    temperature: 0,
    stop: [],
  };
  return (text) => renderPrompt(prompt, {text}, tokenizer);
}
