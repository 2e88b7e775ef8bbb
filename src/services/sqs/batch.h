// What the batch operations have in common: the checks of the whole batch, and the two lists of results. Pure but for the arena.
#pragma once
#include <set>
#include <string_view>

#include "gateway/context.h"
#include "gen/sqs/types.h"
#include "services/sqs/errors.h"
#include "services/sqs/queue_url.h"

namespace fogbank::sqs {

inline constexpr size_t kMaxBatchEntries = 10;

/// `entry_type` is how the error for an empty batch names an entry: "SendMessageBatchRequestEntry".
template <class Entry> Result<void> check_batch(const List<Entry>& entries, std::string_view entry_type) {
  if (entries.empty()) return fail(empty_batch(entry_type));
  if (entries.size() > kMaxBatchEntries) return fail(too_many_entries(entries.size()));
  for (const Entry& e : entries) if (!plain_name(e.Id)) return fail(invalid_batch_entry_id());
  std::set<std::string_view> ids;
  for (const Entry& e : entries) if (!ids.insert(e.Id.view()).second) return fail(ids_not_distinct(e.Id));
  return {};
}

inline void add_failure(Context& cx, List<svc::BatchResultErrorEntry>& failed, Str id, const ApiError& error) {
  auto& f = failed.add(cx.arena());
  f.Id = cx.str(id);
  f.Code = cx.str(entry_code(error));
  f.Message = cx.str(error.message);
  f.SenderFault = error.sender;
}

}  // namespace fogbank::sqs
