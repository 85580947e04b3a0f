import {availableParallelism, cpus, totalmem} from 'node:os';
import type {Machine} from '../schemas/machine.ts';

/** The machine that this worker runs on. */
export function thisMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() || 'unknown',
    cores: availableParallelism(),
    memory: totalmem(),
    platform: `${process.platform} ${process.arch}`,
  };
}
