/** Which rows a training takes. */
export * from './choose-rows.ts';
