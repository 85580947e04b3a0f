import {RatchetError} from '../../schemas/errors.ts';

export function scaled(values: Float32Array, by: ReadonlyMap<string, number>): [Float32Array, Set<string>] {
  return [values.map((x) => x * by.get('factor')!), new Set(by.keys())];
}

export function computeFor(ms: number): number {
  const began = performance.now();
  while (performance.now() - began < ms);
  return performance.now() - began;
}

export function countForever(shared: Int32Array<SharedArrayBuffer>): never {
  for (;;) Atomics.add(shared, 0, 1);
}

export function fails(how: 'ratchet' | 'range'): never {
  if (how === 'ratchet') throw new RatchetError('EmptySource', 'no row');
  throw new RangeError('out of range');
}

export function exits(): never {
  process.exit(3);
}

export function variables(): string[] {
  return Object.keys(process.env);
}
