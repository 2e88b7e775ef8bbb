// CORS configurations: what they may be, and what they say to a request. Pure.
// Source: S3 User Guide, "Using cross-origin resource sharing (CORS)"; Fetch standard, "CORS protocol".
#pragma once
#include <string>
#include <string_view>

#include "base/error.h"
#include "gen/s3/types.h"

namespace fogbank::s3 {

Result<void> check_cors(const svc::CORSConfiguration& cors);

struct CorsRequest {
  std::string_view origin;
  std::string_view method;
  std::string_view headers;      ///< Access-Control-Request-Headers as sent
  bool preflight = false;
};
/// The first rule that lets the request pass, or null.
const svc::CORSRule* matching_rule(const svc::CORSConfiguration& cors, const CorsRequest& request);
/// Header lines of an answer that the rule lets a page see.
std::string cors_headers(const svc::CORSRule& rule, const CorsRequest& request);

/// Methods that a rule may name.
bool is_cors_method(std::string_view method);

}  // namespace fogbank::s3
