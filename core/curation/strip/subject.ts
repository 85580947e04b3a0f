/**
 * Reply and forward marks, as mail programs in the languages of the time write them, also counted (`Re[2]:`, `Re^2:`,
 * `Re (3):`): English, German, Swedish, Danish, Norwegian, Finnish, Dutch, French, Spanish, Portuguese, Italian, Polish,
 * Turkish, Hungarian, Czech, Greek, Hebrew, Chinese.
 */
const MARK =
  /^[>\s]*(?:re|r|aw|antw|antwort|sv|vs|vl|ref|res|rif|odp|ynt|vá|továbbí|fw|fwd|wg|tr|rv|enc|i|pd|doorst|vb|απ|πρθ|σχετ|השב|回复|回覆|答复|答覆|转发|轉寄)(?:\s?[[(^]\s?\d{1,3}\s?[\])]?)?\s?[:：]\s*/iu;
/** `FWD [fort] …`, `FWD (SK) …`, `FW Some words`: without the colon, and with the forwarder's own tag. */
const BARE_FORWARD = /^(?:FWD?|Fwd?)\s+(?:\([A-Za-z]{2,6}\)\s+|(?=\[|\p{Lu}))/u;
/**
 * A reply mark behind other words: what leads to it is a program's (`Mail Delayed: Re: …`) or came to the subject while the
 * mail was answered. In small letters `re:` is a word, and so it is among capitals alone.
 */
const INNER = /\s(?:R[Ee]|AW|Aw|SV|Sv|F[Ww][Dd]?)(?:\[\d{1,3}\])?:\s+(?=\S)/g;
const INNER_SEEN = 400;
/** `[ILUG]`, `[Razor-users]`, `[Bug 1012]`: a tag in brackets that a list or tracker puts first. */
const TAG = /^\[[^\][]{1,60}\]\s*[-:]?\s*/;
/** `(fwd)`; `(was: …)`, `(was Re: …)`, `[WAS --> …]`, `(Re: …)`: the subject that this one took over from. */
const BEHIND =
  /[([{]\s?(?:(?:fwd|fw)[)\]}]$|(?:re|aw)\b\s?:.*$|(?:was|formerly)\b(?:\s?:|\s(?:re|aw|sv|fwd?)\b|\s?\[|\s?-{1,3}>).*$)/is;
/** `, was: …`, ` - was Re: …`: the same without parentheses. */
const BEHIND_DASH = /(?:,|\s[-–—|/]{1,3})\s+was(?:\s?:|\s+(?:re|aw|sv|fwd?)\s?:).*$/is;
/** `(was Sorting)`, with nothing but the mark; `(was $99)` and `(was it you?)` are the author's. */
const BEHIND_BARE = /[([{]\s?[Ww][Aa][Ss]\s{1,16}(?=["'“”‘’]?\p{Lu}).{0,200}[)\]}][\s.!?]{0,6}$/su;
/** Characters that it takes at most. */
const BARE_LONG = 256;
/** Marks and tags looked at in one subject. */
const MAX_PARTS = 24;

export interface StrippedSubject {
  readonly subject: string;
  /** A reply mark stood there. */
  readonly reply: boolean;
}

/** The subject as its author wrote it first: without reply and forward marks and list tags, in whatever order. */
export function stripSubject(raw: string): StrippedSubject {
  let subject = withoutFormer(raw.trim());
  let reply = false;
  for (let i = 0; i < MAX_PARTS; i++) {
    const mark = MARK.exec(subject) ?? BARE_FORWARD.exec(subject);
    const marked = mark?.[0].length ?? innerMarkEnd(subject);
    if (marked > 0) reply = true;
    const end = marked || TAG.exec(subject)?.[0].length;
    if (!end) break;
    subject = subject.slice(end);
  }
  return {subject: subject.trim(), reply};
}

/** Without the subjects that this one took over from. Once is enough: what is taken from a subject's front leads to none. */
function withoutFormer(subject: string): string {
  let own = subject;
  for (let i = 0; i < MAX_PARTS; i++) {
    const behind = formerAt(own);
    if (behind < 0) break;
    own = own.slice(0, behind).trimEnd();
  }
  return own;
}

/** Where a former subject begins; −1 if there is none. */
function formerAt(subject: string): number {
  const behind = BEHIND.exec(subject) ?? BEHIND_DASH.exec(subject);
  if (behind) return behind.index;
  const from = Math.max(0, subject.length - BARE_LONG);
  const bare = BEHIND_BARE.exec(subject.slice(from));
  return bare ? from + bare.index : -1;
}

/** Where the last inner reply mark ends; 0 if there is none. */
function innerMarkEnd(subject: string): number {
  const last = [...subject.slice(0, INNER_SEEN).matchAll(INNER)].at(-1);
  if (!last) return 0;
  const lead = subject.slice(0, last.index);
  const shouted = /\p{Lu}/u.test(lead) && !/\p{Ll}/u.test(lead) && !/[\])}:]\s*$/.test(lead);
  return shouted ? 0 : last.index + last[0].length;
}
