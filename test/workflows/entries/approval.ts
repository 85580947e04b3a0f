export {approval} from '../../../workflows/approval.ts';
