/** JSON in which no tag can be: `<` is `\u003c`, which every JSON parser reads as `<`. */
export function safeJson(value: unknown): string {
  return (JSON.stringify(value) ?? 'null').replaceAll('<', '\\u003c');
}
