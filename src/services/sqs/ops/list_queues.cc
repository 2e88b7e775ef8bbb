// ListQueues: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListQueues.html
// At most 1,000 queues; a NextToken is given only to callers who asked for pages with MaxResults.
#include "base/encoding.h"
#include "base/strings.h"
#include "gen/sqs/operations.h"
#include "services/sqs/errors.h"
#include "services/sqs/messages.h"
#include "services/sqs/queue_url.h"

namespace fogbank::sqs {
namespace {

constexpr size_t kMaxQueues = 1000;

/// The last name of the page before, behind a letter that tells a token of ours from chance.
std::string write_token(std::string_view last) { return base64(cat("q", last)); }

Result<std::string> read_token(Str token) {
  auto name = unbase64(token);
  if (!name || name->size() < 2 || name->front() != 'q') return fail(invalid_parameter(token, "NextToken", "Invalid or expired next token."));
  return name->substr(1);
}

}  // namespace

Result<void> ListQueues(Context& cx, const svc::ListQueuesRequest& in, svc::ListQueuesResult& out) {
  size_t limit = kMaxQueues;
  if (in.MaxResults) {
    if (*in.MaxResults < 1 || *in.MaxResults > int32_t(kMaxQueues)) {
      return fail(invalid_parameter(cat(*in.MaxResults), "MaxResults", "MaxResults must be an integer between 1 and 1000."));
    }
    limit = size_t(*in.MaxResults);
  }
  store::Key prefix = store::key(cx.scope(), kQueues).begins(in.QueueNamePrefix.view());
  store::Key from = prefix;
  if (!in.NextToken.empty()) {
    FB_ASSIGN(last, read_token(in.NextToken));
    from = queue_key(cx.scope(), last).after_prefix();
    if (from < prefix) from = prefix;
  }
  std::vector<std::string> names;
  bool more = false;
  cx.read([&](store::Reader& reader) {
    reader.scan(from, prefix.after_prefix(), store::Order::ascending, [&](std::string_view key, std::string_view, store::Version) {
      if (names.size() == limit) { more = true; return false; }
      names.push_back(std::move(store::key_parts(key).at(0)));
      return true;
    });
  });
  for (const std::string& name : names) out.QueueUrls.push(cx.arena(), cx.str(queue_url(cx, name)));
  if (more && in.MaxResults) out.NextToken = cx.str(write_token(names.back()));
  return {};
}

}  // namespace fogbank::sqs
