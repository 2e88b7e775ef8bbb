// Tags of secrets: how many, which names. Pure functions.
#pragma once
#include <map>
#include <string>

#include "base/arena.h"
#include "base/error.h"
#include "gen/secretsmanager/types.h"

namespace fogbank::secretsmanager {

/// `tags` with those of the request over them; InvalidParameterException for what Secrets Manager does not take.
Result<std::map<std::string, std::string>> with_tags(std::map<std::string, std::string> tags, const List<svc::Tag>& given);
void fill_tags(Arena& arena, const std::map<std::string, std::string>& tags, List<svc::Tag>& out);

}  // namespace fogbank::secretsmanager
