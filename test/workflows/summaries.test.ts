import {readdirSync} from 'node:fs';
import {basename, join} from 'node:path';
import ts from 'typescript';
import {expect, it} from 'vitest';

const FOLDER = join(import.meta.dirname, '..', '..', 'workflows');

/** Who opens a run in the Temporal UI reads summaries, not names of functions. */
it('every activity and every timer of a workflow has a summary', () => {
  const files = readdirSync(FOLDER, {recursive: true, encoding: 'utf8'})
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(FOLDER, name));
  const program = ts.createProgram(files, {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ESNext,
    allowImportingTsExtensions: true,
    noEmit: true,
    strict: true,
    skipLibCheck: true,
  });
  const checker = program.getTypeChecker();
  const isActivity = (node: ts.Expression): boolean =>
    checker.getTypeAtLocation(node).getProperty('executeWithOptions') !== undefined;
  const hasSummary = (options: ts.Expression | undefined): boolean =>
    options !== undefined && checker.getTypeAtLocation(options).getProperty('summary') !== undefined;

  let calls = 0;
  const bare: string[] = [];
  for (const file of files) {
    const source = program.getSourceFile(file)!;
    const visit = (node: ts.Node): void => {
      ts.forEachChild(node, visit);
      if (!ts.isCallExpression(node)) return;
      const {expression, arguments: args} = node;
      const said = (fine: boolean): void => {
        calls += 1;
        const {line} = source.getLineAndCharacterOfPosition(node.getStart());
        if (!fine) bare.push(`${basename(file)}:${line + 1} ${expression.getText()}`);
      };
      if (isActivity(expression)) said(false);
      else if (ts.isPropertyAccessExpression(expression) && isActivity(expression.expression))
        said(hasSummary(args[0]));
      else if (expression.getText() === 'condition' && args.length > 1) said(hasSummary(args[2]));
      else if (expression.getText() === 'sleep') said(hasSummary(args[1]));
    };
    visit(source);
  }
  expect(bare).toEqual([]);
  expect(calls).toBeGreaterThan(40);
}, 120_000);
