import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  type Sampler,
} from '@opentelemetry/sdk-trace';
import {RatchetError} from '../schemas/errors.ts';

/**
 * The sampler that `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG` name; `parentbased_always_on` where they name none.
 * Throws InvalidInput for another name or a share outside 0 to 1.
 */
export function samplerFrom(env: Readonly<Record<string, string | undefined>>): Sampler {
  const name = env['OTEL_TRACES_SAMPLER'] || 'parentbased_always_on';
  const ratio = (): Sampler => {
    const text = env['OTEL_TRACES_SAMPLER_ARG'] || '1';
    const share = Number(text);
    if (share >= 0 && share <= 1) return new TraceIdRatioBasedSampler(share);
    throw new RatchetError('InvalidInput', `OTEL_TRACES_SAMPLER_ARG: expected 0 to 1, got "${text}"`);
  };
  const parentBased = (root: Sampler): Sampler => new ParentBasedSampler({root});
  switch (name) {
    case 'always_on':
      return new AlwaysOnSampler();
    case 'always_off':
      return new AlwaysOffSampler();
    case 'traceidratio':
      return ratio();
    case 'parentbased_always_on':
      return parentBased(new AlwaysOnSampler());
    case 'parentbased_always_off':
      return parentBased(new AlwaysOffSampler());
    case 'parentbased_traceidratio':
      return parentBased(ratio());
    default:
      throw new RatchetError(
        'InvalidInput',
        `OTEL_TRACES_SAMPLER: expected always_on, always_off, traceidratio or one of these after parentbased_, got "${name}"`,
      );
  }
}
