/** Characters that are looked at in all: an answer of brackets alone would be read once for each of them. */
const WORK = 5_000_000;

/** The outermost JSON objects and lists within a text, in order. What is looked at is bounded, so of a hostile text some are missed. */
export function jsonIn(text: string): string[] {
  const found: string[] = [];
  let left = WORK;
  for (let at = 0; at < text.length && left > 0; at++) {
    if (text[at] !== '{' && text[at] !== '[') continue;
    const end = endOf(text, at, left);
    left -= Math.max(1, Math.abs(end) - at);
    if (end < 0) continue;
    const part = text.slice(at, end);
    try {
      JSON.parse(part);
      found.push(part);
      at = end - 1;
    } catch {
      // Brackets in prose; JSON may begin within them.
    }
  }
  return found;
}

/** Behind the bracket that closes the one at `from`; negative, and how far it was looked for, where there is none. */
function endOf(text: string, from: number, most: number): number {
  let open = 0;
  let inString = false;
  const last = Math.min(text.length, from + most);
  for (let at = from; at < last; at++) {
    const sign = text[at];
    if (inString) {
      if (sign === '\\') at++;
      else if (sign === '"') inString = false;
    } else if (sign === '"') inString = true;
    else if (sign === '{' || sign === '[') open++;
    else if ((sign === '}' || sign === ']') && --open === 0) return at + 1;
  }
  return -last;
}
