#include "services/s3/bucket_rules.h"

#include <algorithm>

#include "base/strings.h"

namespace fogbank::s3 {
namespace {

bool lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool like_ip_address(std::string_view name) {
  auto parts = split(name, '.');
  if (parts.size() != 4) return false;
  return std::all_of(parts.begin(), parts.end(), [](std::string_view p) {
    return !p.empty() && p.size() <= 3 && std::all_of(p.begin(), p.end(), [](char c) { return c >= '0' && c <= '9'; });
  });
}

// Sorted, for binary search.
constexpr std::string_view kRegions[] = {
  "af-south-1", "ap-east-1", "ap-east-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-south-2",
  "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5", "ap-southeast-6", "ap-southeast-7",
  "ca-central-1", "ca-west-1", "cn-north-1", "cn-northwest-1", "eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1", "eu-south-2",
  "eu-west-1", "eu-west-2", "eu-west-3", "il-central-1", "me-central-1", "me-south-1", "mx-central-1", "sa-east-1", "us-east-1",
  "us-east-2", "us-gov-east-1", "us-gov-west-1", "us-west-1", "us-west-2",
};

}  // namespace

bool valid_new_bucket_name(std::string_view name) {
  if (name.size() < 3 || name.size() > 63) return false;
  if (!lower_or_digit(name.front()) || !lower_or_digit(name.back())) return false;
  for (size_t i = 0; i < name.size(); i++) {
    char c = name[i];
    if (!lower_or_digit(c) && c != '.' && c != '-') return false;
    if (c == '.' && (name[i - 1] == '.' || name[i - 1] == '-' || name[i + 1] == '-')) return false;
  }
  for (std::string_view prefix : {"xn--", "sthree-", "amzn-s3-demo-"}) if (name.starts_with(prefix)) return false;
  for (std::string_view suffix : {"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"}) if (name.ends_with(suffix)) return false;
  return !like_ip_address(name);
}

bool valid_bucket_name(std::string_view name) {
  if (name.size() < 3 || name.size() > 255) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return lower_or_digit(c) || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' || c == '_';
  });
}

ApiError invalid_bucket_name(std::string_view name) {
  return ApiError("InvalidBucketName", "The specified bucket is not valid.", 400).with("BucketName", std::string(name));
}

bool is_region(std::string_view name) { return std::binary_search(std::begin(kRegions), std::end(kRegions), name); }

Result<std::string> region_of_new_bucket(std::string_view endpoint, std::string_view constraint) {
  std::string_view wanted = constraint == "EU" ? "eu-west-1" : constraint;
  if (endpoint == "us-east-1") {  // the only endpoint that makes buckets in every Region, and that must not be named itself
    if (constraint.empty()) return std::string("us-east-1");
    if (wanted != "us-east-1" && is_region(wanted)) return std::string(wanted);
    return fail(ApiError("InvalidLocationConstraint", "The specified location-constraint is not valid", 400)
                    .with("LocationConstraint", std::string(constraint)));
  }
  if (!constraint.empty() && wanted == endpoint) return std::string(endpoint);
  return fail("IllegalLocationConstraintException",
              cat("The ", constraint.empty() ? "unspecified" : constraint,
                  " location constraint is incompatible for the region specific endpoint this request was sent to."));
}

ApiError bucket_taken(std::string_view name, bool by_caller) {
  if (by_caller) {
    return ApiError("BucketAlreadyOwnedByYou", "Your previous request to create the named bucket succeeded and you already own it.", 409)
        .with("BucketName", std::string(name));
  }
  return ApiError("BucketAlreadyExists",
                  "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a "
                  "different name and try again.", 409)
      .with("BucketName", std::string(name));
}

}  // namespace fogbank::s3
