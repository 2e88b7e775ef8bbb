// Receipt handles: opaque texts that say which receive of which message they stand for. Nothing is stored under a handle: it names the
// place of the message (its key) and the receive's random number, which the message's record holds too. A check sum tells a handle that
// was never given out from one that is out of date. It is no secret: whoever may use the queue may use its messages. Pure functions.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "services/sqs/state.h"

namespace fogbank::sqs {

struct ReceiptHandle {
  uint64_t queue_id = 0;
  Place place;          ///< FIFO: only the seq
  uint64_t nonce = 0;
  std::string group;    ///< FIFO: the message's group, never empty; else empty
};

std::string write_receipt_handle(const ReceiptHandle& handle);
/// Nothing if the text is no handle.
std::optional<ReceiptHandle> read_receipt_handle(std::string_view text);

}  // namespace fogbank::sqs
