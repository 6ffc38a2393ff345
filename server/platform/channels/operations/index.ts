// The operations that only agents call.
import acknowledgeMessage from './acknowledge-message.ts';
import createControlChannel from './create-control-channel.ts';
import deleteMessage from './delete-message.ts';
import failMessage from './fail-message.ts';
import getEndpoint from './get-endpoint.ts';
import getMessages from './get-messages.ts';
import sendReply from './send-reply.ts';

export const operations = [
  acknowledgeMessage,
  createControlChannel,
  deleteMessage,
  failMessage,
  getEndpoint,
  getMessages,
  sendReply,
];
