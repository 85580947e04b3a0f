/** The gauntlet's activities, in the order its workflow calls them. */
export {planGauntlet} from './plan-gauntlet.ts';
export {prepareGauntlet} from './prepare-gauntlet.ts';
export {answerBatch} from './answer-batch.ts';
export {judgeBatch} from './judge-batch.ts';
export {keepPage, readPage} from './pages.ts';
export {scoreGauntlet} from './score-gauntlet.ts';
