// Tags of queues: how many, how long. Source: "Amazon SQS cost allocation tags" in the developer guide. Pure functions.
#pragma once
#include <map>
#include <string>

#include "base/arena.h"
#include "base/error.h"

namespace fogbank::sqs {

/// `tags` with those of the request added; refuses what SQS does not take.
Result<std::map<std::string, std::string>> with_tags(std::map<std::string, std::string> tags, const Map<Str>& added, std::string_view queue);

}  // namespace fogbank::sqs
