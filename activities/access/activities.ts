/** What workflows ask about people. */
export {proveAct} from './prove-act.ts';
