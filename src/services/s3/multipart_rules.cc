#include "services/s3/multipart_rules.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/strings.h"
#include "services/s3/checksums.h"
#include "services/s3/errors.h"

namespace fogbank::s3 {
namespace {

constexpr std::string_view kIdAlphabet = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";  // in bytewise order

ApiError invalid_part(const ChosenPart& part, std::string_view upload_id) {
  return ApiError("InvalidPart",
                  "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may "
                  "not match the part's entity tag.", 400)
      .with("UploadId", std::string(upload_id)).with("PartNumber", cat(part.number)).with("ETag", std::string(part.etag));
}

std::vector<Run> runs_of(const std::vector<ChosenPart>& parts) {
  std::vector<Run> runs;
  for (const ChosenPart& p : parts) {
    if (!runs.empty() && runs.back().size == p.part.size && runs.back().first + runs.back().count == p.number) runs.back().count++;
    else runs.push_back({p.number, 1, p.part.size});
  }
  return runs;
}

uint64_t part_crc(std::string_view algorithm, const Part& part) {
  if (algorithm == kDefaultChecksum && part.crc64) return *part.crc64;
  return crc_value(algorithm, part.checksum).value_or(0);
}

}  // namespace

std::string new_upload_id(Millis now, uint64_t number, Random& random) {
  std::string id;
  for (uint64_t part : {uint64_t(now), number})
    for (int shift = 42; shift >= 0; shift -= 6) id += kIdAlphabet[size_t(part >> shift) & 63];
  return id + random.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._", 128 - id.size());
}

Result<void> check_part_order(const std::vector<ChosenPart>& parts, std::string_view upload_id) {
  for (size_t i = 1; i < parts.size(); i++) {
    if (parts[i].number > parts[i - 1].number) continue;
    return fail(ApiError("InvalidPartOrder", "The list of parts was not in ascending order. Parts must be ordered by part number.", 400)
                    .with("UploadId", std::string(upload_id)));
  }
  return {};
}

Result<void> check_part(const ChosenPart& p, const Upload& upload, std::string_view upload_id) {
  if (p.part.md5.empty() || lower(p.etag) != hex(p.part.md5)) return fail(invalid_part(p, upload_id));
  if (p.checksum.empty() && upload.composite) {
    return fail(invalid_request(cat("The upload was created using a ", lower(upload.checksum_algorithm),
                                    " checksum. The complete request must include the checksum for each part. It was missing for part ",
                                    p.number, " in the request.")));
  }
  if (!p.checksum.empty() && p.part.checksum_algorithm == p.checksum_algorithm && p.checksum != p.part.checksum)
    return fail(invalid_part(p, upload_id));
  if (!p.checksum.empty() && !upload.checksum_algorithm.empty() && p.checksum_algorithm != upload.checksum_algorithm)
    return fail(invalid_part(p, upload_id));
  return {};
}

Result<Assembled> assemble(const std::vector<ChosenPart>& parts, const Upload& upload) {
  Assembled out;
  std::vector<std::string_view> md5s, checksums;
  out.composite = upload.composite;
  out.checksum_algorithm = upload.checksum_algorithm.empty() ? std::string(kDefaultChecksum) : upload.checksum_algorithm;
  uint64_t crc = 0;
  for (size_t i = 0; i < parts.size(); i++) {
    const Part& part = parts[i].part;
    if (i + 1 < parts.size() && part.size < kMinPartBytes) {
      return fail(ApiError("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size", 400)
                      .with("ProposedSize", cat(part.size)).with("MinSizeAllowed", cat(kMinPartBytes))
                      .with("PartNumber", cat(parts[i].number)).with("ETag", hex(part.md5)));
    }
    out.size += part.size;
    md5s.push_back(part.md5);
    if (out.composite) checksums.push_back(part.checksum);
    else crc = combine_crc(out.checksum_algorithm, crc, part_crc(out.checksum_algorithm, part), uint64_t(part.size));
  }
  out.etag = multipart_etag(md5s);
  out.checksum = out.composite ? composite_checksum(out.checksum_algorithm, checksums).value_or("") : crc_text(out.checksum_algorithm, crc);
  out.runs = runs_of(parts);
  return out;
}

std::vector<PartSlice> slices_of(const std::vector<Run>& runs, const ByteRange& range) {
  std::vector<PartSlice> out;
  int64_t at = 0, end = range.first + range.length;   // `at`: where the run begins in the object
  for (const Run& run : runs) {
    int64_t run_end = at + run.count * run.size;
    if (run.size > 0 && run_end > range.first && at < end) {
      int64_t i = std::max<int64_t>(0, (range.first - at) / run.size);
      for (; i < run.count && at + i * run.size < end; i++) {
        int64_t begin = at + i * run.size;
        int64_t from = std::max(begin, range.first), to = std::min(begin + run.size, end);
        if (to > from) out.push_back({run.first + i, from - begin, to - from});
      }
    }
    at = run_end;
    if (at >= end) break;
  }
  return out;
}

std::optional<PartPlace> place_of_part(const std::vector<Run>& runs, int64_t n) {
  int64_t at = 0;
  for (const Run& run : runs) {
    if (n <= run.count) return PartPlace{{at + (n - 1) * run.size, run.size}, run.first + n - 1};
    n -= run.count;
    at += run.count * run.size;
  }
  return std::nullopt;
}

bool contains_part(const std::vector<Run>& runs, int64_t number) {
  return std::any_of(runs.begin(), runs.end(), [&](const Run& r) { return number >= r.first && number < r.first + r.count; });
}

}  // namespace fogbank::s3
