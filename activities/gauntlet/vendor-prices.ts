import type {MeasuredSample} from '../../core/evaluation/catalog/metric.ts';
import {askedInOrder, isOpen, promptsOf} from '../../core/releases/models.ts';
import type {Release} from '../../schemas/release.ts';
import type {SettingsOf} from '../../schemas/stages/define-stage.ts';
import type {gauntlet} from '../../schemas/stages/gauntlet.ts';
import {BASE} from '../../schemas/names.ts';

type Settings = Pick<SettingsOf<typeof gauntlet>, 'prices' | 'modelPrices' | 'tasks'>;

/** Of a million tokens. */
interface TokenPrices {
  readonly input: number;
  readonly output: number;
}

function pricesOf(name: string, {prices, modelPrices = {}}: Settings): TokenPrices {
  const own = Object.hasOwn(modelPrices, name) ? modelPrices[name] : undefined;
  return own ?? {input: prices.million_prompt_tokens, output: prices.million_completion_tokens};
}

/**
 * Samples of a release with what the answers of vendors' models cost, by their tokens. Those that the vendor found in its cache
 * count as others: what is in it at the time of a gauntlet says nothing of later.
 */
export function pricedBy(release: Release, settings: Settings): (sample: MeasuredSample) => MeasuredSample {
  const ofTask = new Map(
    Object.keys(promptsOf(release)).flatMap((task) => {
      const {name, part} = askedInOrder(release, task)[0]!;
      return isOpen(part) ? [] : [[task, pricesOf(name, settings)] as const];
    }),
  );
  return (sample) => {
    const prices = ofTask.get(sample.task);
    if (prices === undefined) return sample;
    const {promptTokens, completionTokens} = sample;
    return {...sample, cost: (promptTokens * prices.input + completionTokens * prices.output) / 1e6};
  };
}

/** Tokens of a prompt are estimated at a third of its letters; a vendor may count six times as many of rare scripts. */
const MORE_TOKENS = 6;

/** What no answer of a vendor's model costs more than: as many tokens as go in and come out at most. */
export function dearestAnswer(settings: Settings): number {
  const all = Object.values(settings.tasks).map((task) => {
    const {model = BASE, max_input_tokens: most, max_output_tokens: out, prompt, system = ''} = task;
    if (model === BASE) return 0;
    const {input, output} = pricesOf(model, settings);
    const tokens = MORE_TOKENS * (most + (prompt.length + system.length) / 3);
    return (tokens * input + out * output) / 1e6;
  });
  return Math.max(0, ...all);
}
