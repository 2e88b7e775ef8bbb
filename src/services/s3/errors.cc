#include "services/s3/errors.h"

#include "base/strings.h"

namespace fogbank::s3 {

ApiError no_such_bucket(std::string_view bucket) {
  return ApiError("NoSuchBucket", "The specified bucket does not exist", 404).with("BucketName", std::string(bucket));
}
ApiError no_such_key(std::string_view key) {
  return ApiError("NoSuchKey", "The specified key does not exist.", 404).with("Key", std::string(key));
}
ApiError no_such_version(std::string_view key, std::string_view version_id) {
  return ApiError("NoSuchVersion", "The specified version does not exist.", 404).with("Key", std::string(key)).with("VersionId", std::string(version_id));
}
ApiError is_delete_marker(std::string_view method) {
  return ApiError("MethodNotAllowed", "The specified method is not allowed against this resource.", 405)
      .with("Method", std::string(method)).with("ResourceType", "DeleteMarker");
}
ApiError no_such_upload(std::string_view upload_id) {
  return ApiError("NoSuchUpload", "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.", 404)
      .with("UploadId", std::string(upload_id));
}
ApiError access_denied() { return ApiError("AccessDenied", "Access Denied", 403); }
ApiError invalid_argument(std::string_view message, std::string_view name) {
  return ApiError("InvalidArgument", std::string(message), 400).with("ArgumentName", std::string(name));
}
ApiError invalid_argument(std::string_view message, std::string_view name, std::string_view value) {
  return invalid_argument(message, name).with("ArgumentValue", std::string(value));
}
ApiError invalid_request(std::string_view message) { return ApiError("InvalidRequest", std::string(message), 400); }
ApiError malformed_xml() {
  return ApiError("MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema", 400);
}
ApiError missing_body() { return ApiError("MissingRequestBodyError", "Request Body is empty", 400); }
ApiError precondition_failed(std::string_view condition) {
  return ApiError("PreconditionFailed", "At least one of the pre-conditions you specified did not hold", 412).with("Condition", std::string(condition));
}
ApiError condition_conflict(std::string_view condition, std::string_view key) {
  return ApiError("ConditionalRequestConflict", "The conditional request cannot succeed due to a conflicting operation against this resource.", 409)
      .with("Condition", std::string(condition)).with("Key", std::string(key));
}
ApiError header_not_implemented(std::string_view header, std::string_view additional) {
  ApiError e("NotImplemented", "A header you provided implies functionality that is not implemented", 501);
  e.members.emplace_back("Header", std::string(header));
  if (!additional.empty()) e.members.emplace_back("additionalMessage", std::string(additional));
  return e;
}
ApiError not_implemented(std::string_view what) { return ApiError("NotImplemented", cat(what, " is not served by this program."), 501); }
ApiError internal_error(std::string_view detail) {
  ApiError e("InternalError", "We encountered an internal error. Please try again.", 500);
  e.detail = detail;
  return e;
}

ApiError permanent_redirect(std::string_view bucket, std::string_view endpoint) {
  return ApiError("PermanentRedirect", "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future "
                  "requests to this endpoint.", 301).with("Endpoint", std::string(endpoint)).with("Bucket", std::string(bucket));
}
ApiError wrong_region(std::string_view signed_for, std::string_view region, bool presigned) {
  std::string detail = cat("the region '", signed_for, "' is wrong; expecting '", region, '\'');
  if (presigned) return ApiError("AuthorizationQueryParametersError", cat("Error parsing the X-Amz-Credential parameter; ", detail), 400).with("Region", std::string(region));
  return ApiError("AuthorizationHeaderMalformed", cat("The authorization header is malformed; ", detail), 400).with("Region", std::string(region));
}

}  // namespace fogbank::s3
