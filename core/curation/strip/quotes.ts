import {SEEN, blank, headerBlockEnd, nextFilled} from './lines.ts';

/** `> `, `>> `, `JM> `, `| > `; not `>From `, which is how an mbox writes a line that begins with "From ". */
const QUOTE = /^\s{0,4}(?:[A-Za-z]{1,4})?(?:[|:]\s?)?>(?!From )/;
const BAR_QUOTE = /^\s{0,4}\|\s(?!.*\|\s*$)/;

/** Words end where a letter of any script does not follow; `\b` knows ASCII alone. */
const VERB =
  '(?:wrote|write|writes|said|says|typed|spake|scribbled|responded|replied|mentioned|stated|asked|joked|opined|observed|noted|added|commented|remarked|quipped|muttered|schrieb|schreibt|a écrit|écrit|escribió|ha scritto|scrisse|escreveu|schreef|skrev|kirjoitti|geschreven|napisał(?:a|\\(a\\))?|pisze|đã viết|написал(?:а|\\(а\\))?|пишет)';
/** A line that names whom the quoted text is from. */
const ATTRIBUTION = new RegExp(
  `(?<!\\p{L})${VERB}(?!\\p{L})(?: the following)?(?: (?:on|at|in) .{3,80})?\\s?(?::|\\.\\.\\.|-)+\\s*$`,
  'iu',
);
/** One that is sure enough without a quote behind it. */
const DATED_ATTRIBUTION = new RegExp(
  `^\\s{0,4}(?:[-*"[]+\\s?)?(?:On|At|In|Am|Le|El|Il|Em|Op|Den|På|W dniu|Vào|Quoting|Thus|Once upon a time)(?!\\p{L}).{4,160}(?<!\\p{L})${VERB}(?!\\p{L})(?:[^.]|\\.(?=\\S)){0,60}:+\\s*\\]?$`,
  'iu',
);
/** Nothing but who and when, closed by a colon: `* Ann <ann@example.com> [2002-08-28T07:52-0700]:`. */
const WHO_AND_WHEN =
  /^\s{0,4}(?:[-*[]\s?)?.{2,120}(?:@|<EMAIL_|\b\d{1,2}[:.]\d{2}\b|\b(?:19|20)\d{2}\b).{0,60}:\s*$/;
const ATTRIBUTION_START =
  /^\s{0,4}(?:[-*"[]+\s?)?(?:(?:On|At|In|Am|Le|El|Il|Em|Op|Den|På|W dniu|Vào|Quoting|>+)\s|\d{1,4}[-./]\d{1,2}[-./]\d{1,4},?\s)/;
const QUOTING = /^\s{0,4}Quoting .{3,100}:\s*$/;

/** What mail programs put over the whole message that is being answered. */
const ORIGINAL =
  /^\s{0,4}[-_*=\s]{2,60}\s?(?:Original Message|Original Message Follows|Original-Nachricht|Ursprüngliche Nachricht|Ursprungliche Nachricht|Message d'origine|Messaggio originale|Mensaje original|Mensagem original|Oprindelig meddelelse|Ursprungligt meddelande|Oorspronkelijk bericht|Reply Separator)\s?[-_*=\s]{2,60}$/i;
const FORWARD =
  /^\s{0,4}(?:[-_*=+<[\s]{2,60}\s?(?:Begin|End|Start)?\s?(?:of\s)?Forward(?:ed)?(?: (?:message|text|mail|by|from)\b.{0,100})?[-_*=+>\]\s:]{0,60}|Begin forwarded message:|[-\s]{2,8}(?:begin|end) (?:quote|forwarded text))$/i;

/** The body without what its author quoted. Where that would leave nothing, the quoted text itself is the body. */
export function stripQuotes(body: string): string {
  const lines = body.split('\n');
  const own = withoutQuotes(withoutOriginal(withoutForwardHeads(lines)));
  if (own.some((line) => !blank(line))) return own.join('\n');
  return lines
    .map((line) =>
      isQuote(line)
        ? line
            .replace(QUOTE, '')
            .replace(/^\s?\|/, '')
            .trimStart()
        : line,
    )
    .join('\n');
}

function isQuote(line: string): boolean {
  const seen = line.slice(0, SEEN);
  return QUOTE.test(seen) || BAR_QUOTE.test(seen);
}

function withoutQuotes(lines: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!;
    if (isQuote(line)) continue;
    const end = attributionEnd(lines, i);
    if (end > i) {
      i = end - 1;
      continue;
    }
    kept.push(line.startsWith('>From ') ? line.slice(1) : line);
  }
  return kept;
}

/** The end of an attribution of one or two lines at `at`; `at` itself if there is none. */
function attributionEnd(lines: readonly string[], at: number): number {
  const line = lines[at]!;
  if (line.length > SEEN || blank(line)) return at;
  const quoteFollows = (from: number): boolean => {
    const next = lines[nextFilled(lines, from)];
    return next !== undefined && isQuote(next);
  };
  if (DATED_ATTRIBUTION.test(line) || QUOTING.test(line)) return at + 1;
  if ((ATTRIBUTION.test(line) || WHO_AND_WHEN.test(line)) && quoteFollows(at + 1)) return at + 1;
  const second = lines[at + 1] ?? '';
  if (!blank(second) && second.length <= SEEN && ATTRIBUTION_START.test(line)) {
    const both = `${line.trimEnd()} ${second.trimStart()}`;
    if (DATED_ATTRIBUTION.test(both.slice(0, 2 * SEEN)) && ATTRIBUTION.test(second)) return at + 2;
    if (/:\s*$/.test(second) && (ATTRIBUTION.test(second) || WHO_AND_WHEN.test(both)) && quoteFollows(at + 2))
      return at + 2;
  }
  return at;
}

/** Cut where the answered message begins: at its marker, or at Outlook's bare block of From, Sent, To, Subject. */
function withoutOriginal(lines: readonly string[]): readonly string[] {
  let start = 0;
  let written = false;
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!;
    if (blank(line)) continue;
    if (!ORIGINAL.test(line.slice(0, SEEN)) && !outlookBlock(lines, i)) {
      written = true;
      continue;
    }
    if (written) return lines.slice(start, i);
    // Nothing of the author's own before it: the answered text is all there is.
    const head = ORIGINAL.test(line.slice(0, SEEN)) ? nextFilled(lines, i + 1) : i;
    start = headerBlockEnd(lines, head);
    i = start - 1;
  }
  return lines.slice(start);
}

function outlookBlock(lines: readonly string[], at: number): boolean {
  if (!/^\s{0,4}\*?(?:From|Von|De|Da|Fra|Från|Van|Od|От)\s?:/.test(lines[at]!)) return false;
  const block = lines.slice(at, headerBlockEnd(lines, at, 8));
  return (
    block.some((line) =>
      /^\s{0,4}\*?(?:Sent|Gesendet|Envoyé|Inviato|Enviado|Sendt|Skickat|Verzonden|Wysłano|Отправлено)\s?:/.test(
        line,
      ),
    ) &&
    block.some((line) =>
      /^\s{0,4}\*?(?:Subject|Betreff|Objet|Oggetto|Asunto|Assunto|Emne|Ämne|Onderwerp|Temat|Тема)\s?:/.test(
        line,
      ),
    )
  );
}

/** Forward marks and the header blocks under them go; what was forwarded is content. */
function withoutForwardHeads(lines: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i < lines.length;) {
    const isMark = FORWARD.test(lines[i]!.slice(0, SEEN));
    const start = isMark ? nextFilled(lines, i + 1) : i;
    const end = headerBlockEnd(lines, start);
    if (isMark || end - start >= 3) {
      if (!isMark && outlookBlock(lines, i) && kept.some((line) => !blank(line))) {
        for (const line of lines.slice(i, end)) kept.push(line);
      }
      i = end;
      continue;
    }
    kept.push(lines[i]!);
    i++;
  }
  return kept;
}
