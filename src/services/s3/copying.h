// What CopyObject and UploadPartCopy share: finding the source, and copying its bytes into a blob of their own.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "gateway/context.h"
#include "services/s3/bodies.h"
#include "services/s3/conditions.h"
#include "services/s3/copy_source.h"
#include "services/s3/state.h"

namespace fogbank::s3 {

/// The source of a copy, found on one snapshot.
struct CopiedObject {
  Object object;
  std::string version;                 ///< how answers name it; empty in a bucket without versions
  std::vector<Segment> segments;       ///< of the range, or of all
};
/// `range`: x-amz-copy-source-range, or absent. Opens a read of its own.
Result<CopiedObject> find_source(Context& cx, const CopySource& from, const Preconditions& conditions, Str range);

/// The range that an x-amz-copy-source-range asks for of an object of `size` bytes.
Result<ByteRange> read_copy_range(Str header, int64_t size);

/// Bytes copied: a finished blob that nobody keeps yet, and what was computed on the way.
struct CopiedBytes {
  store::BlobRef blob;
  int64_t size = 0;
  std::string md5;                     ///< 16 raw bytes
  std::string checksum;                ///< base64, of the algorithm asked for
};
Result<CopiedBytes> copy_bytes(Context& cx, const std::vector<Segment>& segments, std::string_view algorithm);

}  // namespace fogbank::s3
