// gzip (RFC 1952), unpacking only: SDKs pack large requests of operations that allow it. Thread-safe; the only user of zlib's inflate
// for outside bytes, and bounded: what unpacks to more than `limit` is refused as soon as it does.
#pragma once
#include <string>
#include <string_view>

namespace fogbank {

enum class Gunzip { ok, damaged, too_large };

/// `out` is replaced. Members one after the other are one text, as the RFC says; anything else behind the last is damage.
Gunzip gunzip(std::string_view packed, size_t limit, std::string& out);

}  // namespace fogbank
