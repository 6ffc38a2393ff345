// Scalars that arrive as text: labels, query parameters, headers, form fields. What does not read as its type is passed on as the text
// it is, so that the decoder refuses it with the same sentence as anywhere else. Pure.
import type { Shape } from '../codec/shape.ts';
import { dateOfText } from '../codec/timestamps.ts';

const NUMBER = /^-?\d{1,16}(?:\.\d{1,17})?(?:[eE][+-]?\d{1,3})?$/;

export function scalarOfText(shape: Shape, text: string): unknown {
  switch (shape.kind) {
    case 'integer':
    case 'float':
      return NUMBER.test(text) ? Number(text) : text;
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : text;
    case 'timestamp':
      return dateOfText(text) ?? text;
    default:
      return text;
  }
}
