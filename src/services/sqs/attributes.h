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
};

enum class AttributeUse { create, set };
/// `queue_name` decides between a bad name and an unserved FIFO queue.
Result<AttributeChanges> read_attributes(const Map<Str>& attributes, AttributeUse use, std::string_view queue_name, std::string_view partition);

Queue default_queue();
void apply(const AttributeChanges& changes, Queue& queue);
/// The first attribute in which an existing queue differs from what CreateQueue asks for; empty if in none.
std::string_view first_difference(const AttributeChanges& wanted, const Queue& queue, std::string_view policy);

/// True for every name that GetQueueAttributes takes, "All" included.
bool known_attribute(std::string_view name);

}  // namespace fogbank::sqs
