import type {Tokenizer} from './tokenizer.ts';

/** Names letter by letter: a name ends where `ends` is true. */
interface Letters {
  ends: boolean;
  readonly next: Map<string, Letters>;
}

/** What is looked for in users' texts: the names, and where one may begin. */
interface Names {
  readonly first: RegExp;
  readonly letters: Letters;
}
const known = new WeakMap<Tokenizer, Names | null>();

/**
 * User text in which no control token's name is left: `<|im_start|>` becomes `< |im_start|>`. Engines find control tokens
 * by name in a prompt's text, so a mail must not be able to write one. One pass, however many names there are (Gemma has
 * thousands): time grows with the text and the longest name.
 */
export function disarm(text: string, tokenizer: Tokenizer): string {
  let names = known.get(tokenizer);
  if (names === undefined) known.set(tokenizer, (names = namesOf([...tokenizer.controls])));
  if (names === null) return text;
  let safe = '';
  let done = 0;
  for (const {index} of text.matchAll(names.first)) {
    if (!begins(names.letters, text, index)) continue;
    safe += `${text.slice(done, index + 1)} `;
    done = index + 1;
  }
  return safe + text.slice(done);
}

function namesOf(controls: readonly string[]): Names | null {
  const named = controls.filter((name) => name !== '');
  if (named.length === 0) return null;
  const letters: Letters = {ends: false, next: new Map()};
  for (const name of named) {
    let at = letters;
    for (let i = 0; i < name.length; i++) {
      const letter = name[i]!;
      let next = at.next.get(letter);
      if (next === undefined) at.next.set(letter, (next = {ends: false, next: new Map()}));
      at = next;
    }
    at.ends = true;
  }
  const first = [...letters.next.keys()].map(
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return {first: new RegExp(`[${first.join('')}]`, 'g'), letters};
}

/** Whether a name stands at this place of the text. */
function begins(letters: Letters, text: string, from: number): boolean {
  let at = letters;
  for (let i = from; i < text.length; i++) {
    const next = at.next.get(text[i]!);
    if (next === undefined) return false;
    if (next.ends) return true;
    at = next;
  }
  return false;
}
