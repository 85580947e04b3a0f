/**
 * The data of each server-sent event, as soon as the blank line that ends it is there; an event that the end of the stream
 * cuts off is none. Lines end in CR, LF or CRLF; comments and fields besides `data` are passed over. WHATWG HTML, 9.2.6.
 */
export class EventReader {
  readonly #onData: (data: string) => void;
  #pending = '';
  #first = true;
  /** The line ended in a CR that may be half of a CRLF: waiting for the rest would hold the event back. */
  #afterCr = false;
  #data: string[] = [];

  constructor(onData: (data: string) => void) {
    this.#onData = onData;
  }

  /** The next piece of the stream, cut anywhere. Throws what `onData` throws. */
  take(piece: string): void {
    if (piece === '') return;
    let text = this.#pending + piece;
    if (this.#first && text.startsWith('\ufeff')) text = text.slice(1);
    this.#first = false;
    if (this.#afterCr && text.startsWith('\n')) text = text.slice(1);
    let from = 0;
    for (const {0: end, index} of text.matchAll(/\r\n|\r|\n/g)) {
      this.#line(text.slice(from, index));
      from = index + end.length;
    }
    this.#afterCr = from === text.length && text.endsWith('\r');
    this.#pending = text.slice(from);
  }

  #line(line: string): void {
    if (line !== '') {
      const value = dataIn(line);
      if (value !== null) this.#data.push(value);
    } else if (this.#data.length > 0) {
      const data = this.#data.join('\n');
      this.#data = [];
      this.#onData(data);
    }
  }
}

/** What a line says of the data; null for another field or a comment. */
function dataIn(line: string): string | null {
  if (line === 'data') return '';
  if (!line.startsWith('data:')) return null;
  return line.slice(line.startsWith('data: ') ? 6 : 5);
}
