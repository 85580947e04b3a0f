import {readFileSync} from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import {PACKAGE_ROOT} from '../../../stack/own-program.ts';

export interface PublicSymbol {
  readonly name: string;
  readonly kind: 'Function' | 'Class' | 'Constant' | 'Type';
  /** The declaration without bodies, as TypeScript. */
  readonly code: string;
  /** Its docstring, without tags; '' where it has none. */
  readonly says: string;
  readonly examples: readonly string[];
}

export interface Entrance {
  /** As it is imported, behind the package's name: `core/evaluation/statistics`. */
  readonly name: string;
  readonly says: string;
  readonly symbols: readonly PublicSymbol[];
}

const files = new Map<string, ts.SourceFile>();

function parsed(file: string): ts.SourceFile {
  const known = files.get(file);
  if (known !== undefined) return known;
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  files.set(file, source);
  return source;
}

/**
 * What an entrance exports, and each of its namespaces as an entrance of its own. Read from the syntax alone: exported
 * declarations state their types, and a type check of the whole core would take half a minute.
 */
export function publicSymbols(name: string): Entrance[] {
  return entrancesIn(name, path.join(PACKAGE_ROOT, name, 'index.ts'));
}

function entrancesIn(name: string, file: string): Entrance[] {
  const inner = namespacesOf(file).flatMap((one) => entrancesIn(`${name}/${one.name}`, one.file));
  const symbols = [...exportsOf(file)].map(([exported, declaration]) => described(exported, declaration));
  symbols.sort((a, b) => (a.name < b.name ? -1 : 1));
  const source = parsed(file);
  const [comment] = ts.getLeadingCommentRanges(source.text, 0) ?? [];
  const says = comment === undefined ? '' : source.text.slice(comment.pos, comment.end);
  return [{name, says: prose(says), symbols}, ...inner];
}

type Declaration = Exclude<ReturnType<typeof declarationsIn>[number], undefined>;

function namespacesOf(file: string): {name: string; file: string}[] {
  return parsed(file).statements.flatMap((statement) => {
    if (!ts.isExportDeclaration(statement) || !statement.moduleSpecifier) return [];
    const {exportClause} = statement;
    if (!exportClause || !ts.isNamespaceExport(exportClause)) return [];
    return [{name: exportClause.name.text, file: moduleOf(statement, file)}];
  });
}

function moduleOf({moduleSpecifier}: ts.ExportDeclaration, file: string): string {
  return path.join(path.dirname(file), (moduleSpecifier as ts.StringLiteral).text);
}

/** By name; a type and a constant of one name are the type, which says more. */
function exportsOf(file: string): Map<string, Declaration> {
  const found = new Map<string, Declaration>();
  for (const statement of parsed(file).statements) {
    if (ts.isExportDeclaration(statement) && statement.moduleSpecifier) {
      const {exportClause} = statement;
      if (exportClause && ts.isNamespaceExport(exportClause)) continue;
      const theirs = exportsOf(moduleOf(statement, file));
      if (!exportClause) for (const [name, declaration] of theirs) found.set(name, declaration);
      else
        for (const {name, propertyName} of exportClause.elements) {
          const declaration = theirs.get((propertyName ?? name).text);
          if (declaration !== undefined) found.set(name.text, declaration);
        }
    }
    for (const declaration of declarationsIn(statement)) found.set(declaration.name!.getText(), declaration);
  }
  return found;
}

function declarationsIn(statement: ts.Statement) {
  const exported = ts.canHaveModifiers(statement)
    ? ts.getModifiers(statement)?.some(({kind}) => kind === ts.SyntaxKind.ExportKeyword)
    : false;
  if (!exported) return [];
  if (ts.isVariableStatement(statement)) return [...statement.declarationList.declarations];
  if (
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement)
  )
    return [statement];
  return [];
}

function described(name: string, declaration: Declaration): PublicSymbol {
  const owner = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
  const docs = ts.getJSDocCommentsAndTags(owner).filter(ts.isJSDoc);
  const examples = docs
    .flatMap(({tags}) => tags ?? [])
    .filter(({tagName}) => tagName.text === 'example')
    .map(({comment}) => ts.getTextOfJSDocComment(comment) ?? '');
  const says = docs.map(({comment}) => ts.getTextOfJSDocComment(comment) ?? '').join('\n');
  return {name, ...shapeOf(declaration), says, examples};
}

function shapeOf(declaration: Declaration): Pick<PublicSymbol, 'kind' | 'code'> {
  if (ts.isFunctionDeclaration(declaration)) return {kind: 'Function', code: headOf(declaration)};
  if (ts.isClassDeclaration(declaration)) return {kind: 'Class', code: classText(declaration)};
  if (ts.isVariableDeclaration(declaration)) return {kind: 'Constant', code: constantText(declaration)};
  // Comments of fields are part of what it says.
  return {kind: 'Type', code: withoutExport(declaration.getText())};
}

const withoutExport = (text: string): string => text.replace(/^export /, '');

function headOf(declaration: ts.FunctionLikeDeclaration): string {
  const text = declaration.getText();
  const {body} = declaration;
  const end = body === undefined ? text.length : body.getStart() - declaration.getStart();
  return `${withoutExport(text.slice(0, end)).trim().replace(/;$/, '')};`;
}

/** A longer value is not shown. */
const LONGEST = 200;

function constantText({name, type, initializer}: ts.VariableDeclaration): string {
  if (type !== undefined) return `const ${name.getText()}: ${type.getText()};`;
  if (initializer !== undefined && ts.isArrowFunction(initializer))
    return `const ${name.getText()} = ${initializer.getText().slice(0, initializer.body.getStart() - initializer.getStart())}…;`;
  const value = initializer?.getText() ?? '…';
  return `const ${name.getText()} = ${value.length <= LONGEST ? value : '…'};`;
}

/** The public members, without bodies. */
function classText(declaration: ts.ClassDeclaration): string {
  const lines = declaration.members.flatMap((member) => {
    const hidden =
      ts.getCombinedModifierFlags(member) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected);
    if (hidden || (member.name !== undefined && ts.isPrivateIdentifier(member.name))) return [];
    const docs = ts.getJSDocCommentsAndTags(member).map((doc) => `  ${doc.getText()}`);
    return [...docs, `  ${memberText(member)}`];
  });
  const heritage = declaration.heritageClauses?.map((clause) => ` ${clause.getText()}`).join('') ?? '';
  return [`class ${declaration.name!.text}${heritage} {`, ...lines, '}'].join('\n');
}

function memberText(member: ts.ClassElement): string {
  if (ts.isConstructorDeclaration(member) || ts.isMethodDeclaration(member) || ts.isAccessor(member))
    return headOf(member);
  if (ts.isPropertyDeclaration(member) && member.initializer !== undefined)
    return `${member.name.getText()} = ${member.initializer.getText().slice(0, LONGEST)};`;
  return member.getText();
}

function prose(comment: string): string {
  return comment
    .replace(/^\s*\/\*\*/, '')
    .replace(/(?:^\s*\* ?@example[\s\S]*)?\*\/$/m, '')
    .replace(/^\s*\* ?/gm, '')
    .replace(/\s+/g, ' ')
    .trim();
}
