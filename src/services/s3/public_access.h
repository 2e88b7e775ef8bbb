// S3 Block Public Access as it counts for a bucket: its own settings and those of its account together.
#pragma once
#include "services/s3/state.h"

namespace fogbank::s3 {

PublicAccessBlock effective_block(store::Reader& reader, const BucketInfo& bucket);

}  // namespace fogbank::s3
