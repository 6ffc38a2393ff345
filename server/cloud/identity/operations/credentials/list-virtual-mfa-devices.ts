// ListVirtualMFADevices: there is no second factor here, so an account has none.
import { iamRead } from '../../iam-operation.ts';

export default iamRead('ListVirtualMFADevices', {
  about: () => ['*'],
  read: () => Promise.resolve({ VirtualMFADevices: [], IsTruncated: false }),
});
