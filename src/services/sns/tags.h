// Tags of topics. Source: API reference of TagResource; developer guide, "Amazon SNS topic tagging". Pure function.
#pragma once
#include <map>
#include <string>

#include "base/error.h"
#include "gen/sns/operations.h"

namespace fogbank::sns {

Result<std::map<std::string, std::string>> with_tags(std::map<std::string, std::string> tags, const List<svc::Tag>& added);

}  // namespace fogbank::sns
