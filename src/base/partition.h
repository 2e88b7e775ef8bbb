// AWS's partitions and which Regions are theirs. Pure.
#pragma once
#include <string_view>
#include <utility>

namespace fogbank {

inline constexpr std::string_view kPartitions[] = {"aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc"};

/// "aws" for all Regions that are of no other partition.
constexpr std::string_view partition_of_region(std::string_view region) {
  constexpr std::pair<std::string_view, std::string_view> kBegin[] = {
      {"cn-", "aws-cn"}, {"us-gov-", "aws-us-gov"}, {"us-iso-", "aws-iso"}, {"us-isob-", "aws-iso-b"}, {"eu-isoe-", "aws-iso-e"}, {"us-isof-", "aws-iso-f"}, {"eusc-", "aws-eusc"}};
  for (const auto& [begin, partition] : kBegin) if (region.starts_with(begin)) return partition;
  return "aws";
}

}  // namespace fogbank
