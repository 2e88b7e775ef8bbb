// Blobs whose bytes were encrypted as they were received: reading them in clear. A reader is used by one thread at a time.
#pragma once
#include <memory>
#include <string_view>

#include "store/store.h"

namespace fogbank {

/// A reader of the plain bytes. It has no descriptor, so its bytes pass through memory.
std::unique_ptr<store::BlobReader> decrypting_reader(std::unique_ptr<store::BlobReader> sealed, std::string_view key);

}  // namespace fogbank
