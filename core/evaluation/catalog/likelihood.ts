import {likelihoodMeasure} from '../gates/likelihood-measure.ts';
import {ASPECTS, scoredBy, type Metric} from './metric.ts';

const TEXTS = {validation: 'validation completions', general: 'general text'} as const;

export const perplexity = (of: keyof typeof TEXTS): Metric => ({
  name: `${of}_perplexity`,
  label: `Perplexity, ${TEXTS[of]}`,
  unit: 'number',
  of,
  measure: likelihoodMeasure('token'),
  sliced: true,
  headline: true,
  logarithm: 'nats',
  observe: scoredBy(ASPECTS[of], ['nll', 'tokens']),
});

export const bitsPerByte = (of: keyof typeof TEXTS): Metric => ({
  name: `${of}_bits_per_byte`,
  label: `Bits per byte, ${TEXTS[of]}`,
  unit: 'number',
  of,
  measure: likelihoodMeasure('byte'),
  logarithm: 'bits',
  observe: scoredBy(ASPECTS[of], ['nll', 'bytes']),
});
