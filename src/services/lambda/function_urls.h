// Function URLs: their host names, and the events and answers that HTTP requests to them become (payload format 2.0). Pure but for lookups.
// Source: developer guide, "Invoking Lambda function URLs".
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/context.h"
#include "services/lambda/caches.h"
#include "services/lambda/names.h"

namespace fogbank::lambda {

struct UrlHost { std::string id, region; };
/// "<id>.lambda-url.<region>.on.aws", or with ".localhost" or ".localhost.localstack.cloud" behind the Region.
std::optional<UrlHost> function_url_host(std::string_view host);
/// The URL as the caller can reach it: at the host and port of this request, or AWS's form where it came under an AWS name.
std::string function_url(const RequestFacts& request, std::string_view id, std::string_view region);

/// What a host leads to.
struct UrlTarget {
  FunctionRef ref;
  std::shared_ptr<const FunctionUrl> url;
};
std::optional<UrlTarget> find_url(State& state, store::Reader& reader, const Partition& partition, std::string_view host);

/// The event of a request.
std::string url_event(Context& cx, const UrlTarget& target, const Map<Str>& headers, std::string_view body);

/// What a buffered answer of a function says.
struct UrlAnswer {
  int status = 200;
  std::string content_type = "application/json", body;
  std::vector<std::pair<std::string, std::string>> headers;    ///< further ones
};
/// Nothing if the function's answer cannot be one (502).
std::optional<UrlAnswer> read_url_answer(std::string_view payload);
/// Status, headers and cookies of a streamed answer's prelude.
std::optional<UrlAnswer> read_url_prelude(std::string_view json);

/// Header lines that CORS adds for this origin; nothing if the origin is not let in.
std::vector<std::pair<std::string, std::string>> cors_headers(const Cors& cors, std::string_view origin, bool preflight);

ApiError url_forbidden();

}  // namespace fogbank::lambda
