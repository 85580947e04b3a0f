/**
 * Characters that nobody sees and that may stand inside a number or an address: soft hyphen, joiners, zero-width and format
 * characters, variation selectors, tags (Unicode's Default_Ignorable_Code_Point without the fillers).
 */
const HIDDEN =
  /[\u00ad\u034f\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\u{e0000}-\u{e0fff}]/gu;

/** The text without them, and of each of its UTF-16 units where it stood; null where there are none. */
export function withoutHidden(text: string): {readonly bare: string; readonly places: Uint32Array} | null {
  if (text.search(HIDDEN) === -1) return null;
  const places = new Uint32Array(text.length);
  let bare = '';
  let from = 0;
  const keep = (to: number) => {
    for (let at = from, i = bare.length; at < to; at++, i++) places[i] = at;
    bare += text.slice(from, to);
  };
  for (const {0: hidden, index} of text.matchAll(HIDDEN)) {
    keep(index);
    from = index + hidden.length;
  }
  keep(text.length);
  return {bare, places: places.subarray(0, bare.length)};
}
