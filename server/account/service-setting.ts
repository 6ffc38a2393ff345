// Service settings: which there are, what each may say, and how its id and its ARN are spelled. Pure. AWS has more ids than stand here: those would
// switch what this server does not have, and a setting that is taken and changes nothing would lie.
import type { Scope } from '../platform/ids.ts';
import type { ServiceSetting } from '../platform/api/models/ssm.types.gen.ts';

export type SettingId =
  | '/ssm/managed-instance/activation-tier'
  | '/ssm/parameter-store/default-parameter-tier'
  | '/ssm/parameter-store/high-throughput-enabled';

interface Setting {
  readonly standard: string;
  readonly values: readonly string[];
}

const SETTINGS: Readonly<Record<SettingId, Setting>> = {
  // Nothing here costs by the node, so what AWS gives in the advanced tier is always there.
  '/ssm/managed-instance/activation-tier': { standard: 'advanced', values: ['advanced'] },
  '/ssm/parameter-store/default-parameter-tier': {
    standard: 'Standard',
    values: ['Standard', 'Advanced', 'Intelligent-Tiering'],
  },
  '/ssm/parameter-store/high-throughput-enabled': { standard: 'false', values: ['false', 'true'] },
};

/** AWS's other ids, and what is missing for them. */
const ABSENT: Readonly<Record<string, string>> = {
  '/ssm/appmanager/appmanager-enabled': 'there is no Application Manager here',
  '/ssm/automation/customer-script-log-destination': 'there is no Automation here yet',
  '/ssm/automation/customer-script-log-group-name': 'there is no Automation here yet',
  '/ssm/automation/enable-adaptive-concurrency': 'there is no Automation here yet',
  '/ssm/documents/console/public-sharing-permission': 'sharing documents with everybody is decided by policies',
  '/ssm/managed-instance/default-ec2-instance-management-role': 'nodes register with an activation',
  '/ssm/opsinsights/opscenter': 'there is no OpsCenter here yet',
};

/** Whoever has not been changed by anybody. */
const NOBODY = 'System';

export interface StoredSetting {
  /** Undefined: it was reset. */
  readonly value: string | undefined;
  readonly modifiedAt: Date;
  /** ARN. */
  readonly modifiedBy: string;
}

const ARN = /^arn:aws:ssm:([a-z0-9-]+):([0-9]{12}):servicesetting(\/.+)$/;

/** For authorization, whatever was asked for. Of another account or region: its own ARN. */
export function settingArn({ account, region }: Scope, idOrArn: string): string {
  if (idOrArn.startsWith('arn:')) return ARN.test(idOrArn) ? idOrArn : '*';
  return `arn:aws:ssm:${region}:${account}:servicesetting${idOrArn.startsWith('/') ? '' : '/'}${idOrArn}`;
}

/** Undefined: no setting of this account and region. */
export function findSettingId(scope: Scope, idOrArn: string): SettingId | undefined {
  const [, region, account, path] = ARN.exec(idOrArn) ?? [];
  const id = path === undefined ? idOrArn : region === scope.region && account === scope.account ? path : '';
  return isSettingId(id) ? id : undefined;
}

function isSettingId(id: string): id is SettingId {
  return Object.hasOwn(SETTINGS, id);
}

/** AWS's sentence, and for an id that AWS has why it is not here. */
export function whyNoSetting(idOrArn: string): string {
  const id = ARN.exec(idOrArn)?.[3] ?? idOrArn;
  const reason = Object.hasOwn(ABSENT, id) ? ABSENT[id] : undefined;
  return reason === undefined
    ? 'The specified service setting was not found. Either the service name or the setting has not been provisioned by the AWS service team.'
    : `The service setting ${id} is not supported by this server: ${reason}.`;
}

/** Why the setting cannot have the value; undefined when it can. */
export function whyNotValue(id: SettingId, value: string): string | undefined {
  const { values } = SETTINGS[id];
  if (values.includes(value)) return undefined;
  const given = JSON.stringify(value.slice(0, 80));
  return `SettingValue of ${id} must be one of [${values.join(', ')}], not ${given}.${
    id === '/ssm/managed-instance/activation-tier' ? ' Every node has what the advanced tier gives, at no charge.' : ''
  }`;
}

export function effectiveValue(id: SettingId, stored: StoredSetting | undefined): string {
  return stored?.value ?? SETTINGS[id].standard;
}

export function settingView(scope: Scope, id: SettingId, stored: StoredSetting | undefined): ServiceSetting {
  const isDefault = stored?.value === undefined;
  return {
    SettingId: id,
    SettingValue: effectiveValue(id, stored),
    LastModifiedDate: stored?.modifiedAt,
    LastModifiedUser: isDefault ? NOBODY : stored.modifiedBy,
    ARN: settingArn(scope, id),
    Status: isDefault ? 'Default' : 'Customized',
  };
}
