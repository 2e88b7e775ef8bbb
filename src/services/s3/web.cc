#include "services/s3/web.h"

#include "base/encoding.h"
#include "base/strings.h"
#include "gateway/chain.h"
#include "gateway/resolve.h"
#include "gen/s3/operations.h"
#include "services/s3/access_log.h"
#include "services/s3/configurations.h"
#include "services/s3/cors_rules.h"
#include "services/s3/errors.h"

namespace fogbank::s3 {
namespace {

std::string_view header(const Call& call, std::string_view name) {
  for (const auto& h : call.headers) if (iequals(h.name, name)) return h.value;
  return {};
}

std::string_view without_port(std::string_view host) { return host.substr(0, host.find(':')); }

/// The bucket that a path names first, decoded.
std::string bucket_of_path(std::string_view path) {
  if (path.starts_with('/')) path.remove_prefix(1);
  return percent_decode(path.substr(0, path.find('/')), false);
}
bool names_key(std::string_view path) {
  size_t slash = path.find('/', 1);
  return slash != std::string_view::npos && slash + 1 < path.size();
}

/// Is the host one of another service ("sqs.eu-west-1.amazonaws.com")?
bool of_other_service(Core& core, std::string_view host) {
  std::string_view first = host.substr(0, host.find('.'));
  if (first.size() == host.size()) return false;
  const ServiceInfo* service = core.resolver().by_signing_name(first);
  return service && service != &s3_service();
}

}  // namespace

const ServiceInfo& s3_service() {
  static const ServiceInfo* found = [] {
    for (const ServiceInfo* s : all_services()) if (std::string_view(s->folder) == "s3") return s;
    return static_cast<const ServiceInfo*>(nullptr);
  }();
  return *found;
}

Partition partition_of(const Call& call) {
  if (!call.target.partition.str().empty()) return call.target.partition;
  return Partition(without_port(call.facts.host).ends_with(".amazonaws.com.cn") ? "aws-cn" : "aws");
}

std::optional<std::string> website_of_host(std::string_view host) {
  std::string h = lower(without_port(host));
  size_t at = h.rfind(".s3-website");
  if (at == std::string::npos || at == 0) return std::nullopt;
  std::string_view rest = std::string_view(h).substr(at + 11);
  if (rest.empty() || (rest[0] != '.' && rest[0] != '-')) return std::nullopt;
  for (std::string_view tail : {".amazonaws.com", ".amazonaws.com.cn", ".localhost", ".localstack.cloud", ".internal"}) if (rest.ends_with(tail)) return h.substr(0, at);
  return std::nullopt;
}

bool Web::answer(Call& call, wire::Message& out) {
  auto site = website_of_host(call.facts.host);
  bool options = call.facts.method == "OPTIONS";
  if (!site && !options) return false;
  if (options && !site && of_other_service(core_, without_port(call.facts.host))) return false;
  call.service = &s3_service();
  call.protocol = wire::Protocol::rest_xml;
  std::string bucket = site ? *site : bucket_of_host(call.facts.host);
  if (!bucket.empty()) {
    call.path_storage = cat('/', bucket, call.facts.path);
    call.parts.path = call.path_storage;
  } else {
    bucket = bucket_of_path(call.facts.path);
  }
  if (options && (!site || !header(call, "origin").empty())) preflight(call, bucket, out);
  else serve_website(core_, call, bucket, out);
  return true;
}

void Web::preflight(Call& call, std::string_view name, wire::Message& out) {
  std::string_view origin = header(call, "origin"), method = header(call, "access-control-request-method");
  auto refuse = [&](ApiError e) { core_.chain().write_answer(call, fail(std::move(e)), out); };
  if (origin.empty()) return refuse(ApiError("BadRequest", "Insufficient information. Origin request header needed.", 400));
  if (!is_cors_method(method)) return refuse(ApiError("BadRequest", cat("Invalid Access-Control-Request-Method: ", method.empty() ? "null" : method), 400));
  auto forbidden = [&](std::string text) {
    refuse(ApiError("AccessForbidden", std::move(text), 403).with("Method", std::string(method)).with("ResourceType", names_key(call.parts.path) ? "OBJECT" : "BUCKET"));
  };
  BucketPtr bucket = find_bucket(core_, partition_of(call), name);
  if (!bucket) return forbidden("CORSResponse: Bucket not found");
  if (!bucket->settings->cors) return forbidden("CORSResponse: CORS is not enabled for this bucket.");
  CorsRequest request{origin, method, header(call, "access-control-request-headers"), true};
  const svc::CORSRule* rule = matching_rule(*bucket->settings->cors, request);
  if (!rule) {
    return forbidden("CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / "
                     "Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.");
  }
  out.status = 200;
  out.headers = cors_headers(*rule, request);
  append(out.headers, "x-amz-request-id: ", call.request_id, "\r\nx-amz-id-2: ", wire::extended_request_id(call.request_id), "\r\n");
}

bool Web::admits_origin(const Call& call, std::string_view origin) {
  if (call.service != &s3_service()) return false;
  BucketPtr bucket = find_bucket(core_, partition_of(call), bucket_of_path(call.parts.path));
  return bucket && bucket->settings->cors && matching_rule(*bucket->settings->cors, {origin, call.facts.method, {}, false});
}

void Web::on_answer(Call& call, const Result<void>& result, wire::Message& out) {
  if (call.service != &s3_service()) return;
  std::string name = bucket_of_path(call.parts.path);
  if (name.empty()) return;
  BucketPtr bucket = find_bucket(core_, partition_of(call), name);
  if (!bucket) return;
  const Settings& settings = *bucket->settings;
  if (settings.cors && call.facts.method != "OPTIONS") {
    std::string_view origin = header(call, "origin");
    CorsRequest request{origin, call.facts.method, {}, false};
    const svc::CORSRule* rule = origin.empty() ? nullptr : matching_rule(*settings.cors, request);
    if (rule) out.headers += cors_headers(*rule, request);
  }
  if (settings.logging) log_request(core_, *bucket, call, result, out, website_of_host(call.facts.host).has_value());
}

}  // namespace fogbank::s3
