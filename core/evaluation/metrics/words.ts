/** Unicode white space as Python's str.split() has it; JavaScript's \s lacks U+001C–1F and U+0085 and has U+FEFF. */
export const SPACE = /[\t-\r\u001c-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/u;
const SPACES = new RegExp(SPACE, 'gu');
const SPACE_AT_END = new RegExp(`${SPACE.source}$`, 'u');

/** Runs of non-space. The metrics' published values come from Python, so they split where Python does. */
export function splitWords(text: string): string[] {
  return text.split(SPACE).filter((word) => word !== '');
}

export function withoutSpace(text: string): string {
  return text.replace(SPACES, '');
}

/** Python's str.rstrip(). */
export function trimEnd(text: string): string {
  return text.replace(SPACE_AT_END, '');
}
