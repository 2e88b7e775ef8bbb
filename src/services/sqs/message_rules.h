// What may be in a message, what it weighs, and the digests that SDKs check. Source: API reference of SendMessage and
// MessageAttributeValue, "Calculating the MD5 message digest for message attributes" in the developer guide. Pure functions.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "gen/sqs/types.h"
#include "services/sqs/state.h"

namespace fogbank::sqs {

/// A message as its sender wants it, checked as far as that goes without the queue.
struct Draft {
  Content content;
  std::string body_md5;                      ///< 16 raw bytes
  std::string attributes_md5, system_md5;    ///< hex; empty: there are none
  int64_t bytes = 0;                         ///< that count towards MaximumMessageSize
  std::optional<int64_t> delay;              ///< seconds
  std::string group, dedup_id;               ///< empty: not given
  std::string body_sha256;                   ///< hex; FIFO without dedup_id: what ContentBasedDeduplication takes
  std::optional<Seal> seal;                  ///< the content is encrypted
};

enum class QueueType { standard, fifo };
Result<Draft> read_draft(const svc::SendMessageRequest& in, QueueType type);
Result<Draft> read_draft(const svc::SendMessageBatchRequestEntry& in, QueueType type);
/// 1 to 128 letters, digits and punctuation: ids of groups, of deduplication, of attempts.
Result<void> check_id(std::string_view parameter, std::string_view id);
/// The size of a message's members, whether they are valid or not: what BatchRequestTooLong counts.
int64_t message_bytes(const svc::SendMessageBatchRequestEntry& in);

/// The first code point that SQS does not take, or that is no UTF-8 (then its byte).
std::optional<uint32_t> forbidden_character(std::string_view text);
/// MD5 over names, types and values in the order of the names, in hex; empty for no attributes.
std::string attributes_md5(const Attributes& attributes);
/// A number as attributes of type Number may hold it: decimal with an optional exponent, up to 38 digits of precision.
bool valid_number(std::string_view text);

}  // namespace fogbank::sqs
