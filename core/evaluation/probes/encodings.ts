/** How attacks hide what they ask for. */

export function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

/** ASCII letters moved by 13. */
export function rot13(text: string): string {
  return text.replace(/[a-z]/gi, (letter) => {
    const base = letter <= 'Z' ? 65 : 97;
    return String.fromCharCode(((letter.charCodeAt(0) - base + 13) % 26) + base);
  });
}

export function reversed(text: string): string {
  return [...text].reverse().join('');
}

/** `s p a m` */
export function spaced(text: string): string {
  return [...text].join(' ');
}

/** Digits for letters that look like them. */
export function leet(text: string): string {
  const digits: Readonly<Record<string, string>> = {a: '4', e: '3', i: '1', o: '0', s: '5', t: '7'};
  return text.replace(/[aeiost]/gi, (letter) => digits[letter.toLowerCase()]!);
}

/** Words with an invisible zero-width space inside. */
export function invisible(text: string): string {
  return text.replace(/\b(\w)(\w+)/g, '$1\u200b$2');
}
