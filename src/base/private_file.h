// Small files that only their owner may read: keys, tokens. Written under a temporary name, synced and renamed, so that a crash leaves the
// old file or the new one. Errors name the file, never its content. Thread-safe for different files.
#pragma once
#include <string>
#include <string_view>

#include "base/secret.h"

namespace fogbank {

/// Of mode 0600, whatever the umask.
Result<void> write_private_file(const std::string& path, std::string_view content);

/// The whole file; nothing if there is none. A file of more than `limit` bytes, or one that cannot be read, is an error.
Result<std::optional<Secret>> read_private_file(const std::string& path, size_t limit);

}  // namespace fogbank
