import {expect, test} from 'vitest';
import {energyInWords, massInWords} from '../../../core/cost/energy-words.ts';

test.each([
  [0.000000119, '0.12 mWh'],
  [0.000412, '0.41 Wh'],
  [0.0011, '1.1 Wh'],
  [0.0346, '35 Wh'],
  [0.9996, '1 kWh'],
  [12.34, '12 kWh'],
  [123_456, '0.12 GWh'],
  [0, '0 Wh'],
])('%d kWh is %s', (kWh, said) => expect(energyInWords(kWh)).toBe(said));

test.each([
  [0.0000573, '57 µg'],
  [0.532, '0.53 g'],
  [4.2, '4.2 g'],
  [1234, '1.2 kg'],
  [0, '0 g'],
])('%d g is %s', (grams, said) => expect(massInWords(grams)).toBe(said));
