/**
 * The label that `said` names: itself, one of which it is another spelling (`aliases`: spelling → label), or the only one that
 * differs from it by case, Unicode form (NFC) or the spaces around it; null where there is none. People write "Ham" where the
 * rows say "ham".
 */
export function labelNamed(
  said: string,
  labels: readonly string[],
  aliases: Readonly<Record<string, string>> = {},
): string | null {
  const exact = said.trim();
  if (labels.includes(exact)) return exact;
  if (Object.hasOwn(aliases, exact)) return aliases[exact]!;
  const folded = fold(exact);
  const alike = new Set([
    ...labels.filter((label) => fold(label) === folded),
    ...Object.entries(aliases).flatMap(([alias, label]) => (fold(alias) === folded ? [label] : [])),
  ]);
  return alike.size === 1 ? [...alike][0]! : null;
}

function fold(text: string): string {
  return text.normalize('NFC').toLowerCase();
}
