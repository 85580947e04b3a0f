import path from 'node:path';
import ts from 'typescript';

/**
 * Whether a file with one change still has sound types. A mutant that the type checker refuses can't land, so it says
 * nothing about the tests.
 */
export class Compiles {
  readonly #root: string;
  readonly #service: ts.LanguageService;
  /** The one file that is changed, and its text. */
  #changed: {readonly file: string; readonly text: string} | undefined;
  #version = 0;

  constructor(root: string) {
    this.#root = root;
    const {options, fileNames} = ts.getParsedCommandLineOfConfigFile(
      path.join(root, 'tsconfig.json'),
      undefined,
      {
        ...ts.sys,
        onUnRecoverableConfigFileDiagnostic: ({messageText}) => {
          throw new Error(ts.flattenDiagnosticMessageText(messageText, ' '));
        },
      },
    )!;
    const textOf = (file: string): string | undefined =>
      file === this.#changed?.file ? this.#changed.text : ts.sys.readFile(file);
    this.#service = ts.createLanguageService({
      getCompilationSettings: () => ({...options, incremental: false}),
      getScriptFileNames: () => fileNames,
      getScriptVersion: (file) => (file === this.#changed?.file ? String(this.#version) : '0'),
      getScriptSnapshot: (file) => {
        const text = textOf(file);
        return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
      },
      getCurrentDirectory: () => root,
      getDefaultLibFileName: (options) => ts.getDefaultLibFilePath(options),
      fileExists: (file) => ts.sys.fileExists(file),
      readFile: textOf,
      readDirectory: (...of) => ts.sys.readDirectory(...of),
      directoryExists: (folder) => ts.sys.directoryExists(folder),
      getDirectories: (folder) => ts.sys.getDirectories(folder),
    });
  }

  /** `file` from the root. Only its own types are checked: its exports are declared, so others rarely see a change. */
  holds(file: string, text: string): boolean {
    const absolute = path.join(this.#root, file);
    this.#changed = {file: absolute, text};
    this.#version++;
    return this.#service.getSemanticDiagnostics(absolute).length === 0;
  }
}
