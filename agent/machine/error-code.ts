// The code of a system error, such as `ENOENT`; undefined for everything else that can be thrown.

export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
