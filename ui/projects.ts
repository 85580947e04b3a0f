import type {Client} from '@temporalio/client';
import type {ProjectConfig} from '../schemas/project.ts';
import type {Stores} from '../stores/stores.ts';

/** A project as its pages see it. */
export interface UiProject {
  readonly config: ProjectConfig;
  /** Where its ratchet.yaml is: the keys of people may be files beside it. */
  readonly folder: string;
  /** What the owner of this server types for its commands, such as `npx ratchet`. */
  readonly command: string;
  /** Reads alone: what would write is refused. */
  readonly stores: Stores;
  /** A client of the project's Temporal. Throws, in one line, where there is none. */
  readonly temporal: () => Promise<Client>;
}

/** What a page is asked with, where its project is known and may be seen. */
export interface Visit {
  readonly project: UiProject;
  /** The project's name. */
  readonly name: string;
  /** What the path names behind the project. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
}
