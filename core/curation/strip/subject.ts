/**
 * Reply and forward marks, as mail programs in the languages of the time write them, also counted (`Re[2]:`, `Re^2:`,
 * `Re (3):`): English, German, Swedish, Danish, Norwegian, Finnish, Dutch, French, Spanish, Portuguese, Italian, Polish,
 * Turkish, Hungarian, Czech, Greek, Hebrew, Chinese.
 */
const MARK =
  /^(?:re|r|aw|antw|antwort|sv|vs|vl|ref|res|rif|odp|ynt|vá|továbbí|fw|fwd|wg|tr|rv|enc|i|pd|doorst|vb|απ|πρθ|σχετ|השב|回复|回覆|答复|答覆|转发|轉寄)(?:\s?[[(^]\s?\d{1,3}\s?[\])]?)?\s?[:：]\s*/iu;
/** `[ILUG]`, `[Razor-users]`, `[Bug 1012]`: a tag in brackets that a list or tracker puts first. */
const TAG = /^\[[^\][]{1,60}\]\s*[-:]?\s*/;
/** `(fwd)`; `(was: …)`, `(Re: …)`: the subject that this one took over from. */
const BEHIND = /\s*[([](?:(?:fwd|fw)[)\]]$|(?:was|re|aw|formerly)\b\s?:.*$)/is;
/** Marks and tags looked at in one subject. */
const MAX_PARTS = 24;

export interface StrippedSubject {
  readonly subject: string;
  /** A reply mark stood there. */
  readonly reply: boolean;
}

/** The subject as its author wrote it first: without reply and forward marks and list tags, in whatever order. */
export function stripSubject(raw: string): StrippedSubject {
  let subject = raw.trim();
  let reply = false;
  for (let i = 0; i < MAX_PARTS; i++) {
    const mark = MARK.exec(subject);
    const part = mark ?? TAG.exec(subject);
    if (!part) break;
    if (mark) reply = true;
    subject = subject.slice(part[0].length);
  }
  subject = subject.replace(BEHIND, '');
  return {subject: subject.trim(), reply};
}
