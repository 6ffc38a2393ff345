// Service `ssmmessages`: the two calls that hand out tokens for the agents' WebSockets (agent-protocol e.1, e.7). JSON in, XML out,
// status 201: any other status is an error to the agent, whatever the body says.
import type { ServiceModel, ShapeModel } from './service-model.ts';

const error: ShapeModel = { type: 'structure', members: { message: { shape: 'Text' } }, exception: true };
const result: ShapeModel = {
  type: 'structure',
  required: ['MessageSchemaVersion', 'TokenValue'],
  members: { MessageSchemaVersion: { shape: 'Version' }, TokenValue: { shape: 'TokenValue' } },
};

export const ssmMessagesModel: ServiceModel = {
  service: 'ssmmessages',
  apiVersion: '2017-09-15',
  protocols: ['rest-json'],
  signingName: 'ssmmessages',
  endpointPrefix: 'ssmmessages',
  operations: {
    CreateControlChannel: {
      method: 'POST',
      uri: '/v1/control-channel/{InstanceId}',
      status: 201,
      input: 'CreateControlChannelRequest',
      output: 'CreateControlChannelResult',
      xmlRoot: 'CreateControlChannelResult',
      errors: ['InvalidInstanceId', 'InternalServerError'],
    },
    CreateDataChannel: {
      method: 'POST',
      uri: '/v1/data-channel/{SessionId}',
      status: 201,
      input: 'CreateDataChannelRequest',
      output: 'CreateDataChannelResult',
      xmlRoot: 'CreateDataChannelResult',
      errors: ['DoesNotExistException', 'InternalServerError'],
    },
  },
  shapes: {
    Text: { type: 'string', max: 2048 },
    Version: { type: 'string', min: 1, max: 32 },
    Id: { type: 'string', min: 1, max: 128 },
    /** The agent leaves its ClientId empty. */
    OptionalId: { type: 'string', max: 128 },
    TokenValue: { type: 'string', min: 1, max: 4096, sensitive: true },
    CreateControlChannelRequest: {
      type: 'structure',
      required: ['InstanceId', 'MessageSchemaVersion', 'RequestId'],
      members: {
        InstanceId: { shape: 'Id', location: 'uri', locationName: 'InstanceId' },
        MessageSchemaVersion: { shape: 'Version' },
        RequestId: { shape: 'Id' },
      },
    },
    CreateControlChannelResult: result,
    CreateDataChannelRequest: {
      type: 'structure',
      required: ['SessionId', 'MessageSchemaVersion', 'RequestId'],
      members: {
        SessionId: { shape: 'Id', location: 'uri', locationName: 'SessionId' },
        MessageSchemaVersion: { shape: 'Version' },
        RequestId: { shape: 'Id' },
        ClientId: { shape: 'OptionalId' },
      },
    },
    CreateDataChannelResult: result,
    InvalidInstanceId: error,
    DoesNotExistException: error,
    InternalServerError: { ...error, fault: true },
  },
};
