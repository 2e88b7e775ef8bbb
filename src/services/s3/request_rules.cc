#include "services/s3/request_rules.h"

#include <algorithm>

namespace fogbank::s3 {

Result<void> check_object_acl(Str acl, bool grants) {
  static constexpr std::string_view kCanned[] = {"private", "public-read", "public-read-write", "authenticated-read", "aws-exec-read",
                                                 "bucket-owner-read", "bucket-owner-full-control"};
  if (acl && std::find(std::begin(kCanned), std::end(kCanned), acl.view()) == std::end(kCanned))
    return fail(invalid_argument("", "x-amz-acl", acl));
  if (grants || (acl && !(acl == "bucket-owner-full-control")))
    return fail("AccessControlListNotSupported", "The bucket does not allow ACLs");
  return {};
}

}  // namespace fogbank::s3
