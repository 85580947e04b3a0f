import {open, readFile} from 'node:fs/promises';
import path from 'node:path';
import {describe, expect, it} from 'vitest';
import {tokenizerFromGguf, tokenizerFromJson, type Tokenizer} from '../../../core/prompts/tokenizer.ts';
import {modelPath} from '../../serving/project-store.ts';
import {byteAlphabet, ggufBytes, tinyTokenizerGguf} from './tiny-gguf.ts';
import {SENTENCE_PIECES, tinySentencePieceGguf, tinySentencePieceJson} from './tiny-sentencepiece.ts';

const fromBytes = (bytes: Buffer): Promise<Tokenizer> =>
  tokenizerFromGguf((n) => Promise.resolve(bytes.subarray(0, n)));
const tokensOf = (tokenizer: Tokenizer, text: string): string[] =>
  tokenizer.encode(text).map((id) => tokenizer.decode([id]));

describe('a SentencePiece tokenizer from GGUF metadata', () => {
  it('joins the pair of the highest score first, and then what that makes possible', async () => {
    const tokenizer = await fromBytes(tinySentencePieceGguf(false));
    // "am" goes before "pa", which would leave "s" and "m".
    expect(tokensOf(tokenizer, 'spam')).toEqual(['spam']);
    expect(tokensOf(tokenizer, 'spaham spam')).toEqual(['s', 'pa', 'ham', ' spam']);
    expect(tokenizer.encode('am')).toEqual([SENTENCE_PIECES.findIndex(([text]) => text === 'am')]);
  });

  it('puts a space in front where the model was trained so, or says nothing of it, and takes it back', async () => {
    for (const prefix of [true, undefined]) {
      const tokenizer = await fromBytes(tinySentencePieceGguf(prefix));
      expect(tokenizer.encode('spam')).toEqual([SENTENCE_PIECES.findIndex(([text]) => text === '▁spam')]);
      for (const text of ['spam', ' spam', '  é', '\n\nham', ''])
        expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
    }
  });

  it('finds user-defined tokens first, and takes bytes for what it has no token for', async () => {
    const tokenizer = await fromBytes(tinySentencePieceGguf(false));
    expect(tokensOf(tokenizer, 'am\n\nam')).toEqual(['am', '\n\n', 'am']);
    expect(tokenizer.encode('é')).toEqual([3 + 0xc3, 3 + 0xa9]);
    for (const text of ['', ' ', 'é日本語😀', 'spam  \n\n\nham', '<s>'])
      expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
  });

  it('never takes a control token from plain text, and users may write user-defined ones', async () => {
    const tokenizer = await fromBytes(tinySentencePieceGguf(false));
    expect(tokenizer.encode('<s>spam')).not.toContain(1);
    expect(tokenizer.encodePrompt('<s>spam')).toEqual([1, ...tokenizer.encode('spam')]);
    expect(tokenizer.controls).toEqual(['<s>', '</s>']);
    expect(tokenizer.eos).toEqual({id: 2, text: '</s>'});
  });
});

describe('a byte-level tokenizer from GGUF metadata', async () => {
  const tokenizer = await fromBytes(tinyTokenizerGguf());

  it('merges within words, by rank', () => {
    expect(tokensOf(tokenizer, 'spam spam ham')).toEqual(['spam', ' spam', ' ham']);
  });

  it('sets every digit apart, so that no merge joins two', () => {
    expect(tokensOf(tokenizer, ' 12')).toEqual([' ', '1', '2']);
  });

  it('takes white space before a digit as one piece, as llama.cpp does', () => {
    // "\n\n" before a letter leaves the last line break to the word; before a digit both belong together.
    expect(tokensOf(tokenizer, '\n\n1')).toEqual(['\n\n', '1']);
    expect(tokensOf(tokenizer, '\n\na')).toEqual(['\n', '\n', 'a']);
  });

  it('gives back any text, whatever its bytes', () => {
    for (const text of ['', ' ', 'é日本語😀', '\ufeffa', 'a .  b', 'don\'t "x" , y', '\t\r\n\u00a0', '½²٣'])
      expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
  });

  it('never takes a control token from plain text, and finds it in a prompt', () => {
    const text = '<|im_start|>spam<filename>';
    expect(tokenizer.encode(text)).not.toContain(0);
    expect(tokenizer.encodePrompt(text).filter((id) => id < 3)).toEqual([0, 2]);
    expect(tokenizer.decode(tokenizer.encodePrompt(text))).toBe(text);
    expect(tokenizer.controls).toEqual(['<|im_start|>', '<|im_end|>', '<filename>']);
    expect(tokenizer.eos).toEqual({id: 1, text: '<|im_end|>'});
  });

  it('reads on where the metadata is longer than the first bytes', async () => {
    const asked: number[] = [];
    const long = tinyTokenizerGguf({'general.description': {text: 'x'.repeat(5_000_000)}});
    await tokenizerFromGguf((n) => {
      asked.push(n);
      return Promise.resolve(long.subarray(0, n));
    });
    expect(asked).toEqual([4 * 2 ** 20, 8 * 2 ** 20]);
  });

  it.each([
    ['ends in the middle of its metadata', tinyTokenizerGguf().subarray(0, 900)],
    ['cannot be read as GGUF: it does not start with "GGUF"', Buffer.from('not a model at all')],
    ['has a tokenizer of kind "bert"', tinyTokenizerGguf({'tokenizer.ggml.model': {text: 'bert'}})],
    ['splits text as "qwen2", known are', tinyTokenizerGguf({'tokenizer.ggml.pre': {text: 'qwen2'}})],
    ['has a tokenizer of kind "undefined"', ggufBytes({})],
  ])('refuses a file that %s', async (message, bytes) => {
    await expect(fromBytes(bytes)).rejects.toMatchObject({
      type: 'InvalidInput',
      message: expect.stringContaining(message),
    });
  });
});

