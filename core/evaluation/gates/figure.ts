/** A figure for a line of text: three significant digits or more where the number is large; a true minus sign. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? '∞' : value < 0 ? '−∞' : 'unknown';
  const size = Math.abs(value);
  const text =
    size === 0
      ? '0'
      : size >= 100
        ? size.toFixed(0)
        : size >= 10
          ? size.toFixed(1)
          : size >= 1
            ? size.toFixed(2)
            : small(size);
  return value < 0 && Number(text) !== 0 ? `−${text}` : text;
}

/** Three decimals, or three significant digits below .001. */
function small(size: number): string {
  return size >= 0.0005 ? String(Number(size.toFixed(3))) : size.toPrecision(2);
}
