// Views into an encoded key, for the store itself: which bytes name the service, which the table. Stateless; throws
// std::invalid_argument for bytes that are no key. The layout is described in docs/store.md.
#pragma once
#include <string>
#include <string_view>

namespace fogbank::store {

/// Partition, account, Region and service: the prefix of everything that a service keeps in a scope.
std::string_view service_prefix(std::string_view encoded);
/// Service and table with their terminators: the same bytes for every scope.
std::string_view table_segment(std::string_view encoded);
/// The smallest bytes after everything that begins with `prefix`.
std::string after_bytes(std::string_view prefix);

}  // namespace fogbank::store
