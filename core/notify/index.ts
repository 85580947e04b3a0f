/** What people are told, as a webhook’s body. */
export * from './broken-glass.ts';
export * from './message.ts';
