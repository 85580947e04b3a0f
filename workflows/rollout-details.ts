import {stepName} from '../core/rollout/steps.ts';
import type {AnalysisResult, RolloutInput, RolloutResult} from '../schemas/deployment.ts';
import {short} from '../schemas/names.ts';

/** What a person who opens the rollout in the Temporal UI reads (Markdown). */
export function rolloutDetails(about: {
  readonly input: RolloutInput;
  /** Index of the step in work. */
  readonly at: number;
  readonly headline: string;
  readonly asks: string | null;
  readonly done: RolloutResult['steps'];
  readonly analysis: AnalysisResult | null;
}): string {
  const {input, at, headline, asks, done, analysis} = about;
  return [
    `**${headline}** Release \`${short(input.release)}\` of project \`${input.project}\` against stable \`${short(input.stable)}\`.`,
    ...input.steps.map((step, i) => `${i + 1}. ${i < at ? '●' : i === at ? '▶' : '○'} ${stepName(step)}`),
    `${input.steps.length + 1}. ${at >= input.steps.length ? '▶' : '○'} promote`,
    ...(asks === null
      ? []
      : [
          '',
          `A person decides: ${asks}`,
          '',
          `    ratchet promote ${short(input.release)} --comment "why"   # go on`,
          `    ratchet abort ${short(input.release)} --comment "why"     # back to stable`,
        ]),
    ...(analysis === null ? [] : ['', ...analysisLines(analysis)]),
    ...(done.length === 0
      ? []
      : ['', ...done.slice(-12).map(({step, at: when, outcome}) => `- ${when} ${step}: ${outcome}`)]),
  ].join('\n');
}

/** The last measurement, metric by metric. */
function analysisLines({metrics, samples}: AnalysisResult): string[] {
  return [
    `Last measurement: ${samples.stable} answers of stable, ${samples.canary} of the candidate, ${samples.paired} pairs`,
    ...metrics.map(({name, verdict, reason}) => `- **${name}**: ${verdict}. ${reason}`),
  ];
}
