/** Two releases part by part: what an approver signs. */
export * from './changes.ts';
export * from './in-words.ts';
export * from './line-diff.ts';
export * from './models.ts';
export * from './release-diff.ts';
export * from './release-parts.ts';
