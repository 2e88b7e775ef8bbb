// Encryption of what messages carry, in the store (AES-256-GCM). Which of the two kinds a message has is decided when it is sent.
//
// SSE-SQS: messages of a queue with SqsManagedSseEnabled are under keys that SQS owns (kms/owned_keys.h); nobody is asked for anything.
//
// SSE-KMS: messages of a queue with a KmsMasterKeyId are under a data key that KMS encrypts. Each principal gets data keys of its own, and
// one that it got is used again for KmsDataKeyReusePeriodSeconds without asking KMS: sending under it, and opening messages that were sent
// under it. Only when there is none (left) is KMS asked, on behalf of the caller (a forward access session): kms:GenerateDataKey and
// kms:Decrypt to send, kms:Decrypt to receive. So a change of a key or of a permission shows when the period is over, as at AWS. A message
// keeps its data key and the queue that it is bound to wherever it is moved.
//
// Like data_keys.h of KMS it has two halves: require_… in the authorise function, the rest in the handler, outside of read and write.
// Opened data keys are only in memory; after a restart KMS is asked again. Thread-safe.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/guarded.h"
#include "base/secret.h"
#include "gateway/authorise.h"
#include "gateway/context.h"
#include "services/sqs/message_rules.h"
#include "services/sqs/state.h"

namespace fogbank::sqs {

struct OpenKey {
  Secret plain;
  Seal seal;
  Millis until = 0;   ///< the end of its reuse period
};
using OpenKeyPtr = std::shared_ptr<const OpenKey>;

/// Data keys that are within their reuse period, by what they were opened for.
class OpenKeys {
 public:
  OpenKeyPtr find(const std::string& purpose, Millis now);
  void put(const std::string& purpose, OpenKeyPtr key);

 private:
  Guarded<std::map<std::string, OpenKeyPtr>> keys_;
};

/// Sending: what the decision needs, and what the handler gets.
Result<void> require_seal(AuthoriseContext& cx, const Queue& queue, const std::string& queue_arn);
/// How the messages of this call are sealed.
struct Sealer {
  OpenKeyPtr key;       ///< SSE-KMS
  bool owned = false;   ///< SSE-SQS
};
Result<Sealer> find_sealer(Context& cx, const Queue& queue);
/// Encrypts what the message carries, if it is to be.
void seal(Context& cx, const Sealer& sealer, std::string_view message_id, Draft& draft);

/// Receiving: of which messages the data keys are needed is seen from those that would be received now.
Result<void> require_open(AuthoriseContext& cx, const Queue& queue);
/// Data keys of messages that can be opened, by ciphertext.
using Opened = std::map<std::string, OpenKeyPtr>;
/// Opens the data keys of those that can be received now.
Result<Opened> open_keys(Context& cx, const Queue& queue);
/// The data key of a message that the caller opened a while ago; null if its period is over.
OpenKeyPtr find_open(Context& cx, const Seal& seal);
inline bool can_open(const Opened& opened, const Message& m) { return !m.seal || !m.seal->by_kms() || opened.contains(m.seal->data_key); }
/// Puts content in clear in the place of what is sealed. A record that does not open is damaged: std::runtime_error.
void unseal(Context& cx, const Opened& opened, Message& m);

}  // namespace fogbank::sqs
