import {existsSync, readFileSync} from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

/** Which files a file reaches when it runs, by imports, by paths that it names (a thread's file), and by `bundleOf`. */
export class Reach {
  readonly #root: string;
  readonly #direct = new Map<string, readonly string[]>();

  constructor(root: string) {
    this.#root = root;
  }

  /** Steps from a file to each file that it reaches; itself 0. Paths from the repository's root. */
  from(file: string): ReadonlyMap<string, number> {
    const steps = new Map([[file, 0]]);
    for (const [at, distance] of steps)
      for (const next of this.#reaches(at)) if (!steps.has(next)) steps.set(next, distance + 1);
    return steps;
  }

  #reaches(file: string): readonly string[] {
    const known = this.#direct.get(file);
    if (known !== undefined) return known;
    const absolute = path.join(this.#root, file);
    const found = new Set<string>();
    const source = ts.createSourceFile(file, readFileSync(absolute, 'utf8'), ts.ScriptTarget.Latest, true);
    const visit = (node: ts.Node): void => {
      if (ts.isImportDeclaration(node) && onlyTypes(node)) return;
      if (ts.isExportDeclaration(node) && node.isTypeOnly) return;
      if (ts.isTypeNode(node)) return;
      if (ts.isCallExpression(node) && node.expression.getText() === 'bundleOf')
        found.add(`test/workflows/entries/${(node.arguments[0] as ts.StringLiteral).text}.ts`);
      if (ts.isStringLiteralLike(node) && /^\.\.?\/.*\.[jt]s$/.test(node.text)) {
        const named = path.resolve(path.dirname(absolute), node.text);
        if (existsSync(named)) found.add(path.relative(this.#root, named));
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
    const reached = [...found];
    this.#direct.set(file, reached);
    return reached;
  }
}

function onlyTypes({importClause}: ts.ImportDeclaration): boolean {
  if (importClause === undefined) return false;
  if (importClause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const named = importClause.namedBindings;
  return (
    importClause.name === undefined &&
    named !== undefined &&
    ts.isNamedImports(named) &&
    named.elements.every(({isTypeOnly}) => isTypeOnly)
  );
}
