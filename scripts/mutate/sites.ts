import ts from 'typescript';

/** One place in a file where one change gives a mutant. */
export interface Site {
  /** From the repository's root. */
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** Of the text that is replaced, in characters of the file. */
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
  readonly kind:
    'comparison' | 'arithmetic' | 'logic' | 'constant' | 'negation' | 'early return' | 'optional';
}

const COMPARISONS: Readonly<Record<string, string>> = {
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '===': '!==',
  '!==': '===',
};
const ARITHMETIC: Readonly<Record<string, string>> = {
  '+': '-',
  '-': '+',
  '*': '/',
  '/': '*',
  '%': '*',
  '+=': '-=',
  '-=': '+=',
  '++': '--',
  '--': '++',
};
const LOGIC: Readonly<Record<string, string>> = {'&&': '||', '||': '&&'};

/** Every site of a TypeScript file, in the order of the text. Types and imports have none: they do not run. */
export function sitesOf(file: string, text: string): Site[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const sites: Site[] = [];
  const add = (kind: Site['kind'], from: ts.Node, replacement: string): void => {
    const start = from.getStart(source);
    const line = source.getLineAndCharacterOfPosition(start).line + 1;
    sites.push({file, line, start, end: from.getEnd(), replacement, kind});
  };
  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || ts.isInterfaceDeclaration(node)) return;
    if (ts.isTypeAliasDeclaration(node) || ts.isTypeParameterDeclaration(node)) return;
    if (ts.isBinaryExpression(node)) binary(node, add);
    else if (ts.isPrefixUnaryExpression(node)) prefix(node, source, add);
    else if (ts.isPostfixUnaryExpression(node)) postfix(node, source, add);
    else if (ts.isNumericLiteral(node))
      add('constant', node, String(Number(node.text.replaceAll('_', '')) + 1));
    else if (node.kind === ts.SyntaxKind.TrueKeyword) add('constant', node, 'false');
    else if (node.kind === ts.SyntaxKind.FalseKeyword) add('constant', node, 'true');
    else if (ts.isIfStatement(node) && leaves(node.thenStatement))
      add('early return', node.expression, 'false');
    // `a?.[b]` and `a?.(b)` would need more than another token.
    else if (ts.isPropertyAccessExpression(node) && node.questionDotToken !== undefined)
      add('optional', node.questionDotToken, '.');
    ts.forEachChild(node, visit);
  };
  visit(source);
  return sites.sort((a, b) => a.start - b.start || a.end - b.end);
}

/** The file's text with this one change. */
export function mutated(text: string, {start, end, replacement}: Site): string {
  return text.slice(0, start) + replacement + text.slice(end);
}

/** Whether the mutant is a program at all: one that cannot be read would be killed by anything. */
export function parses(text: string, site: Site): boolean {
  const {diagnostics} = ts.transpileModule(mutated(text, site), {
    reportDiagnostics: true,
    compilerOptions: {target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext},
  });
  return (diagnostics ?? []).length === 0;
}

type Add = (kind: Site['kind'], from: ts.Node, replacement: string) => void;

function binary(node: ts.BinaryExpression, add: Add): void {
  const {left, operatorToken, right} = node;
  const operator = operatorToken.getText();
  const comparison = COMPARISONS[operator];
  if (comparison !== undefined && !orders(node)) add('comparison', operatorToken, comparison);
  const logic = LOGIC[operator];
  if (logic !== undefined) add('logic', operatorToken, logic);
  if (operator === '??') add('logic', node, left.getText());
  const arithmetic = ARITHMETIC[operator];
  // A text that is subtracted is no program that somebody would write.
  if (arithmetic !== undefined && !isText(left) && !isText(right))
    add('arithmetic', operatorToken, arithmetic);
}

function prefix(node: ts.PrefixUnaryExpression, source: ts.SourceFile, add: Add): void {
  const operand = node.operand.getText(source);
  if (node.operator === ts.SyntaxKind.ExclamationToken) add('negation', node, operand);
  if (node.operator === ts.SyntaxKind.PlusPlusToken) add('arithmetic', node, `--${operand}`);
  if (node.operator === ts.SyntaxKind.MinusMinusToken) add('arithmetic', node, `++${operand}`);
}

function postfix(node: ts.PostfixUnaryExpression, source: ts.SourceFile, add: Add): void {
  const turned = node.operator === ts.SyntaxKind.PlusPlusToken ? '--' : '++';
  add('arithmetic', node, `${node.operand.getText(source)}${turned}`);
}

/** The statement ends the function or the turn of the loop. */
function leaves(statement: ts.Statement): boolean {
  const last = ts.isBlock(statement) ? statement.statements.at(-1) : statement;
  return (
    last !== undefined &&
    (ts.isReturnStatement(last) ||
      ts.isThrowStatement(last) ||
      ts.isContinueStatement(last) ||
      ts.isBreakStatement(last))
  );
}

/** `a < b ? -1 : …` of an order: what `<=` would change is the order of equals. */
function orders(node: ts.BinaryExpression): boolean {
  const {parent} = node;
  return (
    /^[<>]$/.test(node.operatorToken.getText()) &&
    ts.isConditionalExpression(parent) &&
    parent.condition === node &&
    /^-?1$/.test(parent.whenTrue.getText())
  );
}

function isText(node: ts.Expression): boolean {
  return (
    ts.isStringLiteralLike(node) ||
    ts.isTemplateExpression(node) ||
    (ts.isBinaryExpression(node) && (isText(node.left) || isText(node.right)))
  );
}
