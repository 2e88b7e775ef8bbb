// Event source mappings: their records. A mapping's state of reading is beside it (mapping_progress).
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "services/lambda/state.h"

namespace fogbank::lambda {

inline constexpr store::Table kMappings{"lambda", "mapping"};

/// Creating … are shown as such; what happens next is a task's.
enum class MappingState : uint8_t { creating, enabling, enabled, disabling, disabled, updating, deleting };

struct Mapping {
  std::string uuid, source_arn;
  std::string function_arn;                ///< with its qualifier
  std::string function, qualifier;
  MappingState state = MappingState::creating;
  bool wanted = true;                      ///< Enabled, once the state has settled
  std::string reason = "User action", result;
  int64_t batch_size = 10, window = 0;
  Millis modified = 0;
  std::vector<std::string> filters;        ///< patterns, JSON
  bool has_filters = false;
  bool report_item_failures = false;
  std::optional<int64_t> max_concurrency;  ///< SQS
  // streams
  std::string position;
  std::optional<Millis> position_time;
  int64_t parallelization = 1, max_age = -1, max_retries = -1, tumbling = 0;
  bool bisect = false;
  std::string on_failure;
  Tags tags;
  uint64_t generation = 0;                 ///< raised by every change: pollers of an older one stop
  Unknown unknown;
  template <class A> void fields(A& a) {
    a(1, uuid); a(2, source_arn); a(3, function_arn); a(4, function); a(5, qualifier); a(6, state); a(7, wanted); a(8, reason); a(9, result);
    a(10, batch_size); a(11, window); a(12, modified); a(13, filters); a(14, has_filters); a(15, report_item_failures); a(16, max_concurrency);
    a(17, position); a(18, position_time); a(19, parallelization); a(20, max_age); a(21, max_retries); a(22, tumbling); a(23, bisect);
    a(24, on_failure); a(25, tags); a(26, generation); a(unknown);
  }
};

store::Key mapping_key(const Scope& scope, std::string_view uuid);

}  // namespace fogbank::lambda
