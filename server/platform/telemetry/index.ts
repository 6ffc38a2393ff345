// Logs, metrics and health: what the rest of the server imports.
export { createHealth } from './health.ts';
export { collectWhenIdle } from './idle-collection.ts';
export type { Health, HealthCheck, Readiness } from './health.ts';
export type { LogFields, Logger } from './log.ts';
export { createLogger, standardErrorWriter } from './logger.ts';
export type { LogFormat, LoggerOptions, LogLevel } from './logger.ts';
export type { Counter, Histogram, Labels, Metrics } from './metrics.ts';
export { createMetrics } from './prometheus.ts';
