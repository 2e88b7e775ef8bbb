#include "services/s3/public_access.h"

namespace fogbank::s3 {

PublicAccessBlock effective_block(store::Reader& reader, const BucketInfo& bucket) {
  PublicAccessBlock out = bucket.record.public_access.value_or(PublicAccessBlock{});
  auto account = reader.get_as<PublicAccessBlock>(account_block_key(bucket.scope.partition, bucket.record.account));
  if (!account) return out;
  out.block_acls |= account->block_acls;
  out.ignore_acls |= account->ignore_acls;
  out.block_policy |= account->block_policy;
  out.restrict_buckets |= account->restrict_buckets;
  return out;
}

}  // namespace fogbank::s3
