// What the tagging API could not do, by ARN: one resource that is refused does not hold up the others.
import type { FailureInfo } from '../platform/api/models/resourcegroupstaggingapi.types.gen.ts';

export const NO_RESOURCE = 'The resource does not exist, or this server cannot tag it.';

export interface Failures {
  readonly map: Readonly<Record<string, FailureInfo>>;
  add(arn: string, message: string): void;
}

export function failures(): Failures {
  // What a caller sends becomes a key here: it must not meet Object's own.
  const map = Object.create(null) as Record<string, FailureInfo>;
  return {
    map,
    add(arn, message) {
      map[arn] = { StatusCode: 400, ErrorCode: 'InvalidParameterException', ErrorMessage: message };
    },
  };
}
