// Which checks are asked of which document type. A new type is a line here.
import type { DocumentType } from '../../platform/api/models/ssm.types.gen.ts';
import { automation, changeTemplate } from './automation.ts';
import { changeCalendar } from './change-calendar.ts';
import { command, policy } from './command.ts';
import type { DocumentKind } from './kind.ts';
import { packageManifest } from './package.ts';
import { session } from './session.ts';
import { anything, describedObject, object } from './well-formed.ts';

const KINDS: Readonly<Record<DocumentType, DocumentKind>> = {
  Command: command,
  Policy: policy,
  Session: session,
  Automation: automation,
  'Automation.ChangeTemplate': changeTemplate,
  Package: packageManifest,
  ChangeCalendar: changeCalendar,
  /** AppConfig hands it to applications as it is. */
  ApplicationConfiguration: anything('JSON', 'YAML', 'TEXT'),
  /** A JSON schema. */
  ApplicationConfigurationSchema: object(),
  DeploymentStrategy: object(),
  ProblemAnalysis: describedObject,
  ProblemAnalysisTemplate: describedObject,
  CloudFormation: object('schemaVersion', 'templateBody'),
  ConformancePackTemplate: object(),
  QuickSetup: describedObject,
  ManualApprovalPolicy: anything('JSON', 'YAML', 'TEXT'),
  /** Cedar, or Cedar in JSON. */
  AutoApprovalPolicy: anything('JSON', 'YAML', 'TEXT'),
};

export function kindOf(type: DocumentType): DocumentKind {
  return KINDS[type];
}
