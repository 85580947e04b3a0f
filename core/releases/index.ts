/** A release's parts: how a project's settings compose them, how they are read, and what differs between two. */
export * from './changes.ts';
export * from './compose.ts';
export * from './in-words.ts';
export * from './line-diff.ts';
export * from './models.ts';
export * from './provider-part.ts';
export * from './release-diff.ts';
export * from './release-parts.ts';
