// Attributes of queues: names, ranges, defaults, and how CreateQueue and SetQueueAttributes refuse them.
// Source: API reference of CreateQueue, SetQueueAttributes and GetQueueAttributes; recorded answers. Pure functions.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/arena.h"
#include "base/error.h"
#include "services/sqs/state.h"

namespace fogbank::sqs {

/// An attribute whose value is a whole number within bounds.
struct NumberAttribute {
  std::string_view name;
  int64_t Queue::*field;
  int64_t min, max, standard;
};
extern const NumberAttribute kNumberAttributes[5];

/// What a request asks for. An empty value asks for the default (Policy: for none).
struct AttributeChanges {
  std::optional<int64_t> numbers[5];          ///< as in kNumberAttributes
  std::optional<bool> managed_sse;
  std::optional<std::string> policy;          ///< compiles
  bool fifo = false;                          ///< the queue is one, or is to be one
  std::optional<bool> content_dedup, group_dedup, group_throughput;
  std::optional<Redrive> redrive;             ///< its policy, target and count
  std::string target_arn;                     ///< of redrive
  std::optional<std::string> redrive_allow, kms_key;
  std::optional<int64_t> key_reuse;
};

enum class AttributeUse { create, set };
/// `queue_name` says whether an existing queue is a FIFO queue, and whether a new one may be.
Result<AttributeChanges> read_attributes(const Map<Str>& attributes, AttributeUse use, std::string_view queue_name, std::string_view partition);

Queue default_queue();
/// Refused where the queue's attributes would contradict each other.
Result<void> apply(const AttributeChanges& changes, AttributeUse use, Queue& queue);
/// The first attribute in which an existing queue differs from what CreateQueue asks for; empty if in none.
std::string_view first_difference(const AttributeChanges& wanted, const Queue& queue, std::string_view policy);

/// True for every name that GetQueueAttributes takes, "All" included.
bool known_attribute(std::string_view name);

}  // namespace fogbank::sqs
