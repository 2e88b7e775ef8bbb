#include "services/sqs/paging.h"

#include "base/encoding.h"
#include "base/strings.h"
#include "services/sqs/errors.h"

namespace fogbank::sqs {

constexpr int32_t kMaxNames = 1000;

// The last name of the page before, behind a letter that tells a token of ours from chance.
std::string NamePage::next_token() const { return base64(cat("q", names.back())); }

void NamePage::fill(store::Reader& reader) {
  names.clear();
  more = false;
  reader.scan(from, to, store::Order::ascending, [&](std::string_view key, std::string_view, store::Version) {
    if (names.size() == limit) {
      more = true;
      return false;
    }
    names.push_back(std::move(store::key_parts(key).back()));
    return true;
  });
}

Result<NamePage> read_page(const Opt<int32_t>& max_results, Str token, const store::Key& prefix,
                           const std::function<store::Key(std::string_view name)>& key_of) {
  NamePage page;
  page.from = prefix;
  page.to = prefix.after_prefix();
  if (max_results) {
    if (*max_results < 1 || *max_results > kMaxNames) {
      return fail(invalid_parameter(cat(*max_results), "MaxResults", "MaxResults must be an integer between 1 and 1000."));
    }
    page.limit = size_t(*max_results);
  }
  if (token.empty()) return page;
  auto name = unbase64(token);
  if (!name || name->size() < 2 || name->front() != 'q') return fail(invalid_parameter(token, "NextToken", "Invalid or expired next token."));
  store::Key behind = key_of(std::string_view(*name).substr(1)).after_prefix();
  if (page.from < behind) page.from = behind;
  return page;
}

}  // namespace fogbank::sqs