describe('a tokenizer from tokenizer.json', () => {
  const tokens = [...byteAlphabet(), 'Ġh', 'Ġha', 'Ġham'];
  const json = {
    added_tokens: [{id: tokens.length, content: '<|end|>', special: true}],
    pre_tokenizer: {type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true},
    decoder: {type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true},
    model: {
      type: 'BPE',
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges: ['Ġ h', 'Ġh a', 'Ġha m'],
    },
  };
  const tokenizer = tokenizerFromJson(json, {eos_token: {content: '<|end|>'}, chat_template: '{{ "x" }}'});

  it('encodes by its own pieces and knows its end and template', () => {
    expect(tokensOf(tokenizer, 'a ham')).toEqual(['a', ' ham']);
    expect(tokenizer.eos).toEqual({id: 259, text: '<|end|>'});
    expect(tokenizer.encodePrompt(' ham<|end|>')).toEqual([258, 259]);
    expect(tokenizer.encode('<|end|>')).toHaveLength(7);
    expect(tokenizer.chatTemplate).toBe('{{ "x" }}');
    expect(tokenizerFromJson(json, {}, 'from its own file').chatTemplate).toBe('from its own file');
  });

  it('gives back the text, of SentencePiece too', () => {
    for (const space of ['prepend', 'metaspace', 'none'] as const) {
      const pieces = tokenizerFromJson(tinySentencePieceJson(space), {});
      for (const text of ['', 'spam ham', 'é日本語😀 spam', 'ham  spam\n']) {
        expect(pieces.decode(pieces.encode(text))).toBe(text);
      }
    }
  });

  it('splits the same with and without a memory of pieces', () => {
    // A normalizer switches the memory off: what remains is the library alone.
    const plain = tokenizerFromJson({...json, normalizer: {type: 'Sequence', normalizers: []}}, {});
    for (const text of ["It's  a\n\n ham, 12 don't  ", ' \n x', '“ham”—no', 'tab\there', '  two', 'end  '])
      expect(tokenizer.encode(text)).toEqual(plain.encode(text));
  });
});

describe('the default model', async () => {
  const tokenizer = await tokenizerFromGguf(async (n) => {
    const file = await open(modelPath());
    const {buffer, bytesRead} = await file.read(Buffer.alloc(n), 0, n, 0);
    await file.close();
    return buffer.subarray(0, bytesRead);
  });

  it('gives the ids that transformers gives, on 200 real mails', async () => {
    // Made with AutoTokenizer of transformers 5.24.0 on the dequantised model's folder, add_special_tokens=False.
    const fixture = await readFile(path.join(import.meta.dirname, 'hf-token-ids.jsonl'), 'utf8');
    const rows = fixture
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as {text: string; ids: number[]});
    expect(rows).toHaveLength(200);
    for (const {text, ids} of rows) {
      expect(tokenizer.encodePrompt(text)).toEqual(ids);
      expect(tokenizer.decode(ids)).toBe(text);
    }
  });

  it('has one token for each answer of a plain prompt', () => {
    expect(tokenizer.encode(' spam')).toHaveLength(1);
    expect(tokenizer.encode(' ham')).toHaveLength(1);
    expect(tokenizer.encode('spam').length).toBeGreaterThan(1);
    expect(tokenizer.eos?.text).toBe('<|im_end|>');
  });
});
