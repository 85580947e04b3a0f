/** One process of the stack. */
export interface Part {
  /** Its name in stack.json, in messages, and of its log. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** All that it gets: nothing of the supervisor's own environment is added. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Parts that must be ready before this one is started for the first time. */
  readonly after: readonly string[];
  /** It is started beside those that it is after, and waits for them itself; it still ends before them. */
  readonly eager?: boolean;
  /** It answers requests: engines and gateway. A run whose stages are all cached needs none of them. */
  readonly serves?: boolean;
  /** Resolves if the part answers; rejects with the reason if not. Asked again and again while it starts. */
  readonly answers: (pid: number) => Promise<void>;
  /** How long it may take to end after SIGTERM before it is killed, in ms. */
  readonly graceMs: number;
}

export type PartStatus = 'waiting' | 'starting' | 'ready' | 'restarting' | 'stopping' | 'stopped';

export interface PartState {
  readonly status: PartStatus;
  /** How often it has ended by itself. */
  readonly deaths: number;
  /** How often in a row without having been ready in between. */
  readonly deathsInARow: number;
  readonly note: string;
}
