/**
 * JSON.parse that refuses an object with the key `__proto__`, which nothing that Ratchet writes has: schemas leave it out, so
 * that a text and what was read of it would differ. Throws SyntaxError.
 */
export function parseJson(text: string): unknown {
  // As it stands, or with one of its characters escaped.
  if (!text.includes('__proto__') && !text.includes('\\u')) return JSON.parse(text);
  return JSON.parse(text, (key, value: unknown) => {
    if (key === '__proto__') throw new SyntaxError('it has a key __proto__');
    return value;
  });
}
