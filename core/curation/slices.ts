/** The slices that the input transform can give a row, by the format of the project's input. */
export const SLICES = {
  mail: ['new-thread', 'html', 'short', 'pii'],
  record: ['pii'],
  text: ['pii'],
  chat: ['pii', 'tools'],
} as const;
