/** What people are told, as a webhook’s body. */
export * from './message.ts';
