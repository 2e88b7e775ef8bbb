// The public parameters /aws/service/…: reference data inside the program, the same for every account of a Region. A data set is unpacked
// when it is first asked for; the few used last stay unpacked. Thread-safe; nothing of it is stored.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace fogbank { class Core; }

namespace fogbank::ssm {

struct PublicParameter {
  std::string_view name, value;   ///< of the visit only
  uint64_t version = 1;
  Millis modified = 0;
};

class PublicParameters {
 public:
  explicit PublicParameters(Core&) {}

  using Visit = std::function<bool(const PublicParameter&)>;
  /// The parameter of that name; `visit` is called at most once. False: there is none.
  bool get(std::string_view region, std::string_view name, const Visit& visit);
  /// Those whose name begins with `prefix` ("/aws/service/x/") and comes behind `after`, in order, until `visit` returns false.
  void scan(std::string_view region, std::string_view prefix, std::string_view after, const Visit& visit);
  /// Is this the id of an image that a public parameter of the Region names?
  bool names_image(std::string_view region, std::string_view id);

 private:
  struct Lines;
  std::shared_ptr<const Lines> unpacked(size_t set);

  static constexpr size_t kKept = 4;
  std::mutex mutex_;
  std::vector<std::pair<size_t, std::shared_ptr<const Lines>>> kept_;   ///< used last at the end
};

}  // namespace fogbank::ssm
