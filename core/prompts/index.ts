/** Prompts as the model sees them: templates, chat templates, tokenizers, cutting to a length. */
export * from './byte-level.ts';
export * from './chat-template.ts';
export * from './cut.ts';
export * from './default-system.ts';
export * as files from './files/index.ts';
export * from './fill.ts';
export * from './from-config.ts';
export * from './gguf.ts';
export * from './measure.ts';
export * from './pieces.ts';
export * from './render.ts';
export * from './sentencepiece.ts';
export * from './template-date.ts';
export * from './tokenizer.ts';
export * from './turn-tokens.ts';
