/** How long it took from a blow until what was in work at it went on. */
export interface Resumption {
  /**
   * By what it was seen: the next attempt's first heartbeat (or start, where it ended before one was seen); the next heartbeat
   * of what others have in work; an answer of the workflow; a line of the trainer's; the health check of what answers
   * users. `nothing in work`: the victim had nothing, or it ended just before the blow; `the run ended first`;
   * `not within 120 s`.
   */
  readonly by:
    | 'heartbeat'
    | 'start'
    | 'answer'
    | 'trainer'
    | 'health'
    | 'nothing in work'
    | 'the run ended first'
    | 'not within 120 s';
  /** Null where nothing was seen to go on. */
  readonly seconds: number | null;
}

/** Something that was done to a run. */
export interface Blow {
  /** What was hit. */
  readonly what: string;
  /** How far the run was. */
  readonly at: string;
  /** Milliseconds since the epoch, and until when it lasted: a kill takes no time, but for those who ask what was killed. */
  readonly time: number;
  readonly until: number;
  /** Seconds until a process in its place answered its health check; null where none was needed any more. */
  readonly back: number | null;
  /** Null where nothing was killed or stopped. */
  readonly resumed: Resumption | null;
}
