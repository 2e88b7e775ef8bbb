// Late texts: texts that a service hands on before they are finished, and that are finished each time somebody reads them. For what costs
// more than all else and may never be looked at: the signature of a notification in a queue.
//
// A late text says who finishes it and carries its bytes with a place kept free, so that its size is known. It begins with a byte that no
// message from outside can begin with; only calls from inside may pass one on (RequestFacts::internal). What finishes it must give the same
// bytes each time: readers compare digests. `core.state<LateTexts>()`; services register when their state is made, which for those that
// do is when the server starts. Thread-safe. Late texts are kept in records like any text and survive a crash as they are.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/guarded.h"

namespace fogbank {

class Core;

/// `text`: as long as the finished one will be.
std::string make_late_text(std::string_view kind, std::string_view text);
inline bool is_late_text(std::string_view s) { return !s.empty() && s.front() == '\0'; }
/// Size of the finished text.
size_t late_text_size(std::string_view late);

class LateTexts {
 public:
  using Finish = std::function<std::string(std::string_view text)>;
  explicit LateTexts(Core&) {}
  void serve(std::string kind, Finish finish);
  /// The text itself if it is not late. std::runtime_error if nobody finishes its kind.
  std::string finish(std::string text);

 private:
  Guarded<std::map<std::string, Finish, std::less<>>> kinds_;
};

}  // namespace fogbank
