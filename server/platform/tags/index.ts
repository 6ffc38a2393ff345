// The public face of tags.
export type { Tag, Tags, TagTarget } from './tags.ts';
export { createTags } from './create-tags.ts';
export { migrations } from './migrations/index.ts';
