// The trace header (X-Amzn-Trace-Id) of what this thread is doing: tasks that it schedules get it, so that what they cause in other services is
// known to come from the same request. Per thread, while a TraceScope lives; scopes nest.
#pragma once
#include <string>
#include <string_view>

namespace fogbank::store {

class TraceScope {
 public:
  /// An empty header: what is done is caused by nothing that has one.
  explicit TraceScope(std::string_view header) : before_(current_) { current_ = header; }
  ~TraceScope() { current_ = before_; }
  TraceScope(const TraceScope&) = delete;
  /// Valid as long as the innermost scope's header is.
  static std::string_view current() { return current_; }

 private:
  inline static thread_local std::string_view current_;
  std::string_view before_;
};

}  // namespace fogbank::store
