import {SEEN, blank, nextFilled} from './lines.ts';

/** A line that says: from here to the end it is the list's, the provider's or the program's text. */
const TAIL = [
  /^\s{0,4}[\w.+-]{2,40} mailing list\b/i,
  /^\s{0,4}-{3,} ?You are receiving this mail because: ?-{3,}$/,
  /^\s{0,4}To unsubscribe from this group, send an email to:?/i,
  /^\s{0,4}Your use of Yahoo! Groups is subject to/i,
  /^\s{0,4}To unsubscribe,? e-?mail: /i,
  /^\s{0,4}For additional commands,? e-?mail: /i,
  /^\s{0,4}Irish Linux Users' Group/i,
  /^\s{0,4}(?:\S{1,30} )?https?:\/\/\S{3,120}\/(?:mailman\/)?listinfo\/\S{1,60}/i,
  /^\s{0,4}List (?:maintainer|archives?|info)\b/i,
  /^\s{0,4}Do You Yahoo!\?/i,
  /^\s{0,4}Yahoo! (?:Mail|Groups|Messenger|Finance|Autos|News|Health|Movies|Greetings|Sports|Shopping|Tax|Games|DSL|Web Hosting|Everything)\b.{0,60}$/i,
  /^\s{0,4}(?:Send and receive|Join the world.s largest|Get your FREE download|Get more from the Web|Chat with friends online|MSN Photos is|Send instant messages|Protect your PC|Add photos to your|STOP MORE SPAM|Help STOP SPAM|Unlimited Internet access|Tired of spam\?|The new MSN|Broadband\? Dial-up\?|Surf the Web without|Choose an Internet access|Internet access plans|Need a shot of)\b.{0,100}\b(?:MSN|Hotmail|msn\.com)\b/i,
  /^\s{0,4}Outgoing mail is certified Virus Free/i,
  /^\s{0,4}Incoming mail is certified Virus Free/i,
  /^\s{0,4}Checked by AVG anti-virus/i,
  /^\s{0,4}This (?:e-?mail|message) (?:has been|was) (?:scanned|checked|swept)\b/i,
  /^\s{0,4}(?:Get your (?:own )?free e-?mail|Get free e-?mail)\b/i,
  /^\s{0,4}-{5}BEGIN PGP SIGNATURE-{5}/,
];
/** So many lines behind such a line at most, else it stands in the middle of something. */
const TAIL_LINES = 14;

const RULE = /^\s{0,4}[-_=*~#]{10,}\s*[>~]{0,3}$/;
/** A shorter one is a rule too, where a text ends with it. */
const LAST_RULE = /^\s{0,4}[-_=*~#]{3,}\s*[>~]{0,3}$/;
const SPONSOR = /^\s{0,4}This (?:sf\.net|SourceForge\.net|Thinkgeek) e-?mail is sponsored by/i;
const YAHOO_SPONSOR = /^\s{0,4}-{5,} ?Yahoo! Groups Sponsor ?-{5,}/i;
/** Lines of an advert between two rules. */
const SPONSOR_LINES = 12;

const PGP_HEAD = /^\s{0,4}-{5}BEGIN PGP SIGNED MESSAGE-{5}$/;
const HASH = /^\s{0,4}Hash: [A-Z0-9, -]{3,40}$/;

/** Also as PGP writes it in a signed text. */
const SIGNATURE = /^(?:- )?-- ?$/;
const SIGNATURE_LINES = 14;
const SIGNATURE_CHARS = 1000;

/** The body without list footers, providers' adverts, virus scanners' and PGP's marks, and without signatures. */
export function stripFooters(body: string): string {
  const lines = withoutAdverts(body.split('\n'));
  const ends = new Ends(lines);
  let end = lines.length;
  // A footer stands under a signature, and often one under another.
  for (;;) {
    const earlier = ends.beforeSignature(ends.beforeTail(end));
    if (earlier === end) return lines.slice(0, end).join('\n');
    end = earlier;
  }
}

function withoutAdverts(lines: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!.slice(0, SEEN);
    if (PGP_HEAD.test(line)) continue;
    if (HASH.test(line) && (i === 0 || PGP_HEAD.test(lines[i - 1]!))) continue;
    const opens = YAHOO_SPONSOR.test(line) || SPONSOR.test(line);
    if (!opens) {
      kept.push(lines[i]!);
      continue;
    }
    // The rule over the advert belongs to it.
    while (kept.length > 0 && blank(kept.at(-1))) kept.pop();
    if (kept.length > 0 && RULE.test(kept.at(-1)!)) kept.pop();
    let end = i + 1;
    while (end < lines.length && end - i <= SPONSOR_LINES && !RULE.test(lines[end]!.slice(0, SEEN))) end++;
    const closed = end < lines.length && end - i <= SPONSOR_LINES;
    // An underscore rule opens the list's own footer, which the tail rules take.
    i = closed ? (lines[end]!.includes('_') ? end - 1 : end) : Math.min(i + 4, lines.length) - 1;
  }
  return kept;
}

/** Where the text of these lines ends, as index behind its last line; each line is judged once, however often it is looked at. */
class Ends {
  readonly #lines: readonly string[];
  readonly #firstFilled: number;
  readonly #tails: (boolean | undefined)[] = [];

  constructor(lines: readonly string[]) {
    this.#lines = lines;
    this.#firstFilled = nextFilled(lines, 0);
  }

  /** Of the text up to `before`, without a footer. */
  beforeTail(before: number): number {
    let end = before;
    while (end > 0 && blank(this.#lines[end - 1])) end--;
    for (let i = Math.max(0, end - TAIL_LINES); i < end; i++)
      if (this.#opensTail(i)) return this.#beforeRules(i);
    return this.#beforeRules(end);
  }

  /** Of the text up to `before`, without a signature. */
  beforeSignature(before: number): number {
    for (let i = Math.max(0, before - SIGNATURE_LINES - 1); i < before; i++) {
      if (!SIGNATURE.test(this.#lines[i]!)) continue;
      let length = 0;
      for (let behind = i + 1; behind < before; behind++) length += this.#lines[behind]!.length;
      // A body that begins with it is no signature.
      if (length <= SIGNATURE_CHARS && this.#firstFilled < i) return this.#beforeRules(i);
    }
    return before;
  }

  #opensTail(at: number): boolean {
    return (this.#tails[at] ??= opensTail(this.#lines[at]!.slice(0, SEEN)));
  }

  /** Without the rules and blank lines at the end. */
  #beforeRules(before: number): number {
    let end = before;
    while (end > 0 && isEnding(this.#lines[end - 1]!)) end--;
    return end;
  }
}

const opensTail = (line: string): boolean => TAIL.some((pattern) => pattern.test(line));

const isEnding = (line: string): boolean =>
  blank(line) || LAST_RULE.test(line.slice(0, SEEN)) || SIGNATURE.test(line);
