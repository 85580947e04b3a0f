export {freePorts, startService, type ChildService} from '../../scripts/chaos/child-service.ts';
