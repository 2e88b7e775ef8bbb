// Pages of queues' names out of a range of keys whose last part is the name: at most 1,000; a NextToken is given only to callers who asked
// for pages with MaxResults.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/error.h"
#include "store/store.h"

namespace fogbank::sqs {

struct NamePage {
  store::Key from, to;
  size_t limit = 1000;
  std::vector<std::string> names;
  bool more = false;

  void fill(store::Reader& reader);
  std::string next_token() const;
};
/// `key_of` gives the key of a name, for going on behind it.
Result<NamePage> read_page(const Opt<int32_t>& max_results, Str token, const store::Key& prefix,
                           const std::function<store::Key(std::string_view name)>& key_of);

}  // namespace fogbank::sqs
