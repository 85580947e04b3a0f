import type {GateSpec} from '../../../schemas/report.ts';
import type {Metric} from './catalog.ts';

/** What stands behind a gate's figures: `ms`, a currency, `points`, or '' for shares and plain numbers. */
export function unitOf({test, metric: name}: GateSpec, metric: Metric | undefined, currency: string): string {
  // Differences of perplexity are of its logarithm: nats a token.
  if (test === 'non-inferiority' || test === 'superiority') {
    if (name.endsWith('_perplexity')) return 'nats';
    if (name.endsWith('_bits_per_byte')) return 'bits';
  }
  switch (metric?.unit) {
    case 'ms':
      return 'ms';
    case 'money':
      return currency;
    case 'points':
      return 'points';
    default:
      return '';
  }
}
