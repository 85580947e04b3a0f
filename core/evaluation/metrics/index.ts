/** Scores of text and labels: BLEU, chrF, ROUGE, SQuAD, perplexity, classification. */
export * from './bleu.ts';
export * from './chrf.ts';
export * from './classification.ts';
export * from './json-fields.ts';
export * from './ngrams.ts';
export * from './perplexity.ts';
export * from './porter.ts';
export * from './rouge.ts';
export * from './squad.ts';
export * from './tokenize-13a.ts';
