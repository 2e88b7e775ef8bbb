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

UserMatch match_user_pattern(std::string_view pattern, std::string_view text) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(1 << 20);
  RE2 re(re2::StringPiece(pattern.data(), pattern.size()), options);
  if (re.ok()) return RE2::FullMatch(re2::StringPiece(text.data(), text.size()), re) ? UserMatch::yes : UserMatch::no;
  // What Java's expressions have and RE2's do not, told from what is no expression at all.
  for (const char* only_java : {"(?=", "(?!", "(?<=", "(?<!", "(?>", "++", "*+", "?+", "\\1", "\\2", "\\k<"})
    if (pattern.find(only_java) != std::string_view::npos) return UserMatch::unsupported;
  return UserMatch::invalid;
}

}  // namespace fogbank::wire
