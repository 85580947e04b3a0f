/** `cut`: no connection, or one that broke. `idle`: silence in the middle of an answer. `too-long`: more bytes than are taken. */
export type TransportFault = 'cut' | 'idle' | 'too-long';

/** The answer did not arrive. Holds nothing that the vendor wrote. */
export class TransportError extends Error {
  readonly fault: TransportFault;
  constructor(fault: TransportFault, options?: {cause?: Error}) {
    super(fault, options);
    this.name = 'TransportError';
    this.fault = fault;
  }
}

/** The transport's error that an SDK wrapped into one of its own; null: it is another. */
export function transportErrorIn(error: unknown): TransportError | null {
  for (let one = error, depth = 0; one instanceof Error && depth < 5; one = one.cause, depth++)
    if (one instanceof TransportError) return one;
  return null;
}
