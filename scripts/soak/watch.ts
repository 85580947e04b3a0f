import {handlesOf, residentMbOf} from '../bench/proc.ts';
import type {TinyStack} from '../bench/tiny-stack.ts';
import {growth, type Growth, type Sample} from './flatness.ts';

export interface Watched {
  readonly memoryMb: Growth;
  readonly handles: Growth;
  /** Temporal's server is not ours: what it needs is told, not judged. */
  readonly judged: boolean;
  /** How often it ended by itself. */
  readonly deaths: number;
}

/** Less growth than this is none, whatever the share: MB, handles. */
const LEAST = {memoryMb: 8, handles: 4};

/** Looks at every part of a stack, `everyMs`, until stopped. */
export function watch(
  {supervisor}: Pick<TinyStack, 'supervisor'>,
  everyMs: number,
): () => Record<string, Watched> {
  const began = performance.now();
  const seen = new Map<string, {readonly memoryMb: Sample[]; readonly handles: Sample[]}>();
  const look = (): void => {
    const at = (performance.now() - began) / 1000;
    for (const [name, {pid}] of Object.entries(supervisor.state().pids)) {
      const [memoryMb, handles] = [residentMbOf(pid), handlesOf(pid)];
      if (memoryMb === undefined || handles === undefined) continue;
      const samples = seen.get(name) ?? {memoryMb: [], handles: []};
      samples.memoryMb.push({at, value: memoryMb});
      samples.handles.push({at, value: handles});
      seen.set(name, samples);
    }
  };
  const timer = setInterval(look, everyMs);
  return () => {
    clearInterval(timer);
    const {parts} = supervisor.state();
    return Object.fromEntries(
      [...seen].map(([name, {memoryMb, handles}]) => [
        name,
        {
          memoryMb: growth(memoryMb, LEAST.memoryMb),
          handles: growth(handles, LEAST.handles),
          judged: name !== 'temporal',
          deaths: parts[name]?.deaths ?? 0,
        },
      ]),
    );
  };
}
