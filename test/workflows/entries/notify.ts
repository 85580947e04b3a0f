export {notify} from '../../../workflows/notify.ts';
