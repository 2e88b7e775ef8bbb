#include "wire/patterns.h"

#include <re2/re2.h>

#include <shared_mutex>
#include <unordered_map>

namespace fogbank::wire {

namespace {

class Patterns {
 public:
  const RE2& get(const char* pattern) {
    {
      std::shared_lock lock(mutex_);
      auto it = compiled_.find(pattern);
      if (it != compiled_.end()) return *it->second;
    }
    RE2::Options options;
    options.set_log_errors(false);
    auto fresh = std::make_unique<RE2>(pattern, options);
    std::unique_lock lock(mutex_);
    return *compiled_.try_emplace(pattern, std::move(fresh)).first->second;
  }

 private:
  std::shared_mutex mutex_;
  std::unordered_map<const char*, std::unique_ptr<RE2>> compiled_;  // the tables' constants: their address names them
};

}  // namespace

bool matches_pattern(const Constraints& constraints, std::string_view text) {
  if (!constraints.re2) return true;
  static Patterns& patterns = *new Patterns;  // never destroyed: threads may still validate at exit
  const RE2& re = patterns.get(constraints.re2);
  if (!re.ok()) return true;  // the generator refuses patterns that RE2 does not take; see codegen/
  return RE2::FullMatch(re2::StringPiece(text.data(), text.size()), re);
}

}  // namespace fogbank::wire
