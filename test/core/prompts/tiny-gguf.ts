/** A GGUF file's metadata as bytes, written by the format's rules (ggml docs/gguf.md), to be read back in tests. */
export type Value =
  | {readonly u32: number}
  | {readonly u64: bigint}
  | {readonly f32: number}
  | {readonly bool: boolean}
  | {readonly text: string}
  | {readonly texts: readonly string[]}
  | {readonly ints: readonly number[]}
  | {readonly floats: readonly number[]};

export function ggufBytes(
  metadata: Readonly<Record<string, Value>>,
  {version = 3, magic = 'GGUF'} = {},
): Buffer {
  const pairs = Object.entries(metadata);
  return Buffer.concat([
    Buffer.from(magic),
    u32(version),
    u64(2n), // tensors
    u64(BigInt(pairs.length)),
    ...pairs.flatMap(([key, value]) => [text(key), ...typed(value)]),
    Buffer.alloc(64, 0xee), // what follows is no metadata
  ]);
}

function typed(value: Value): Buffer[] {
  if ('u32' in value) return [u32(4), u32(value.u32)];
  if ('u64' in value) return [u32(10), u64(value.u64)];
  if ('f32' in value) {
    const bytes = Buffer.alloc(4);
    bytes.writeFloatLE(value.f32);
    return [u32(6), bytes];
  }
  if ('bool' in value) return [u32(7), Buffer.from([value.bool ? 1 : 0])];
  if ('text' in value) return [u32(8), text(value.text)];
  if ('texts' in value) return [u32(9), u32(8), u64(BigInt(value.texts.length)), ...value.texts.map(text)];
  if ('floats' in value) {
    const bytes = Buffer.alloc(4 * value.floats.length);
    value.floats.forEach((n, i) => bytes.writeFloatLE(n, 4 * i));
    return [u32(9), u32(6), u64(BigInt(value.floats.length)), bytes];
  }
  return [u32(9), u32(5), u64(BigInt(value.ints.length)), ...value.ints.map((n) => u32(n))];
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([u64(BigInt(bytes.length)), bytes]);
}
function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
function u64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}

/** GPT-2's printable stand-ins for bytes, in byte order: the base of every byte-level vocabulary. */
export function byteAlphabet(): string[] {
  let next = 0x100;
  return Array.from({length: 256}, (_, byte) => {
    const printable =
      (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);
    return String.fromCharCode(printable ? byte : next++);
  });
}

export const CHATML =
  "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

/** A whole tokenizer in a few hundred tokens: bytes, a few merges, two control tokens. */
export function tinyTokenizerGguf(change: Readonly<Record<string, Value>> = {}): Buffer {
  const merges = ['s p', 'a m', 'sp am', 'Ġ spam', 'Ġ h', 'Ġh am', 'Ġ Ġ', 'Ċ Ċ', '1 2'];
  const controls = ['<|im_start|>', '<|im_end|>', '<filename>'];
  const tokens = [...controls, ...byteAlphabet(), ...merges.map((merge) => merge.replace(' ', ''))];
  return ggufBytes({
    'tokenizer.ggml.model': {text: 'gpt2'},
    'tokenizer.ggml.pre': {text: 'smollm'},
    'tokenizer.ggml.tokens': {texts: tokens},
    'tokenizer.ggml.token_type': {ints: tokens.map((_, id) => (id < controls.length ? 3 : 1))},
    'tokenizer.ggml.merges': {texts: merges},
    'tokenizer.ggml.eos_token_id': {u32: 1},
    'tokenizer.chat_template': {text: CHATML},
    ...change,
  });
}
