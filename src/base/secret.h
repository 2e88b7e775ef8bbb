// Secret bytes that are wiped when they are dropped, and files of them in a data directory. A Secret is a value, immutable once shared;
// nothing of it appears in logs, records or error texts.
#pragma once
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/random.h"

namespace fogbank {

/// Overwrites the bytes in a way that the compiler keeps.
void wipe(std::string& bytes);

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string bytes) : bytes_(std::move(bytes)) {}
  explicit Secret(std::string_view bytes) : bytes_(bytes) {}
  Secret(const Secret& other) = default;
  Secret(Secret&& other) noexcept : bytes_(std::move(other.bytes_)) { wipe(other.bytes_); }
  Secret& operator=(Secret other) noexcept { bytes_.swap(other.bytes_); return *this; }
  ~Secret() { wipe(bytes_); }

  std::string_view view() const { return bytes_; }
  size_t size() const { return bytes_.size(); }
  bool empty() const { return bytes_.empty(); }

 private:
  std::string bytes_;
};

/// The key kept in a file of mode 0600, made from `random` if there is no such file. A file of another size is an error, never replaced:
/// what was sealed under it would be lost.
Result<Secret> load_or_make_key_file(const std::string& path, size_t bytes, Random& random);

}  // namespace fogbank
