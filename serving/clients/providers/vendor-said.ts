/** What a vendor said when it refused, of which only `kind` may be repeated: the rest may hold prompts and keys. */
export interface VendorSaid {
  /** Null for an error inside a stream, which has none. */
  readonly status: number | null;
  /** Words of the vendor's own that classify the error: type, code, status. Only what is a word. */
  readonly kind: readonly string[];
  /** To read the reason from, where no word tells it. Never repeated. */
  readonly message: string;
  /** How long the vendor asks to wait, in ms. */
  readonly retryAfterMs: number | null;
  /** `x-should-retry`: whether the vendor itself thinks that another attempt helps. */
  readonly shouldRetry: boolean | null;
}

/** The words among `values`, each once: `invalid_api_key`. Keys have digits among their letters, prompts have spaces. */
export function wordsOf(...values: readonly unknown[]): string[] {
  const words = values.filter((value) => typeof value === 'string' && WORD.test(value)) as string[];
  return [...new Set(words)];
}
const WORD = /^[A-Za-z][A-Za-z_.-]{0,47}$/;

/** `x-should-retry` as OpenAI and Anthropic send it. */
export function shouldRetry(headers: Headers | undefined): boolean | null {
  const said = headers?.get('x-should-retry');
  return said === 'true' ? true : said === 'false' ? false : null;
}
