/** A part's header names its encoding so, maybe folded. */
const ENCODED = /^content-transfer-encoding:\s*"?base64\b/im;
const BOUNDARY = /\bboundary\s*=\s*(?:"([^"\r\n]{1,200})"|([^\s;"]{1,200}))/gi;
const DATA = /^[A-Za-z0-9+/]*={0,2}[ \t]*$/;

interface Stretch {
  readonly start: number;
  readonly end: number;
}

/**
 * The message without what stands behind the data of its base64 parts: lists append their footers there as plain text, which
 * a decoder takes for more data. Data ends with its padding (RFC 2045 6.8), or before the first line that cannot be data.
 */
export function withoutTextBehindBase64(bytes: Uint8Array): Uint8Array {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  if (!ENCODED.test(text)) return bytes;
  const cuts = partsOf(text).flatMap((part) => {
    const cut = behindData(text, part);
    return cut.start < cut.end ? [cut] : [];
  });
  if (cuts.length === 0) return bytes;
  const kept: Uint8Array[] = [];
  let at = 0;
  for (const {start, end} of cuts) {
    kept.push(bytes.subarray(at, start));
    at = end;
  }
  return Buffer.concat([...kept, bytes.subarray(at)]);
}

/** Header and body of each part: from the line behind one boundary to the next; a message without any is one part. */
function partsOf(text: string): Stretch[] {
  const boundaries = new Set([...text.matchAll(BOUNDARY)].map((match) => `--${match[1] ?? match[2]!}`));
  const parts: Stretch[] = [];
  let start = 0;
  if (boundaries.size > 0)
    for (const {index, 0: line} of text.matchAll(/^--.{1,202}$/gm)) {
      const mark = line.trimEnd();
      if (!boundaries.has(mark) && !boundaries.has(mark.replace(/--$/, ''))) continue;
      parts.push({start, end: index});
      start = index + line.length + 1;
    }
  return [...parts, {start: Math.min(start, text.length), end: text.length}];
}

/** From where a base64 part's data has ended to the end of the part; nothing if the data is all there is, or none was found. */
function behindData(message: string, {start, end}: Stretch): Stretch {
  const nothing = {start: end, end};
  // The line break before the part may be the first of the two that end an empty header.
  const from = Math.max(0, start - 1);
  const part = message.slice(from, end);
  const head = /\r?\n\r?\n/.exec(part);
  if (!head || !ENCODED.test(part.slice(0, head.index))) return nothing;
  let data = false;
  for (let at = head.index + head[0].length; at < part.length;) {
    const feed = part.indexOf('\n', at);
    const next = feed === -1 ? part.length : feed + 1;
    const line = part.slice(at, next).trimEnd();
    const fits = DATA.test(line);
    if (!fits && data) return {start: from + at, end};
    // Damaged from the first line on: the decoder makes of it what it can.
    if (!fits) return nothing;
    if (line.endsWith('=')) return {start: from + next, end};
    data ||= line !== '';
    at = next;
  }
  return nothing;
}
