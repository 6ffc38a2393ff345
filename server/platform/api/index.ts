// The front door: what the composition root and the tests of other parts import.
export { compileService } from './codec/service.ts';
export type { Service } from './codec/service.ts';
export { ApiError, fail } from './errors.ts';
export { createFrontDoor } from './front-door.ts';
export type { FrontDoor, FrontDoorOptions, ReservedHandler } from './front-door.ts';
export { ListenError, listen } from './http-listener.ts';
export type { Listener, ListenOptions, TlsMaterial } from './http-listener.ts';
export { lastWords } from './last-words.ts';
export { serviceModels } from './models/index.ts';
export type { ServiceModel } from './models/service-model.ts';
export type { AnyOperation, AuditClass, BoundOperation, Operation, RequestContext } from './operation.ts';
export { readHead } from './request-head.ts';
