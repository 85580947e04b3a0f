import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {seededRandom} from '../../../serving/engine/sampler.ts';

/** SmolLM2-135M: rows that each weight reads and writes. */
const HIDDEN = 576;
const VALUES = 192;

export interface AdapterOptions {
  readonly seed: number;
  readonly rank?: number;
  /** Standard size of the weights; 0 makes an adapter that changes nothing. */
  readonly scale?: number;
  readonly layers?: number;
  readonly hidden?: number;
}

/** A peft folder with a random LoRA on q and v, and its GGUF form, as a trainer would have left it. ~100 KB. */
export async function writeAdapterFolder(folder: string, options: AdapterOptions): Promise<string> {
  const rank = options.rank ?? 2;
  await mkdir(folder, {recursive: true});
  await writeFile(
    join(folder, 'adapter_config.json'),
    JSON.stringify({
      peft_type: 'LORA',
      task_type: 'CAUSAL_LM',
      base_model_name_or_path: 'smollm2-135m-instruct',
      r: rank,
      lora_alpha: rank,
      target_modules: ['q_proj', 'v_proj'],
      bias: 'none',
    }),
  );
  const header = Buffer.from(JSON.stringify({__metadata__: {format: 'pt', seed: String(options.seed)}}));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  await writeFile(join(folder, 'adapter_model.safetensors'), Buffer.concat([length, header]));
  await writeFile(join(folder, 'adapter.gguf'), adapterGguf(options));
  return folder;
}

/** GGUF version 3 (ggml's docs/gguf.md): metadata, tensor table, then F32 tensors on 32-byte boundaries. */
export function adapterGguf({
  seed,
  rank = 2,
  scale = 0.1,
  layers = 12,
  hidden = HIDDEN,
}: AdapterOptions): Buffer {
  const random = seededRandom(seed);
  const tensors: {name: string; shape: [number, number]}[] = [];
  for (let layer = 0; layer < layers; layer++)
    for (const [weight, out] of [
      ['attn_q', hidden],
      ['attn_v', VALUES],
    ] as const)
      tensors.push(
        {name: `blk.${layer}.${weight}.weight.lora_a`, shape: [hidden, rank]},
        {name: `blk.${layer}.${weight}.weight.lora_b`, shape: [rank, out]},
      );
  const u32 = (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    return bytes;
  };
  const u64 = (value: number) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt(value));
    return bytes;
  };
  const text = (value: string) => Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);
  const alpha = Buffer.alloc(4);
  alpha.writeFloatLE(rank);
  const metadata = [
    Buffer.concat([text('general.type'), u32(8), text('adapter')]),
    Buffer.concat([text('general.architecture'), u32(8), text('llama')]),
    Buffer.concat([text('adapter.type'), u32(8), text('lora')]),
    Buffer.concat([text('adapter.lora.alpha'), u32(6), alpha]),
  ];
  const table: Buffer[] = [];
  const data: Buffer[] = [];
  let offset = 0;
  for (const {name, shape} of tensors) {
    table.push(Buffer.concat([text(name), u32(2), u64(shape[0]), u64(shape[1]), u32(0), u64(offset)]));
    const values = Float32Array.from({length: shape[0] * shape[1]}, () => (random() - 0.5) * 2 * scale);
    const bytes = Buffer.from(values.buffer);
    const padding = (32 - (bytes.length % 32)) % 32;
    data.push(bytes, Buffer.alloc(padding));
    offset += bytes.length + padding;
  }
  const head = Buffer.concat([
    Buffer.from('GGUF'),
    u32(3),
    u64(tensors.length),
    u64(metadata.length),
    ...metadata,
    ...table,
  ]);
  return Buffer.concat([head, Buffer.alloc((32 - (head.length % 32)) % 32), ...data]);
}
