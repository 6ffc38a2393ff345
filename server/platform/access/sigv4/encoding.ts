// Percent-encoding as SigV4 has it. Pure. Text is one character a byte, so that any bytes pass through unharmed.
import { wrongSignature } from './refusals.ts';

/** In a query `+` stands for a blank, as in every form parser; in a path it is itself. */
export type Place = 'path' | 'query';

/** The one spelling of a component that signers sign: decoded, then encoded. */
export function respell(component: string, place: Place): string {
  if (/^[A-Za-z0-9\-._~]*$/.test(component)) return component;
  return encode(decodeComponent(component, place), /[^A-Za-z0-9\-._~]/g);
}

/** Throws on a broken escape: no signer makes one. */
export function decodeComponent(component: string, place: Place): string {
  const text = place === 'query' ? component.replaceAll('+', ' ') : component;
  if (!text.includes('%')) return text;
  if (/%(?![0-9A-Fa-f]{2})/.test(text)) throw wrongSignature();
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_escape, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}

export function encode(text: string, unsafe: RegExp): string {
  return text.replace(unsafe, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}
