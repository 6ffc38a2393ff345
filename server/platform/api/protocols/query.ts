// The Query protocol: form in (`Action=…&Version=…`), XML out. Its services have other names for the errors that AWS's front makes.
import { decodeTree } from '../codec/decode.ts';
import type { JsonObject } from '../codec/decode.ts';
import type { Service } from '../codec/service.ts';
import { errorMembers, errorShapeOf, errorStatus } from './error-status.ts';
import { formTree, parseForm } from './form.ts';
import type { FormFields } from './form.ts';
import type { WireCodec, WireRequest } from './wire.ts';
import { escapeXml, xmlMembers } from './xml.ts';

const XML_TYPE = { 'content-type': 'text/xml' };

const QUERY_CODES: Readonly<Record<string, string>> = {
  ValidationException: 'ValidationError',
  AccessDeniedException: 'AccessDenied',
  ThrottlingException: 'Throttling',
  SerializationException: 'MalformedInput',
  UnknownOperationException: 'InvalidAction',
  UnrecognizedClientException: 'InvalidClientTokenId',
  InvalidSignatureException: 'SignatureDoesNotMatch',
  IncompleteSignatureException: 'IncompleteSignature',
  MissingAuthenticationTokenException: 'MissingAuthenticationToken',
  ExpiredTokenException: 'ExpiredToken',
};

export const queryCodec: WireCodec = {
  decode: (operation, request) => decodeTree(operation.input, formTree(operation.input, formFields(request))),
  encode(service, operation, output, requestId) {
    const members = xmlMembers(operation.output, (output ?? {}) as JsonObject);
    const wrapper = operation.model.resultWrapper ?? `${operation.name}Result`;
    const result = operation.model.output === undefined ? '' : `<${wrapper}>${members}</${wrapper}>`;
    const body =
      `<${operation.name}Response${namespace(service)}>${result}` +
      `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${operation.name}Response>`;
    return { status: operation.model.status ?? 200, headers: XML_TYPE, body };
  },
  encodeError(service, operation, error, requestId) {
    const shape = errorShapeOf(service, operation, error.code);
    const status = errorStatus(shape, error, 403);
    const code = operation?.errors.has(error.code) ? error.code : (QUERY_CODES[error.code] ?? error.code);
    const { message: lower, Message: upper, ...further } = errorMembers(shape, error);
    const message = lower ?? upper;
    const rest = Object.entries(further).map(([name, value]) => `<${name}>${escapeXml(String(value))}</${name}>`);
    const body =
      `<ErrorResponse${namespace(service)}><Error><Type>${status >= 500 ? 'Receiver' : 'Sender'}</Type><Code>${escapeXml(code)}</Code>` +
      `${typeof message === 'string' ? `<Message>${escapeXml(message)}</Message>` : ''}${rest.join('')}</Error>` +
      `<RequestId>${requestId}</RequestId></ErrorResponse>`;
    return { status, headers: XML_TYPE, body };
  },
};

/** The fields of a form body, or of the query where there is no body. */
export function formFields(request: Pick<WireRequest, 'rawQuery' | 'body'>): FormFields {
  const known = readForms.get(request);
  if (known !== undefined) return known;
  const fields = parseForm(request.body.length > 0 ? request.body.toString('utf8') : request.rawQuery);
  readForms.set(request, fields);
  return fields;
}

/** A form is asked for twice: which operation it names, then what it says. */
const readForms = new WeakMap<Pick<WireRequest, 'rawQuery' | 'body'>, FormFields>();

function namespace(service: Service): string {
  return service.model.xmlNamespace === undefined ? '' : ` xmlns="${service.model.xmlNamespace}"`;
}
