/**
 * The data of each server-sent event, as soon as the blank line that ends it is there; an event that the end of the stream
 * cuts off is none. Lines end in CR, LF or CRLF; comments and fields besides `data` are passed over. WHATWG HTML, 9.2.6.
 */
export async function* eventData(chunks: AsyncIterable<string>): AsyncGenerator<string, void, undefined> {
  let data: string[] = [];
  for await (const line of linesOf(chunks)) {
    if (line === '') {
      if (data.length > 0) yield data.join('\n');
      data = [];
      continue;
    }
    const value = dataIn(line);
    if (value !== null) data.push(value);
  }
}

async function* linesOf(chunks: AsyncIterable<string>): AsyncGenerator<string, void, undefined> {
  let pending = '';
  let first = true;
  // The line ended in a CR that may be half of a CRLF: waiting for the rest would hold the event back.
  let afterCr = false;
  for await (const chunk of chunks) {
    if (chunk === '') continue;
    pending += chunk;
    if (first && pending.startsWith('\ufeff')) pending = pending.slice(1);
    first = false;
    if (afterCr && pending.startsWith('\n')) pending = pending.slice(1);
    let from = 0;
    for (const {0: end, index} of pending.matchAll(/\r\n|\r|\n/g)) {
      yield pending.slice(from, index);
      from = index + end.length;
    }
    afterCr = from === pending.length && pending.endsWith('\r');
    pending = pending.slice(from);
  }
}

/** What a line says of the data; null for another field or a comment. */
function dataIn(line: string): string | null {
  if (line === 'data') return '';
  if (!line.startsWith('data:')) return null;
  return line.slice(line.startsWith('data: ') ? 6 : 5);
}
