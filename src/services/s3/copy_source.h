// x-amz-copy-source: which object a copy is of. Pure.
#pragma once
#include <string>
#include <string_view>

#include "base/error.h"

namespace fogbank::s3 {

struct CopySource {
  std::string bucket, key, version_id;   ///< percent-decoded
  bool has_version = false;
};

/// "bucket/key", "/bucket/key", with "?versionId=…"; percent-encoded. Access points are refused.
Result<CopySource> read_copy_source(std::string_view header);

}  // namespace fogbank::s3
