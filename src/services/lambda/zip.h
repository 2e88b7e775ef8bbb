// Reading packages: what is in a zip file, and unpacking it safely. The only user of minizip.
//
// Nothing is written outside the target directory: absolute names, "..", names through links and links that lead out are refused. Links
// and modes are kept (owner and world may read everything, as functions run as another user). Every size and count is bounded while it is
// read, whatever the archive's directory claims. Files survive a crash in the directory that the caller chose; nothing else is kept.
// Any thread; reads and writes the disk.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace fogbank::lambda {

enum class ZipFault : uint8_t { damaged, too_large, unsafe, io };

struct ZipError {
  ZipFault fault = ZipFault::damaged;
  std::string detail;                     ///< for logs and StateReason
};

struct ZipSummary {
  int64_t files = 0, unpacked = 0;        ///< by the archive's directory
};

/// Reads the directory only.
tl::expected<ZipSummary, ZipError> summarise_zip(std::string_view bytes, int64_t limit);
/// Unpacks into `directory`, which must exist and be empty.
tl::expected<ZipSummary, ZipError> unpack_zip(std::string_view bytes, const std::string& directory, int64_t limit);

}  // namespace fogbank::lambda
