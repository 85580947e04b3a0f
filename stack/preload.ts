/** Loaded into each of our own processes of the local stack before its program, and by Node into their threads. */
import {isMainThread} from 'node:worker_threads';
import {giveBackWhenIdle} from './give-back.ts';

if (isMainThread) giveBackWhenIdle();
