// Rules of multipart uploads: upload ids, the order and size of parts, where in the parts a range lies. Pure, thread-safe.
// Source: S3 User Guide, "Multipart upload limits"; CompleteMultipartUpload in the API reference.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "services/s3/conditions.h"
#include "services/s3/state.h"

namespace fogbank::s3 {

/// A new upload id: 128 characters whose bytewise order is that of the times, then of the numbers.
std::string new_upload_id(Millis now, uint64_t number, Random& random);

/// One part named by a completion, with the record of it.
struct ChosenPart {
  int64_t number = 0;
  std::string_view etag;                                ///< as given, without quotes
  std::string_view checksum_algorithm, checksum;        ///< as given; empty: none
  Part part;
};

/// What a completion makes of the parts. The parts are those the client listed, in its order, each with its record.
struct Assembled {
  int64_t size = 0;
  std::string etag, checksum_algorithm, checksum;
  bool composite = false;
  std::vector<Run> runs;
};
/// Part numbers must ascend.
Result<void> check_part_order(const std::vector<ChosenPart>& parts, std::string_view upload_id);
/// One part: its ETag and checksum as listed, against its record.
Result<void> check_part(const ChosenPart& part, const Upload& upload, std::string_view upload_id);
/// All together: sizes, ETag, checksum. Every part needs its default CRC (crc64) if the upload names no algorithm.
Result<Assembled> assemble(const std::vector<ChosenPart>& parts, const Upload& upload);

/// A stretch of one part.
struct PartSlice { int64_t number = 0, offset = 0, length = 0; };
/// The parts that hold `range`, in order.
std::vector<PartSlice> slices_of(const std::vector<Run>& runs, const ByteRange& range);
/// The n-th part (from 1) as a range of the object and its part number; nothing if there are fewer.
struct PartPlace { ByteRange range; int64_t number = 0; };
std::optional<PartPlace> place_of_part(const std::vector<Run>& runs, int64_t n);
/// Is that part number among them?
bool contains_part(const std::vector<Run>& runs, int64_t number);

}  // namespace fogbank::s3
