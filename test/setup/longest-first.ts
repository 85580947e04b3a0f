import {BaseSequencer, type TestSpecification} from 'vitest/node';

/** Files that train, serve or pack, the longest first: one that begins last would have the other core wait for it. */
const LONGEST = [
  'system/whole-run',
  'system/kills',
  'activities/train/training-backend',
  'package/package',
  'trainer/trainer',
  'system/shuffled-labels',
  'activities/train/train-adapter',
  'workers/versions',
];

/** Files that share processes come in one piece: these end where another project's file comes between. */
const PROJECTS = ['whole', 'whole-isolated', 'quick-isolated', 'quick'];

/** They begin first; the others in Vitest's own order. */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({moduleId, project}: TestSpecification) => {
      const found = LONGEST.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
      return found === -1 ? LONGEST.length + PROJECTS.indexOf(project.name) : found;
    };
    return (await super.sort(files)).sort((a, b) => place(a) - place(b));
  }
}
