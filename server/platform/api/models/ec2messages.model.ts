// Service `ec2messages`: the long-poll fallback that agents use when the control channel is not there (agent-protocol d). Everything
// in an answer except PayloadDigest must be non-empty, or the agent drops the message.
import type { ServiceModel, ShapeModel } from './service-model.ts';

const text = (max: number, min = 1): ShapeModel => ({ type: 'string', min, max });
const error: ShapeModel = { type: 'structure', members: { Message: { shape: 'Text' } }, exception: true };
const operation = (name: string) => ({
  method: 'POST',
  uri: '/',
  input: `${name}Request`,
  output: `${name}Result`,
  errors: [
    'AuthorizationFailureException',
    'InternalServerException',
    'InvalidDestinationException',
    'InvalidMessageIdException',
    'RequestTimeoutException',
    'TooManyRequestsException',
    'UnsupportedMessageOperationException',
  ],
});

export const ec2MessagesModel: ServiceModel = {
  service: 'ec2messages',
  apiVersion: '2015-06-19',
  protocols: ['json'],
  jsonVersion: '1.1',
  signingName: 'ec2messages',
  endpointPrefix: 'ec2messages',
  targetPrefix: 'EC2WindowsMessageDeliveryService',
  operations: {
    GetMessages: operation('GetMessages'),
    AcknowledgeMessage: operation('AcknowledgeMessage'),
    SendReply: operation('SendReply'),
    FailMessage: operation('FailMessage'),
    DeleteMessage: operation('DeleteMessage'),
    GetEndpoint: operation('GetEndpoint'),
  },
  shapes: {
    Text: text(2048, 0),
    Destination: text(128),
    MessageId: text(512),
    RequestId: text(128),
    VisibilityTimeout: { type: 'integer', min: 0, max: 43_200 },
    /** A reply holds two outputs of 24,000 characters for each of its steps; the body limit of the operation bounds it. */
    Payload: text(1_048_576, 0),
    ReplyStatus: { type: 'string', enum: ['Created', 'Queued', 'Acknowledged', 'NoActionTaken'] },
    GetMessagesRequest: {
      type: 'structure',
      required: ['Destination', 'MessagesRequestId', 'VisibilityTimeoutInSeconds'],
      members: {
        Destination: { shape: 'Destination' },
        MessagesRequestId: { shape: 'RequestId' },
        VisibilityTimeoutInSeconds: { shape: 'VisibilityTimeout' },
      },
    },
    GetMessagesResult: {
      type: 'structure',
      required: ['Destination', 'MessagesRequestId', 'Messages'],
      members: {
        Destination: { shape: 'Destination' },
        MessagesRequestId: { shape: 'RequestId' },
        Messages: { shape: 'MessageList' },
      },
    },
    MessageList: { type: 'list', member: { shape: 'Message' } },
    Message: {
      type: 'structure',
      required: ['CreatedDate', 'Destination', 'MessageId', 'Payload', 'Topic'],
      members: {
        CreatedDate: { shape: 'Text' },
        Destination: { shape: 'Destination' },
        MessageId: { shape: 'MessageId' },
        Payload: { shape: 'Payload' },
        PayloadDigest: { shape: 'Text' },
        Topic: { shape: 'Text' },
      },
    },
    AcknowledgeMessageRequest: { type: 'structure', required: ['MessageId'], members: { MessageId: { shape: 'MessageId' } } },
    AcknowledgeMessageResult: { type: 'structure', members: {} },
    SendReplyRequest: {
      type: 'structure',
      required: ['MessageId', 'Payload', 'ReplyId'],
      members: {
        MessageId: { shape: 'MessageId' },
        Payload: { shape: 'Payload' },
        ReplyId: { shape: 'RequestId' },
        // Sent by no agent that was observed; taken and dropped.
        DeliveryOptions: { shape: 'DeliveryOptions' },
      },
    },
    DeliveryOptions: { type: 'structure', members: {} },
    SendReplyResult: {
      type: 'structure',
      required: ['MessageId', 'ReplyId', 'ReplyStatus'],
      members: {
        MessageId: { shape: 'MessageId' },
        ReplyId: { shape: 'RequestId' },
        ReplyStatus: { shape: 'ReplyStatus' },
        Description: { shape: 'Text' },
      },
    },
    FailMessageRequest: {
      type: 'structure',
      required: ['MessageId', 'FailureType'],
      members: { MessageId: { shape: 'MessageId' }, FailureType: { shape: 'FailureType' } },
    },
    FailureType: { type: 'string', enum: ['NoHandlerExists', 'InternalHandlerException'] },
    FailMessageResult: { type: 'structure', members: {} },
    DeleteMessageRequest: { type: 'structure', required: ['MessageId'], members: { MessageId: { shape: 'MessageId' } } },
    DeleteMessageResult: { type: 'structure', members: {} },
    GetEndpointRequest: { type: 'structure', required: ['Destination'], members: { Destination: { shape: 'Destination' } } },
    GetEndpointResult: { type: 'structure', required: ['Endpoint'], members: { Endpoint: { shape: 'Text' } } },
    AuthorizationFailureException: error,
    InternalServerException: { ...error, fault: true },
    InvalidDestinationException: error,
    InvalidMessageIdException: error,
    RequestTimeoutException: error,
    TooManyRequestsException: error,
    UnsupportedMessageOperationException: error,
  },
};
