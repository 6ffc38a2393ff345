// The first frame of a control channel: who is there, with which token, and what it offers.
import { parseOpenControlChannel, ProtocolError } from '@muster/protocol/channel.ts';
import type { OpenControlChannel } from '@muster/protocol/channel.ts';
import type { Connection } from './connection.ts';
import type { ChannelTokens } from './tokens.ts';

export /** What the agent says of itself; a sentence when it may not come in. */
function takeOpening(connection: Connection, data: Buffer, tokens: ChannelTokens): OpenControlChannel | string {
  try {
    const open = parseOpenControlChannel(data.toString());
    return tokens.take(connection.scope, connection.nodeId, open.tokenValue) ? open : 'The token is not valid.';
  } catch (error) {
    if (error instanceof ProtocolError) return error.message;
    throw error;
  }
}
