/** The report as HTML, Markdown and model card. */
export * from './failures.ts';
export * from './html/page.ts';
export * from './hub-ids.ts';
export * from './markdown.ts';
export * from './terminal.ts';
export * from './model-card.ts';
export * from './view.ts';
