/** What a model has to beat: bag of words, the majority class. */
export * from './against-bag-of-words.ts';
export * from './bag-of-words.ts';
export * from './lbfgs.ts';
export * from './majority.ts';
export * from './tf-idf.ts';
