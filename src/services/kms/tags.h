// Tags of keys: how many, which names. Source: recorded answers; developer guide, "Tags in AWS KMS". Pure functions.
#pragma once
#include <map>
#include <string>

#include "base/error.h"
#include "gen/kms/types.h"

namespace fogbank::kms {

/// `tags` with those of the request over them; TagException for what KMS does not take.
Result<std::map<std::string, std::string>> with_tags(std::map<std::string, std::string> tags, const List<svc::Tag>& given);

}  // namespace fogbank::kms
