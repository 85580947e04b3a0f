import type {ProjectConfig} from '../project.ts';

/** Which engine serves: rows are tokenised as it tokenises, and latency and cost are of its kind; not where it listens. */
export function engineKind({engine}: Pick<ProjectConfig, 'engine'>): 'llama.cpp' | 'vllm' {
  return engine.target === 'embedded' ? 'llama.cpp' : 'vllm';
}
