// Every way in which a signed request can be wrong, with AWS's code and sentence. JSON services answer all of them with 400 (recorded
// from Systems Manager). No sentence reveals what would have been right, except for times and names that the caller sent.
import { hash } from 'node:crypto';
import { ApiError } from '../../api/errors.ts';

export const missingToken = (): ApiError => new ApiError('MissingAuthenticationTokenException', 'Missing Authentication Token');

export const unrecognizedClient = (): ApiError =>
  new ApiError('UnrecognizedClientException', 'The security token included in the request is invalid.');

export const expiredToken = (): ApiError =>
  new ApiError('ExpiredTokenException', 'The security token included in the request is expired');

export const incomplete = (message: string): ApiError => new ApiError('IncompleteSignatureException', message);

export const invalid = (message: string): ApiError => new ApiError('InvalidSignatureException', message);

export const wrongSignature = (): ApiError =>
  invalid(
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. ' +
      'Consult the service documentation for details.',
  );

/** AWS shows the header's hash, since the header itself may be somebody's bearer token. */
export const hashedHeader = (value: string): string =>
  `(Hashed with SHA-256 and encoded with Base64) Authorization=${hash('sha256', value, 'base64')}`;
