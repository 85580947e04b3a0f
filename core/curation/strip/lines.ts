/** Lines of a body, looked at with a budget: what a pattern sees of one line is at most this long. */
export const SEEN = 200;

export const blank = (line: string | undefined): boolean => line === undefined || line.trim() === '';

/** Index of the next line that is not blank, from `at` on; the number of lines if there is none. */
export function nextFilled(lines: readonly string[], at: number): number {
  let next = at;
  while (next < lines.length && blank(lines[next])) next++;
  return next;
}

/** A field of a message header, as a forward or a reply block holds it. */
export const HEADER_LINE =
  /^\s{0,4}\*?(?:From|To|Cc|Bcc|Subject|Date|Sent|Reply-To|Organization|Message-ID|Received|Return-Path|Content-[A-Za-z-]{4,30}|MIME-Version|Delivered-To|Status|Sender|List-[A-Za-z]{2,16}|Errors-To|Precedence|References|In-Reply-To|User-Agent|Importance|Priority|X-[A-Za-z-]{2,30}|Von|An|Gesendet|Betreff|De|À|Envoyé|Objet|Da|A|Inviato|Oggetto|Para|Enviado|Asunto|Assunto|Fra|Sendt|Til|Emne|Från|Skickat|Till|Ämne|Van|Verzonden|Aan|Onderwerp|Od|Wysłano|Do|DW|Temat|От|Отправлено|Кому|Копия|Тема)\s?:\*?(?:\s|$)/;

/** A header has no more lines than this; what goes on is another one. */
const HEADER_LINES = 200;

/** The end of a block of header lines (with their continuations) that starts at `at`; `at` itself if there is none. */
export function headerBlockEnd(lines: readonly string[], at: number, most = HEADER_LINES): number {
  let end = at;
  while (end < lines.length && end - at < most) {
    const line = lines[end]!;
    const continued = end > at && /^[ \t]+\S/.test(line);
    if (!HEADER_LINE.test(line.slice(0, SEEN)) && !continued) break;
    end++;
  }
  return end;
}
