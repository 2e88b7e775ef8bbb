// The write that UploadPart and UploadPartCopy end with.
#pragma once
#include <string_view>

#include "gateway/context.h"
#include "services/s3/state.h"

namespace fogbank::s3 {

/// Where a part goes, as the request says.
struct PartPlaceName { Str bucket, key, upload_id; int number = 0; };

/// 1 to 10,000.
Result<int> read_part_number(Opt<int32_t> number);
/// The upload in progress, or NoSuchUpload.
Result<Upload> find_upload(Context& cx, store::Reader& reader, const PartPlaceName& at, BucketPtr& bucket);
/// The same on a read of its own.
Result<Upload> find_upload(Context& cx, const PartPlaceName& at);
/// Keeps the part with its blob; a part of that number that was there before goes. A caller whose write is refused gives the blob up.
Result<void> write_part(Context& cx, const PartPlaceName& at, const Part& part);

}  // namespace fogbank::s3
