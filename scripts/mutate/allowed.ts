import type {Site} from './sites.ts';

/** A mutant that no test can kill, or need not, and why. */
export interface Allowed {
  readonly file: string;
  /** The line as it is in the file, without its indentation, and as the mutant has it. */
  readonly from: string;
  readonly to: string;
  readonly reason: string;
}

export const ALLOWED: readonly Allowed[] = [
  {
    file: 'stores/audit/approval-history.ts',
    from: '#next = 0;',
    to: '#next = 1;',
    reason: 'an entry that is missing before all others is behind none of them',
  },
  {
    file: 'core/curation/html.ts',
    from: 'let depth = 0;',
    to: 'let depth = 1;',
    reason: 'one step more a tag, of the hundred million that are the bound',
  },
  {
    file: 'workflows/retrain.ts',
    from: 'retry: {maximumAttempts: 50},',
    to: 'retry: {maximumAttempts: 51},',
    reason: 'a bound on attempts hours apart: no outcome depends on one more',
  },
  {
    file: 'core/curation/decontaminate.ts',
    from: 'if (this.#short.size === 0 || MIN_SHARE * words.length >= this.#n) return;',
    to: 'if (false) return;',
    reason: 'what is looked for is not there then: slower, and nothing else',
  },
  {
    file: 'stores/sources/read-source.ts',
    from: "if (!known && unseen.size > 0 && entry.status === 'read' && !(entry.value instanceof Uint8Array))",
    to: "if (!known && unseen.size >= 0 && entry.status === 'read' && !(entry.value instanceof Uint8Array))",
    reason: 'columns are then counted though none is missed: slower, and nothing else',
  },
  {
    file: 'workflows/monitor/watch.ts',
    from: 'if (signed !== undefined && this.#used.has(signed.signature))',
    to: 'if (false)',
    reason: 'the activity refuses what the audit chain holds already: this saves it the look',
  },
  {
    file: 'stores/audit/audit.ts',
    from: 'await backOff(Math.min(attempt, 5));',
    to: 'await backOff(Math.min(attempt, 6));',
    reason: 'the longest pause between attempts: no outcome depends on it',
  },
  {
    file: 'stores/objects/file-store.ts',
    from: 'if (mode !== 0o600) await file.chmod(mode);',
    to: 'if (mode !== 385) await file.chmod(mode);',
    reason: 'a file is then given the mode that it has',
  },
  {
    file: 'stores/objects/file-lock.ts',
    from: 'for (let pause = 1; ; pause = Math.min(pause * 1.6, 50)) {',
    to: 'for (let pause = 1; ; pause = Math.min(pause * 2.6, 50)) {',
    reason: 'how fast the pauses between attempts grow: no outcome depends on it',
  },
  {
    file: 'stores/registry/garbage.ts',
    from: '...(await runningRuns(store)).map(({startedAt}) => Date.parse(startedAt) - 15 * 60_000),',
    to: '...(await runningRuns(store)).map(({startedAt}) => Date.parse(startedAt) - 15 * 60001),',
    reason: 'room for clocks that differ: any other some minutes do',
  },
  {
    file: 'stores/registry/garbage.ts',
    from: '...(await runningRuns(store)).map(({startedAt}) => Date.parse(startedAt) - 15 * 60_000),',
    to: '...(await runningRuns(store)).map(({startedAt}) => Date.parse(startedAt) - 16 * 60_000),',
    reason: 'room for clocks that differ: any other some minutes do',
  },
  {
    file: 'core/rollout/analysis.ts',
    from: "const verdict: Verdict = most < margin ? 'pass' : least > margin ? 'fail' : 'inconclusive';",
    to: "const verdict: Verdict = most < margin ? 'pass' : least >= margin ? 'fail' : 'inconclusive';",
    reason: 'bounds of intervals are continuous: none is the margin to the last bit',
  },
  {
    file: 'core/rollout/analysis.ts',
    from: "const verdict: Verdict = most < margin ? 'pass' : least > margin ? 'fail' : 'inconclusive';",
    to: "const verdict: Verdict = most <= margin ? 'pass' : least > margin ? 'fail' : 'inconclusive';",
    reason: 'bounds of intervals are continuous: none is the margin to the last bit',
  },
  {
    file: 'core/curation/decontaminate.ts',
    from: 'return (mix(high) & 0x1fffff) * 2 ** 32 + low;',
    to: 'return (mix(high) & 0x1fffff) * 2 ** 32 - low;',
    reason: 'a hash in memory that is as good: it tells the same pairs apart',
  },
  {
    file: 'core/curation/pii/scrub.ts',
    from: "taken.push({start: match.index, end: match.index + match[0].length, value: ''});",
    to: "taken.push({start: match.index, end: match.index - match[0].length, value: ''});",
    reason: 'no recogniser finds anything inside a pseudonym; the next one might',
  },
  {
    file: 'core/curation/words.ts',
    from: 'const hashes = new Uint32Array((text.length >> 1) + 1 + wide(text));',
    to: 'const hashes = new Uint32Array((text.length >> 1) + 2 + wide(text));',
    reason: 'room for a word more, which is cut off',
  },
  {
    file: 'core/curation/group-splits.ts',
    from: '(most, time) => (time === undefined || (most !== undefined && most >= time) ? most : time),',
    to: '(most, time) => (time === undefined || (most !== undefined && most > time) ? most : time),',
    reason: 'of two equal times either is the latest',
  },
  {
    file: 'core/curation/pii/card.ts',
    from: 'const MAX_GROUPS = 5;',
    to: 'const MAX_GROUPS = 6;',
    reason: 'no layout has six groups',
  },
  {
    file: 'core/curation/pii/crypto-address.ts',
    from: 'grouped: false,',
    to: 'grouped: true,',
    reason: 'an address holds no dash, so none is folded in it',
  },
  {
    file: 'core/curation/pii/crypto-address.ts',
    from: 'const capital = Number.parseInt(hash[i]!, 16) >= 8;',
    to: 'const capital = Number.parseInt(hash[i]!, 17) >= 8;',
    reason: 'a single hexadecimal digit is the same number to base 17',
  },
  {
    file: 'core/evaluation/gates/quantile-measure.ts',
    from: 'return k >= n ? 1 : incompleteBeta(1 - q, n - k, k + 1);',
    to: 'return k >= n ? 2 : incompleteBeta(1 - q, n - k, k + 1);',
    reason: 'only compared with the probability of a tail, which is below both',
  },
  {
    file: 'core/rollout/looks.ts',
    from: 'if (n + ROUNDING < minSamples) return null;',
    to: 'if (n + ROUNDING <= minSamples) return null;',
    reason: 'a size is never less than a whole number by exactly the room for rounding',
  },
  {
    file: 'core/curation/pii/iban.ts',
    from: "else if (!(/[ .-]/.test(character) && ALPHANUMERIC.test(text[end + 1] ?? ''))) break;",
    to: "else if (!(/[ .-]/.test(character) && ALPHANUMERIC.test(text[end - 1] ?? ''))) break;",
    reason: 'of two separators side by side the first or the second ends the number: too short either way',
  },
  {
    file: 'workflows/rollout/climb.ts',
    from: '#seq = 0;',
    to: '#seq = 1;',
    reason: 'the opening sets it before anything reads it',
  },
  {
    file: 'stores/objects/s3-store.ts',
    from: 'const SINGLE_PUT = 16 * MIB;',
    to: 'const SINGLE_PUT = 16 / MIB;',
    reason: 'from what size on files go up in parts: the object is the same either way',
  },
  {
    file: 'core/rollout/looks.ts',
    from: 'return [...items].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));',
    to: 'return [...items].sort((a, b) => (a.at < b.at ? -2 : a.at > b.at ? 1 : 0));',
    reason: 'of what compares two items only the sign counts',
  },
  {
    file: 'core/curation/decontaminate.ts',
    from: 'if (share >= atLeast && (!best || share > best.share || (share === best.share && golden < best.golden)))',
    to: 'if (share >= atLeast && (!best || share > best.share || (share === best.share && golden <= best.golden)))',
    reason: 'of one id and one share both are the same overlap',
  },
  {
    file: 'stores/objects/back-off.ts',
    from: 'return new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(250, 2 * 2 ** attempt)));',
    to: 'return new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(250, 2 * 3 ** attempt)));',
    reason: 'how fast the pauses between attempts grow: no outcome depends on it',
  },
  {
    file: 'core/curation/minhash.ts',
    from: 'for (let i = 0; i < count; i++) {',
    to: 'for (let i = 0; i <= count; i++) {',
    reason: 'what is written behind the end of a typed array is not kept',
  },
  {
    file: 'core/curation/near-duplicates.ts',
    from: 'if (recent.size >= REMEMBERED) recent.delete(recent.keys().next().value!);',
    to: 'if (recent.size > REMEMBERED) recent.delete(recent.keys().next().value!);',
    reason: 'how many sets are kept to be asked for again: one more changes no pair',
  },
  {
    file: 'stores/objects/s3-store.ts',
    from: 'queueSize: 4,',
    to: 'queueSize: 5,',
    reason: 'how many parts go up at a time: the object is the same',
  },
  {
    file: 'stores/objects/file-store.ts',
    from: 'while (filled < buffer.length) {',
    to: 'while (filled <= buffer.length) {',
    reason: 'a last read, of no bytes, ends it',
  },
  {
    file: 'stores/audit/approval-history.ts',
    from: 'if (this.#missing > approval.entry)',
    to: 'if (this.#missing >= approval.entry)',
    reason: 'an entry that holds an approval is not missing',
  },
  {
    file: 'core/curation/base64-parts.ts',
    from: 'return cut.start < cut.end ? [cut] : [];',
    to: 'return cut.start <= cut.end ? [cut] : [];',
    reason: 'a cut of no bytes leaves the same bytes',
  },
  {
    file: 'core/curation/group-splits.ts',
    from: 'if (group !== undefined && (name === undefined || group < name)) name = group;',
    to: 'if (group !== undefined && (name === undefined || group <= name)) name = group;',
    reason: 'of two equal names either is the smallest',
  },
  {
    file: 'core/curation/group-splits.ts',
    from: '(a, b) => at[a]! - at[b]! || (units[a]!.name < units[b]!.name ? -1 : 1),',
    to: '(a, b) => at[a]! - at[b]! || (units[a]!.name < units[b]!.name ? -2 : 1),',
    reason: 'of what compares two units only the sign counts',
  },
  {
    file: 'core/curation/group-splits.ts',
    from: '(a, b) => at[a]! - at[b]! || (units[a]!.name < units[b]!.name ? -1 : 1),',
    to: '(a, b) => at[a]! - at[b]! || (units[a]!.name < units[b]!.name ? -1 : 2),',
    reason: 'of what compares two units only the sign counts',
  },
  {
    file: 'core/evaluation/gates/figure.ts',
    from: 'if (size >= 100) return size.toFixed(0);',
    to: 'if (size > 100) return size.toFixed(0);',
    reason: 'a whole number is written alike with a decimal more or less',
  },
  {
    file: 'core/evaluation/gates/figure.ts',
    from: 'if (size >= 10) return String(Number(size.toFixed(1)));',
    to: 'if (size > 10) return String(Number(size.toFixed(1)));',
    reason: 'a whole number is written alike with a decimal more or less',
  },
  {
    file: 'core/evaluation/gates/figure.ts',
    from: 'if (size >= 1) return String(Number(size.toFixed(2)));',
    to: 'if (size > 1) return String(Number(size.toFixed(2)));',
    reason: 'a whole number is written alike with a decimal more or less',
  },
  {
    file: 'core/evaluation/gates/corpus-measure.ts',
    from: 'const groups = [...groupBy(items, (item) => item.cluster)].sort(([a], [b]) => (a < b ? -1 : 1));',
    to: 'const groups = [...groupBy(items, (item) => item.cluster)].sort(([a], [b]) => (a < b ? -2 : 1));',
    reason: 'of what compares two clusters only the sign counts',
  },
  {
    file: 'core/evaluation/gates/corpus-measure.ts',
    from: 'const groups = [...groupBy(items, (item) => item.cluster)].sort(([a], [b]) => (a < b ? -1 : 1));',
    to: 'const groups = [...groupBy(items, (item) => item.cluster)].sort(([a], [b]) => (a < b ? -1 : 2));',
    reason: 'of what compares two clusters only the sign counts',
  },
  {
    file: 'core/evaluation/gates/corpus-measure.ts',
    from: 'const kept = sums.map((sum, c) => (sizes[c]! > one ? sum.map((count) => (count * one) / sizes[c]!) : sum));',
    to: 'const kept = sums.map((sum, c) => (sizes[c]! >= one ? sum.map((count) => (count * one) / sizes[c]!) : sum));',
    reason: 'a cluster of just one unit is kept whole either way',
  },
  {
    file: 'core/evaluation/gates/corpus-measure.ts',
    from: 'for (let r = 0; r < RESAMPLES; r++) {',
    to: 'for (let r = 0; r <= RESAMPLES; r++) {',
    reason: 'what is written behind the end of a typed array is not kept',
  },
  {
    file: 'core/evaluation/gates/corpus-measure.ts',
    from: 'for (let i = 0; i < width; i++) summed[i]! += weight * sum[i]!;',
    to: 'for (let i = 0; i <= width; i++) summed[i]! += weight * sum[i]!;',
    reason: 'no score reads a count more than there are',
  },
  {
    file: 'core/rollout/intervals.ts',
    from: 'low: boundary(-1, value, (delta) => score(gained, lost, n, delta) > z),',
    to: 'low: boundary(-1, value, (delta) => score(gained, lost, n, delta) >= z),',
    reason: 'bounds of intervals are continuous: no score is z to the last bit',
  },
  {
    file: 'core/rollout/intervals.ts',
    from: 'high: boundary(1, value, (delta) => score(gained, lost, n, delta) < -z),',
    to: 'high: boundary(1, value, (delta) => score(gained, lost, n, delta) <= -z),',
    reason: 'bounds of intervals are continuous: no score is z to the last bit',
  },
  {
    file: 'core/rollout/intervals.ts',
    from: 'while (Math.abs(outside - inside) > 1e-10) {',
    to: 'while (Math.abs(outside - inside) >= 1e-10) {',
    reason: 'a width that was halved again and again is never just 1e-10',
  },
  {
    file: 'core/approval/check-decision.ts',
    from: 'const {names} = escalatedAt(state.now ?? 0, state);',
    to: 'const {names} = escalatedAt(state.now ?? 1, state);',
    reason: 'where nobody tells the time, nobody is escalated to',
  },
  {
    file: 'core/drift/columns.ts',
    from: 'const oneHot = names.map((_, i) => names.map((__, k) => (i === k ? 1 : 0)));',
    to: 'const oneHot = names.map((_, i) => names.map((__, k) => (i !== k ? 1 : 0)));',
    reason: 'how far categories go together does not depend on the sign of their vectors',
  },
  {
    file: 'core/drift/columns.ts',
    from: 'const oneHot = names.map((_, i) => names.map((__, k) => (i === k ? 1 : 0)));',
    to: 'const oneHot = names.map((_, i) => names.map((__, k) => (i === k ? 2 : 0)));',
    reason: 'how far categories go together does not depend on the length of their vectors',
  },
  {
    file: 'core/drift/columns.ts',
    from: 'const alike = length > 1 ? `compared by blocks of up to ${length} alike answers` : null;',
    to: 'const alike = length > 2 ? `compared by blocks of up to ${length} alike answers` : null;',
    reason: 'blocks of alike answers hold four at least',
  },
  {
    file: 'core/evaluation/gates/clustered-share.ts',
    from: 'const parts = sizes.map((size, c): Part => ({size, mean: Math.min(1, ones[c]! / size)}));',
    to: 'const parts = sizes.map((size, c): Part => ({size, mean: Math.min(2, ones[c]! / size)}));',
    reason: 'a mean of zeros and ones is above 1 by its rounding alone',
  },
  {
    file: 'core/evaluation/gates/clustered-share.ts',
    from: 'if (share >= 1 - 1e-9) return 1;',
    to: 'if (share > 1 - 1e-9) return 1;',
    reason: 'a share is never less than 1 by exactly the room for rounding',
  },
  {
    file: 'core/evaluation/gates/clustered-share.ts',
    from: 'if (others <= 1e-9) return 1;',
    to: 'if (others < 1e-9) return 1;',
    reason: 'what is left is never exactly the room for rounding',
  },
  {
    file: 'core/evaluation/gates/clustered-share.ts',
    from: 'if (descending[0] === descending.at(-1)) return sizes.length;',
    to: 'if (false) return sizes.length;',
    reason: 'what follows gives the same, but for its rounding',
  },
  {
    file: 'core/evaluation/gates/clustered-share.ts',
    from: 'let [logs, held, share] = [Math.log(tail), 0, 0];',
    to: 'let [logs, held, share] = [Math.log(tail), 0, 1];',
    reason: 'the largest cluster sets it before anything reads it',
  },
  {
    file: 'core/evaluation/gates/clustered-share.ts',
    from: 'if (next >= size) break;',
    to: 'if (next > size) break;',
    reason: 'a cluster of just that size adds nothing',
  },
  {
    file: 'core/evaluation/gates/quantile-measure.ts',
    from: 'while (atMost(rank) <= tail) rank++;',
    to: 'while (atMost(rank) < tail) rank++;',
    reason: 'no probability of so many items is the error to the last bit',
  },
  {
    file: 'core/evaluation/gates/quantile-measure.ts',
    from: 'while (atLeast(rank) <= tail) rank--;',
    to: 'while (atLeast(rank) < tail) rank--;',
    reason: 'no probability of so many items is the error to the last bit',
  },
  {
    file: 'core/curation/words.ts',
    from: 'const kind = unit < 128 ? ASCII[unit]! : beyond(unit);',
    to: 'const kind = unit <= 128 ? ASCII[unit]! : beyond(unit);',
    reason: 'U+0080 stands between words in either table',
  },
  {
    file: 'core/curation/words.ts',
    from: 'const kind = unit < 128 ? ASCII[unit]! : beyond(unit);',
    to: 'const kind = unit < 129 ? ASCII[unit]! : beyond(unit);',
    reason: 'U+0080 stands between words in either table',
  },
  {
    file: 'core/curation/words.ts',
    from: 'const ALONE = 2;',
    to: 'const ALONE = 3;',
    reason: 'a name for a kind of character: any other number is as good',
  },
  {
    file: 'core/curation/words.ts',
    from: 'const ASCII = Uint8Array.from({length: 128}, (_, unit) =>',
    to: 'const ASCII = Uint8Array.from({length: 129}, (_, unit) =>',
    reason: 'nothing reads beyond the first 128',
  },
  {
    file: 'core/curation/words.ts',
    from: 'if (unit >= 0xff01 && unit <= 0xff64 && ASCII[unit - 0xfee0] !== WORD) return GAP;',
    to: 'if (unit >= 0xff01 && unit <= 65381 && ASCII[unit - 0xfee0] !== WORD) return GAP;',
    reason: 'the middle dot behind it stands between words either way',
  },
  {
    file: 'core/curation/words.ts',
    from: 'return /[\\u0e00-\\u0eff\\u1000-\\u109f\\u1780-\\u17ff\\u3040-\\u9fff]/.test(text) ? text.length : 0;',
    to: 'return /[\\u0e00-\\u0eff\\u1000-\\u109f\\u1780-\\u17ff\\u3040-\\u9fff]/.test(text) ? text.length : 1;',
    reason: 'room for a word more, which is cut off',
  },
  {
    file: 'core/curation/pii/scrub.ts',
    from: 'for (let pass = 0; pass < MAX_PASSES; pass++) {',
    to: 'for (let pass = 1; pass < MAX_PASSES; pass++) {',
    reason: 'passes in reserve: a text is through once nothing is found in it',
  },
  {
    file: 'core/curation/pii/scrub.ts',
    from: 'for (let pass = 0; pass < MAX_PASSES; pass++) {',
    to: 'for (let pass = 0; pass <= MAX_PASSES; pass++) {',
    reason: 'passes in reserve: a text is through once nothing is found in it',
  },
  {
    file: 'core/curation/pii/scrub.ts',
    from: 'for (let pass = 0; pass < MAX_PASSES; pass++) {',
    to: 'for (let pass = 0; pass < MAX_PASSES; pass--) {',
    reason: 'passes in reserve: a text is through once nothing is found in it',
  },
  {
    file: 'core/curation/pii/scrub.ts',
    from: 'while (i < a.length && a[i]!.start < finding.start) all.push(a[i++]!);',
    to: 'while (i < a.length && a[i]!.start <= finding.start) all.push(a[i++]!);',
    reason: 'no two findings that do not overlap begin at one place',
  },
  {
    file: 'core/curation/pii/phone.ts',
    from: "const name = `${country ?? ''}${number}`;",
    to: 'const name = `${country}${number}`;',
    reason: 'a name in memory that tells the same numbers apart',
  },
  {
    file: 'stores/audit/audit.ts',
    from: 'if (keys.length < size) continue;',
    to: 'if (keys.length <= size) continue;',
    reason: 'how many entries are read at a time: all are read, in the same order',
  },
  {
    file: 'stores/traces/traces.ts',
    from: 'return this.#traces.find(project, bare, second, second + 1000);',
    to: 'return this.#traces.find(project, bare, second, second + 1001);',
    reason: 'a trace is found by its id: a longer window reads another batch at most, which does not hold it',
  },
  {
    file: 'stores/traces/feedback-records.ts',
    from: 'for await (const trace of traces.read(config.project, {from: 0, to: cut})) {',
    to: 'for await (const trace of traces.read(config.project, {from: 1, to: cut})) {',
    reason: 'no trace is of the first millisecond of 1970',
  },
  {
    file: 'stores/traces/feedback-records.ts',
    from: 'from: 0,',
    to: 'from: 1,',
    reason: 'no feedback is of the first millisecond of 1970',
  },
  {
    file: 'stores/objects/file-lock.ts',
    from: 'const FOREIGN_STALE_MS = 60_000;',
    to: 'const FOREIGN_STALE_MS = 60001;',
    reason: 'locks are held for milliseconds: any other minute does',
  },
  {
    file: 'stores/objects/file-lock.ts',
    from: 'export async function withFileLock<T>(path: string, work: () => Promise<T>, patienceMs = 30_000): Promise<T> {',
    to: 'export async function withFileLock<T>(path: string, work: () => Promise<T>, patienceMs = 30001): Promise<T> {',
    reason: 'how long a live process is waited for: any other some seconds do',
  },
  {
    file: 'stores/objects/file-lock.ts',
    from: 'for (let pause = 1; ; pause = Math.min(pause * 1.6, 50)) {',
    to: 'for (let pause = 1; ; pause = Math.min(pause / 1.6, 50)) {',
    reason: 'how the pauses between attempts grow: no outcome depends on it',
  },
  {
    file: 'stores/objects/file-lock.ts',
    from: 'await delay(pause * (0.5 + Math.random()));',
    to: 'await delay(pause / (0.5 + Math.random()));',
    reason: 'how long a pause is: no outcome depends on it',
  },
  {
    file: 'stores/objects/file-lock.ts',
    from: 'await delay(pause * (0.5 + Math.random()));',
    to: 'await delay(pause * (0.5 - Math.random()));',
    reason: 'how long a pause is: no outcome depends on it',
  },
  {
    file: 'stores/objects/file-lock.ts',
    from: 'if (Date.now() > deadline)',
    to: 'if (Date.now() >= deadline)',
    reason: 'a millisecond of a patience of seconds',
  },
  {
    file: 'stores/objects/file-lock.ts',
    from: 'await rm(draft, {force: true});',
    to: 'await rm(draft, {force: false});',
    reason: 'the draft is there: nobody else removes one so young',
  },
  {
    file: 'stores/registry/garbage.ts',
    from: 'rest = text.slice(-63);',
    to: 'rest = text.slice(-64);',
    reason: 'a digest that is found twice is marked once',
  },
  {
    file: 'stores/audit/audit.ts',
    from: 'const options = from > 0 ? {after: this.#key(from - 1)} : {};',
    to: 'const options = from >= 0 ? {after: this.#key(from - 1)} : {};',
    reason: 'every key comes behind that of entry −1',
  },
  {
    file: 'stores/audit/audit.ts',
    from: 'if (at < 0 || sha256Hex(text.slice(0, at) + text.slice(at + member.length)) !== hash) return false;',
    to: 'if (at < 0 || sha256Hex(text.slice(0, at) + text.slice(at - member.length)) !== hash) return false;',
    reason: 'an entry that is not taken so is made canonical and hashed again: slower, with the same outcome',
  },
  {
    file: 'core/access/json-bounds.ts',
    from: 'for (let at = 0; at < bytes.length; at++) {',
    to: 'for (let at = 0; at <= bytes.length; at++) {',
    reason: 'behind the last byte there is none of any kind',
  },
];

/** Why this mutant is allowed to survive; undefined: it is not. */
export function reasonOf(file: string, from: string, to: string): string | undefined {
  return ALLOWED.find((one) => one.file === file && one.from === from && one.to === to)?.reason;
}

/** The line of a site before and after, without indentation. A site of more than a line: its first. */
export function lineOf(text: string, site: Site): {readonly from: string; readonly to: string} {
  const start = text.lastIndexOf('\n', site.start - 1) + 1;
  const end = text.indexOf('\n', site.end);
  const rest = text.slice(site.end, end === -1 ? undefined : end);
  return {
    from: (text.slice(start, site.end) + rest).trim(),
    to: (text.slice(start, site.start) + site.replacement + rest).trim(),
  };
}
