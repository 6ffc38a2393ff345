// What the other side sent does not follow the protocol. The message is one sentence that says which rule was broken; it never
// quotes more than a short piece of what arrived.

export class ProtocolError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'ProtocolError';
  }
}
