import {objectStoreConformance} from './object-store.conformance.ts';
import {STORE_KINDS} from '../store-kinds.ts';

for (const kind of STORE_KINDS) objectStoreConformance(kind);
