/**
 * What a prompt file, its values and its rendering may take, so that a template or value that is made to be slow is refused, at
 * the same place on every machine: all of these are counts, none is a time.
 */
export const BOUNDS = {
  /** Of a file, in UTF-16 units. */
  fileChars: 256 * 1024,
  /** Of a prompt with its partials, each as often as it is rendered: UTF-16 units. */
  templateChars: 1024 * 1024,
  /** Partials that render partials. */
  partialDepth: 16,
  /** Tags within one another, those of partials too. */
  nesting: 32,
  /** Of a prompt's templates; more are not looked for. */
  problems: 100,
  /** Of one value, in code points, where its input says nothing. */
  valueChars: 1_000_000,
  /** Members of one value, and levels. */
  valueMembers: 100_000,
  valueDepth: 32,
  /** Texts, outputs and tags that are reached while a prompt renders, each as often as it is. */
  steps: 100_000,
  /** Characters and list elements that operators and filters look at. */
  work: 5_000_000,
  /** Of the rendered messages together, in UTF-16 units. */
  outputChars: 4_000_000,
} as const;
