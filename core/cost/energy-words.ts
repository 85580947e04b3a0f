const ENERGY: readonly Unit[] = [
  [1e6, 'GWh'],
  [1e3, 'MWh'],
  [1, 'kWh'],
  [1e-3, 'Wh'],
  [1e-6, 'mWh'],
];
const MASS: readonly Unit[] = [
  [1e6, 't'],
  [1e3, 'kg'],
  [1, 'g'],
  [1e-3, 'mg'],
  [1e-6, 'µg'],
];
type Unit = readonly [size: number, name: string];

/** `0.12 mWh`, `1.1 Wh`, `2.3 kWh`: two significant digits, as it is reckoned from stated powers. */
export function energyInWords(kWh: number): string {
  return inWords(kWh, ENERGY, 'Wh');
}

/** `57 µg`, `0.53 g`, `1.2 kg` */
export function massInWords(grams: number): string {
  return inWords(grams, MASS, 'g');
}

/** In the largest unit of which it is a tenth or more, else in the smallest. */
function inWords(value: number, units: readonly Unit[], none: string): string {
  if (value === 0) return `0 ${none}`;
  const rounded = Number(value.toPrecision(2));
  const [size, name] = units.find(([size]) => rounded >= 0.1 * size) ?? units.at(-1)!;
  return `${(rounded / size).toLocaleString('en-US', {maximumSignificantDigits: 2})} ${name}`;
}
