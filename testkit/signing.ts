// Signatures by hand, for tests of the server: the agent's, which the server itself may not import.
export { authorization, canonicalQuery, signV4, stringToSign } from '@muster/agent/access/sign-v4.ts';
export type { AccessCredentials } from '@muster/agent/access/sign-v4.ts';
