#include "services/lambda/code_source.h"

#include "base/strings.h"
#include "services/lambda/errors.h"
#include "services/lambda/state.h"
#include "services/s3/object_source.h"

namespace fogbank::lambda {
namespace {

constexpr std::string_view kDenied =
    "Your access has been denied by S3, please make sure your request credentials have permission to GetObject for the package. "
    "S3 Error Code: AccessDenied. S3 Error Message: Access Denied";

ApiError worded(const ApiError& e) {
  if (e.status >= 500 || e.code == "AccessDeniedException") return e;
  std::string message = e.message;
  while (message.ends_with('.')) message.pop_back();
  return invalid_parameter(cat("Error occurred while GetObject. S3 Error Code: ", e.code, ". S3 Error Message: ", message, e.code == "NoSuchKey" ? "." : ""));
}

s3::ObjectUse use_of(Str bucket, Str key, Str version) { return {"lambda", bucket, key, version, kDenied}; }

}  // namespace

Result<void> require_code(AuthoriseContext& cx, Str bucket, Str key, Str version) {
  if (!bucket || !key) return {};
  auto required = s3::require_object(cx, use_of(bucket, key, version));
  if (!required) return fail(worded(required.error()));
  return {};
}

Result<std::string> fetch_code(Context& cx, Blob zip, Str bucket, Str key, Str version) {
  if (zip) {
    if (bucket || key) return fail(invalid_parameter("Please do not provide other FunctionCode parameters when providing a ZipFile."));
    return std::string(zip.view());
  }
  if (!bucket || !key) return fail(invalid_parameter("Please provide a source for function code."));
  auto bytes = s3::read_object(cx, use_of(bucket, key, version), kMaxUnzipped);
  if (!bytes) return fail(worded(bytes.error()));
  return bytes;
}

}  // namespace fogbank::lambda
