// Every service model that the server answers for: the generated public ones and the hand-written ones, merged.
import { agentSsmModel } from './agent-ssm.model.ts';
import cloudTrail from './cloudtrail.model.gen.json' with { type: 'json' };
import { ec2MessagesModel } from './ec2messages.model.ts';
import iam from './iam.model.gen.json' with { type: 'json' };
import kms from './kms.model.gen.json' with { type: 'json' };
import { musterModel } from './muster.model.ts';
import resourceGroups from './resource-groups.model.gen.json' with { type: 'json' };
import tagging from './resourcegroupstaggingapi.model.gen.json' with { type: 'json' };
import { mergeModels } from './service-model.ts';
import type { ServiceModel } from './service-model.ts';
import ssm from './ssm.model.gen.json' with { type: 'json' };
import { ssmMessagesModel } from './ssmmessages.model.ts';
import sts from './sts.model.gen.json' with { type: 'json' };

// JSON imports widen `"string"` to string; the generator wrote what ServiceModel says, and a test walks the shapes.
export const ssmModel: ServiceModel = mergeModels(ssm as unknown as ServiceModel, agentSsmModel);
export const stsModel = sts as unknown as ServiceModel;
const iamModel = iam as unknown as ServiceModel;
const kmsModel = kms as unknown as ServiceModel;
const cloudTrailModel = cloudTrail as unknown as ServiceModel;
const resourceGroupsModel = resourceGroups as unknown as ServiceModel;
const taggingModel = tagging as unknown as ServiceModel;

export const serviceModels: readonly ServiceModel[] = [
  ssmModel,
  stsModel,
  iamModel,
  cloudTrailModel,
  kmsModel,
  resourceGroupsModel,
  taggingModel,
  ssmMessagesModel,
  ec2MessagesModel,
  musterModel,
];
