/** YAML's flow map of texts. */
export function flow(of: Readonly<Record<string, string>>): string {
  return `{${Object.entries(of)
    .map(([key, value]) => `${key}: ${plain(value)}`)
    .join(', ')}}`;
}
/** A flow list of texts. */
export function flowList(of: readonly string[]): string {
  return `[${of.map(plain).join(', ')}]`;
}
/** Words that YAML reads as anything but themselves are quoted. */
export function plain(text: string): string {
  if (/\p{Cc}/u.test(text)) return JSON.stringify(text);
  const safe = /^[A-Za-z][\w-]*$/.test(text) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(text);
  return safe ? text : quoted(text);
}
/** In single quotes. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
