/**
 * node-llama-cpp, found at run time. It is no dependency of the package: its CUDA and Vulkan builds are 600 MB and only
 * the root package's `overrides` can leave them out, so the launcher installs it into the user's cache.
 * The types below are the part of its 3.22 API that the engine uses.
 */
import {existsSync, readdirSync} from 'node:fs';
import {open} from 'node:fs/promises';
import {homedir} from 'node:os';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import {readGgufMetadata} from '../../core/prompts/gguf.ts';
import {RatchetError} from '../../schemas/errors.ts';

export interface NextToken {
  readonly token?: number | null;
  /** Token → raw logit, for the tokens asked for. */
  readonly logits?: Map<number, number>;
  /** Σ exp(logit − largest logit) over the vocabulary. */
  readonly totalLogitWeight?: number;
}
export interface GenerateNext {
  readonly token?: boolean;
  readonly totalLogitWeight?: boolean;
  readonly logits?:
    | true
    | {
        readonly filter: {
          readonly tokens: readonly number[];
          readonly includeSelected?: boolean;
          readonly includeTop?: number;
        };
      };
}
export type EvaluateItem = number | [token: number, options: {generateNext: GenerateNext}];

export interface NativeSequence {
  readonly nextTokenIndex: number;
  clearHistory(): Promise<void>;
  eraseContextTokenRanges(ranges: {start: number; end: number}[]): Promise<void>;
  controlledEvaluate(input: EvaluateItem[]): Promise<({next: NextToken} | undefined)[]>;
}
export interface NativeContext {
  readonly contextSize: number;
  getSequence(): NativeSequence;
  dispose(): Promise<void>;
}
export interface NativeModel {
  readonly trainContextSize: number;
  readonly tokens: {
    readonly bos: number | null;
    readonly bosString: string | null;
    readonly eosString: string | null;
    readonly shouldPrependBosToken: boolean;
  };
  readonly fileInfo: {
    readonly metadata: {
      readonly general: {readonly architecture: string};
      readonly tokenizer: {readonly chat_template?: string};
    };
  };
  tokenize(text: string, specialTokens: boolean): number[];
  detokenize(tokens: readonly number[], specialTokens?: boolean, lastTokens?: readonly number[]): string;
  isSpecialToken(token: number): boolean;
  isEogToken(token: number): boolean;
  iterateAllTokens(): Iterable<number>;
  createContext(options: {
    contextSize: number;
    threads: number;
    sequences: number;
    failedCreationRemedy: false;
    lora?: string;
  }): Promise<NativeContext>;
  dispose(): Promise<void>;
}
interface NativeLlama {
  loadModel(options: {modelPath: string}): Promise<NativeModel>;
}
interface NodeLlamaCpp {
  getLlama(options: {
    build: 'never';
    gpu: false | 'auto';
    logLevel: 'error';
    logger: (level: string, message: string) => void;
    progressLogs: false;
    maxThreads: number;
  }): Promise<NativeLlama>;
}

function cacheFolder(): string {
  const {RATCHET_CACHE, XDG_CACHE_HOME} = process.env;
  return (
    RATCHET_CACHE ?? (XDG_CACHE_HOME ? join(XDG_CACHE_HOME, 'ratchet') : join(homedir(), '.cache/ratchet'))
  );
}

/**
 * The folder whose node_modules holds node-llama-cpp: `RATCHET_LLAMA`, else the newest version in the user's cache.
 * Throws RatchetError InvalidInput if there is none.
 */
export function llamaFolder(): string {
  const holds = (folder: string) => existsSync(join(folder, 'node_modules/node-llama-cpp/package.json'));
  const named = process.env.RATCHET_LLAMA;
  if (named !== undefined) {
    if (holds(named)) return named;
    throw new RatchetError(
      'InvalidInput',
      `RATCHET_LLAMA=${named} holds no node_modules/node-llama-cpp: unset it, or install node-llama-cpp there`,
    );
  }
  const versions = join(cacheFolder(), 'llama');
  const found = existsSync(versions)
    ? readdirSync(versions)
        .sort((a, b) => b.localeCompare(a, 'en', {numeric: true}))
        .map((version) => join(versions, version))
        .find(holds)
    : undefined;
  if (found !== undefined) return found;
  throw new RatchetError(
    'InvalidInput',
    `node-llama-cpp is neither in ${versions} nor named by RATCHET_LLAMA: run "npm run demo" once, which installs it`,
  );
}

/** Enough for the magic and the version. */
const HEADER_BYTES = 64;

/**
 * The model's file: the argument, else `RATCHET_MODEL`, else the default model in the user's cache. Throws InvalidInput where
 * there is none, or where that is no GGUF file.
 */
export async function modelFile(named: string | undefined): Promise<string> {
  const file =
    named ?? process.env.RATCHET_MODEL ?? join(cacheFolder(), 'models/smollm2-135m-instruct/model.gguf');
  if (!existsSync(file))
    throw new RatchetError(
      'InvalidInput',
      `no model at ${file}: give --model FILE.gguf, set RATCHET_MODEL, or run "npm run demo" once`,
    );
  const opened = await open(file);
  const {buffer} = await opened.read(Buffer.alloc(HEADER_BYTES)).finally(() => opened.close());
  const read = readGgufMetadata(buffer);
  if (read.status !== 'unreadable') return file;
  throw new RatchetError(
    'InvalidInput',
    `${file} is no GGUF file (${read.reason}): fetch it again, or name another with --model or RATCHET_MODEL`,
  );
}

export interface NativeEngine {
  readonly model: NativeModel;
  /** What llama.cpp said in its error log since the last call; it says nothing on stdout or stderr. */
  takeErrors(): string[];
}

/** Loads the library and the model. ~1 s for the default model. */
export async function loadNative(options: {
  readonly model: string;
  readonly threads: number;
  readonly gpu: boolean;
}): Promise<NativeEngine> {
  const modules = join(llamaFolder(), 'node_modules');
  const library = (await import(
    pathToFileURL(join(modules, 'node-llama-cpp/dist/index.js')).href
  )) as NodeLlamaCpp;
  let errors: string[] = [];
  const llama = await library.getLlama({
    build: 'never',
    gpu: options.gpu ? 'auto' : false,
    logLevel: 'error',
    logger: (_level, message) => {
      if (errors.length < 50) errors.push(message.trim());
    },
    progressLogs: false,
    maxThreads: options.threads,
  });
  const model = await llama.loadModel({modelPath: options.model});
  return {
    model,
    takeErrors: () => {
      const taken = errors;
      errors = [];
      return taken;
    },
  };
}
