/** Of each task, the first so many validation rows are scored by the trainer, with what it exports, and by the engine, with the GGUF adapter. */
export const PARITY_ROWS = 8;
