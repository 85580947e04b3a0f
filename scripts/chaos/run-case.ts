import type {ChaosCase} from './cases.ts';
import {damagedArtifactRun} from './damaged-artifact-run.ts';
import {faultyS3Run} from './faulty-s3-run.ts';
import {fullDiskRun} from './full-disk-run.ts';
import {firstRun, killAt, killOften} from './killed-run.ts';
import {retrainedRun, type Promoted} from './retrained-run.ts';
import type {CaseRun} from './scene.ts';
import {stoppedWorkerRun} from './stopped-worker-run.ts';

/** Takes a copy of the tiny project through its case. Throws Inconclusive where this machine lacks what it needs. */
export function runCase(one: ChaosCase, promoted: Promoted): Promise<CaseRun> {
  switch (one.kind) {
    case 'undisturbed':
      return one.of === 'first' ? firstRun() : retrainedRun(promoted);
    case 'kill': {
      const {victim, moment} = one;
      return moment === 'monitor' || moment === 'retrain'
        ? retrainedRun(promoted, {victim, moment})
        : firstRun(killAt(victim, moment), {decideOnceStruck: moment === 'approval'});
    }
    case 'random':
      return firstRun(killOften(one.seed));
    case 's3':
      return faultyS3Run(one.fault, one.name);
    case 'disk':
      return fullDiskRun();
    case 'artifact':
      return damagedArtifactRun(one.damage);
    case 'stopped':
      return stoppedWorkerRun(one.victim);
  }
}
