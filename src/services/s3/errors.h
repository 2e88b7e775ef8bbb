// S3's errors that more than one operation answers: code, text, status and further members as the service words them. Pure.
#pragma once
#include <string_view>

#include "base/error.h"

namespace fogbank::s3 {

ApiError no_such_bucket(std::string_view bucket);
ApiError no_such_key(std::string_view key);
ApiError no_such_version(std::string_view key, std::string_view version_id);
/// A version that was named is a delete marker, which `method` does nothing with.
ApiError is_delete_marker(std::string_view method);
ApiError no_such_upload(std::string_view upload_id);
ApiError access_denied();
/// InvalidArgument with ArgumentName and, where there is one, ArgumentValue.
ApiError invalid_argument(std::string_view message, std::string_view name);
ApiError invalid_argument(std::string_view message, std::string_view name, std::string_view value);
ApiError invalid_request(std::string_view message);
ApiError malformed_xml();
/// "MissingRequestBodyError": a request that has to have a body.
ApiError missing_body();
ApiError precondition_failed(std::string_view condition);
ApiError condition_conflict(std::string_view condition, std::string_view key);
/// The bucket is in another Region; `endpoint`: where it is to be addressed.
ApiError permanent_redirect(std::string_view bucket, std::string_view endpoint);
ApiError wrong_region(std::string_view signed_for, std::string_view region, bool presigned);
/// A header whose effect the operation does not give.
ApiError header_not_implemented(std::string_view header, std::string_view additional = {});
/// A setting that this program does not serve yet.
ApiError not_implemented(std::string_view what);
ApiError internal_error(std::string_view detail);

}  // namespace fogbank::s3
