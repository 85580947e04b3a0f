/** Foreground colour (0–7, 8–15 bright; null: the terminal's own) and weight of a cell. */
export interface Style {
  readonly colour: number | null;
  readonly bold: boolean;
}
export interface Cell extends Style {
  readonly text: string;
}

const PLAIN: Style = {colour: null, bold: false};
/** Control sequences, other control characters, and text between them. */
const PIECES =
  /\x1b\[([?\d;]*)([A-Za-z])|\x1b[=>78()][A-Z0-9]?|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|([\r\n\b\t])|([^\x00-\x1f\x7f]+)/g;

/**
 * What a terminal of a fixed size shows of the bytes written to it: text, colours, cursor moves, erasing, scrolling.
 * The part of ECMA-48 that command lines use.
 */
export class Screen {
  readonly #columns: number;
  readonly #rows: number;
  #cells: Cell[][] = [];
  #x = 0;
  #y = 0;
  #style = PLAIN;

  constructor({columns, rows}: {readonly columns: number; readonly rows: number}) {
    this.#columns = columns;
    this.#rows = rows;
    this.#cells = Array.from({length: rows}, () => []);
  }

  write(bytes: string): void {
    for (const [, params, command, control, text] of bytes.matchAll(PIECES)) {
      if (text !== undefined) for (const sign of text) this.#put(sign);
      else if (control !== undefined) this.#control(control);
      else if (command !== undefined) this.#sequence(command, params!);
    }
  }

  /** The lines from the top, without what is blank at their ends. */
  lines(): readonly (readonly Cell[])[] {
    return this.#cells.map((line) => {
      const last = line.findLastIndex(({text}) => text !== ' ');
      return line.slice(0, last + 1);
    });
  }

  #put(text: string): void {
    if (this.#x >= this.#columns) {
      this.#x = 0;
      this.#down();
    }
    const line = this.#cells[this.#y]!;
    while (line.length < this.#x) line.push({...PLAIN, text: ' '});
    line[this.#x++] = {...this.#style, text};
  }

  #down(): void {
    if (++this.#y < this.#rows) return;
    this.#y = this.#rows - 1;
    this.#cells = [...this.#cells.slice(1), []];
  }

  #control(sign: string): void {
    if (sign === '\r') this.#x = 0;
    else if (sign === '\n') this.#down();
    else if (sign === '\b') this.#x = Math.max(0, this.#x - 1);
    else this.#x = Math.min(this.#columns - 1, (Math.floor(this.#x / 8) + 1) * 8);
  }

  #sequence(command: string, params: string): void {
    const numbers = params.split(';').map((one) => Number.parseInt(one, 10));
    const first = Number.isNaN(numbers[0]!) ? null : numbers[0]!;
    const by = first ?? 1;
    if (command === 'A') this.#y = Math.max(0, this.#y - by);
    else if (command === 'B') this.#y = Math.min(this.#rows - 1, this.#y + by);
    else if (command === 'C') this.#x = Math.min(this.#columns - 1, this.#x + by);
    else if (command === 'D') this.#x = Math.max(0, this.#x - by);
    else if (command === 'G') this.#x = by - 1;
    else if (command === 'H') [this.#y, this.#x] = [by - 1, (numbers[1] || 1) - 1];
    else if (command === 'K') this.#eraseLine(first ?? 0);
    else if (command === 'J') this.#eraseBelow(first ?? 0);
    else if (command === 'm') this.#restyle(numbers);
  }

  #eraseLine(mode: number): void {
    const line = this.#cells[this.#y]!;
    if (mode === 0) line.length = Math.min(line.length, this.#x);
    else if (mode === 2) line.length = 0;
    else for (let x = 0; x <= this.#x && x < line.length; x++) line[x] = {...PLAIN, text: ' '};
  }

  #eraseBelow(mode: number): void {
    if (mode === 0) this.#eraseLine(0);
    for (let y = mode === 0 ? this.#y + 1 : 0; y < this.#rows; y++) this.#cells[y] = [];
  }

  #restyle(numbers: readonly number[]): void {
    for (const n of numbers) {
      if (Number.isNaN(n) || n === 0) this.#style = PLAIN;
      else if (n === 1) this.#style = {...this.#style, bold: true};
      else if (n === 22) this.#style = {...this.#style, bold: false};
      else if (n >= 30 && n <= 37) this.#style = {...this.#style, colour: n - 30};
      else if (n === 39) this.#style = {...this.#style, colour: null};
      else if (n >= 90 && n <= 97) this.#style = {...this.#style, colour: n - 82};
    }
  }
}
