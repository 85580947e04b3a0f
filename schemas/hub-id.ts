/** A commit's full name. */
export const COMMIT = /^[0-9a-f]{40}$/;

/**
 * Whether a text has the form of a model's id on the Hugging Face Hub, `org/name` or `name`: letters, digits, `_`, `.` and
 * `-`, with neither `..` nor `--`, as the Hub's own client checks it. `./name` and `/srv/name` are no ids.
 */
export function isHubId(text: string): boolean {
  return /^(\w[\w.-]*\/)?\w[\w.-]{0,95}$/.test(text) && !/\.\.|--/.test(text);
}
