import type {AssertionName} from '../../../../schemas/prompt-file/assertion-names.ts';
import type {Evaluate} from './assertion.ts';
import {containsJson, isJson} from './json-assertions.ts';
import {cost, graded, latency, similar} from './measured-assertions.ts';
import {bleu, levenshtein, rouge} from './similarity-assertions.ts';
import {
  contains,
  containsAll,
  containsAny,
  equals,
  icontains,
  icontainsAll,
  icontainsAny,
  regex,
  startsWith,
} from './text-assertions.ts';

/** Every assertion; what each takes is declared beside its name (schemas/prompt-file/assertion-names.ts). */
export const ASSERTIONS: Readonly<Record<AssertionName, Evaluate>> = {
  equals,
  contains,
  icontains,
  'contains-all': containsAll,
  'contains-any': containsAny,
  'icontains-all': icontainsAll,
  'icontains-any': icontainsAny,
  'starts-with': startsWith,
  regex,
  'is-json': isJson,
  'contains-json': containsJson,
  levenshtein,
  'rouge-n': rouge,
  bleu,
  latency,
  cost,
  similar,
  'llm-rubric': graded,
  'model-graded-closedqa': graded,
  factuality: graded,
  'g-eval': graded,
};
