import type {Entity} from '../../../schemas/names.ts';
import {card} from './card.ts';
import {cryptoAddress} from './crypto-address.ts';
import {email} from './email.ts';
import {iban} from './iban.ts';
import {ip} from './ip.ts';
import {phone} from './phone.ts';
import type {Recogniser} from './recogniser.ts';
import {ssn} from './ssn.ts';
import {urlCredentials} from './url-credentials.ts';

/** One for each kind of personal data. */
export const RECOGNISERS: {readonly [E in Entity]: Recogniser<E>} = {
  url_credentials: urlCredentials,
  email,
  iban,
  crypto_address: cryptoAddress,
  card,
  ssn,
  ip,
  phone,
};
