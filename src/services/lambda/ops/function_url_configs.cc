// Configurations of function URLs: https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunctionUrlConfig.html
#include "base/strings.h"
#include "gen/lambda/operations.h"
#include "services/lambda/answers.h"
#include "services/lambda/errors.h"
#include "services/lambda/function_urls.h"
#include "services/lambda/functions.h"

namespace fogbank::lambda {
namespace {

constexpr std::string_view kIdAlphabet = "abcdefghijklmnopqrstuvwxyz234567";

Cors read_cors(const svc::Cors& in) {
  Cors out;
  out.has_credentials = in.AllowCredentials.has();
  out.allow_credentials = in.AllowCredentials.value_or(false);
  for (Str s : in.AllowHeaders) out.allow_headers.emplace_back(s);
  for (Str s : in.AllowMethods) out.allow_methods.emplace_back(s);
  for (Str s : in.AllowOrigins) out.allow_origins.emplace_back(s);
  for (Str s : in.ExposeHeaders) out.expose_headers.emplace_back(s);
  if (in.MaxAge) out.max_age = *in.MaxAge;
  return out;
}

void show_cors(Context& cx, const Cors& cors, svc::Cors& out) {
  auto list = [&](const std::vector<std::string>& from, auto& to) { for (const auto& s : from) to.push(cx.arena(), cx.str(s)); };
  if (cors.has_credentials) out.AllowCredentials = cors.allow_credentials;
  list(cors.allow_headers, out.AllowHeaders);
  list(cors.allow_methods, out.AllowMethods);
  list(cors.allow_origins, out.AllowOrigins);
  list(cors.expose_headers, out.ExposeHeaders);
  if (cors.max_age) out.MaxAge = int32_t(*cors.max_age);
}

template <class Out> void show_url(Context& cx, const FunctionRef& ref, const FunctionUrl& url, Out& out) {
  out.FunctionUrl = cx.str(function_url(cx.request(), url.id, ref.scope.region.str()));
  out.FunctionArn = cx.str(ref.arn());
  out.AuthType = cx.str(url.auth_type);
  if (url.cors) show_cors(cx, *url.cors, cx.make(out.Cors));
  out.CreationTime = cx.str(lambda_time(url.created));
  if constexpr (requires { out.LastModifiedTime; }) out.LastModifiedTime = cx.str(lambda_time(url.modified));
  if (!url.invoke_mode.empty()) out.InvokeMode = cx.str(url.invoke_mode);
}

Result<FunctionRef> url_function(Context& cx, Str name, Str qualifier) {
  FB_ASSIGN(ref, request_function(cx, name, qualifier));
  if (ref.qualifier == kLatest || is_number(ref.qualifier)) {
    return fail(validation(cat("Value '", ref.qualifier, "' at 'qualifier' failed to satisfy constraint: Member must satisfy regular expression pattern: "
                               "((?!^\\d+$)^[0-9a-zA-Z-_]+$)")));
  }
  return ref;
}

Result<void> check_function(store::Reader& reader, const FunctionRef& ref) {
  bool found = reader.has(function_key(ref.scope, ref.name)) && (ref.qualifier.empty() || reader.has(alias_key(ref.scope, ref.name, ref.qualifier)));
  if (!found) return fail(not_found("Function does not exist"));
  return {};
}

}  // namespace

Result<void> CreateFunctionUrlConfig(Context& cx, const svc::CreateFunctionUrlConfigRequest& in, svc::CreateFunctionUrlConfigResponse& out) {
  FB_ASSIGN(ref, url_function(cx, in.FunctionName, in.Qualifier));
  FunctionUrl url;
  url.id = cx.random().from(kIdAlphabet, 32);
  url.auth_type = in.AuthType;
  url.invoke_mode = in.InvokeMode.view();
  if (in.Cors) url.cors = read_cors(*in.Cors);
  url.created = url.modified = cx.now();
  FB_TRY(cx.write([&](store::Txn& tx) -> Result<void> {
    FB_TRY(check_function(tx, ref));
    store::Key key = url_key(ref.scope, ref.name, ref.qualifier);
    if (tx.has(key)) {
      return fail(conflict(cat("Failed to create function url config for [functionArn = ", ref.arn(),
                               "]. Error message:  FunctionUrlConfig exists for this Lambda function")));
    }
    tx.put_record(key, url);
    tx.put_record(url_id_key(ref.scope, url.id), UrlOwner{ref.scope.account.str(), ref.scope.region.str(), ref.name, ref.qualifier, {}});
    return {};
  }));
  show_url(cx, ref, url, out);
  return {};
}

Result<void> UpdateFunctionUrlConfig(Context& cx, const svc::UpdateFunctionUrlConfigRequest& in, svc::UpdateFunctionUrlConfigResponse& out) {
  FB_ASSIGN(ref, url_function(cx, in.FunctionName, in.Qualifier));
  FunctionUrl shown;
  FB_TRY(cx.write([&](store::Txn& tx) -> Result<void> {
    FB_TRY(check_function(tx, ref));
    store::Key key = url_key(ref.scope, ref.name, ref.qualifier);
    auto url = tx.get_as<FunctionUrl>(key);
    if (!url) return fail(resource_missing());
    if (in.AuthType) url->auth_type = in.AuthType;
    if (in.InvokeMode) url->invoke_mode = in.InvokeMode;
    if (in.Cors) url->cors = read_cors(*in.Cors);
    url->modified = cx.now();
    tx.put_record(key, *url);
    shown = *url;
    return {};
  }));
  show_url(cx, ref, shown, out);
  return {};
}

Result<void> GetFunctionUrlConfig(Context& cx, const svc::GetFunctionUrlConfigRequest& in, svc::GetFunctionUrlConfigResponse& out) {
  FB_ASSIGN(ref, url_function(cx, in.FunctionName, in.Qualifier));
  std::optional<FunctionUrl> url;
  cx.read([&](store::Reader& reader) { url = reader.get_as<FunctionUrl>(url_key(ref.scope, ref.name, ref.qualifier)); });
  if (!url) return fail(resource_missing());
  show_url(cx, ref, *url, out);
  return {};
}

Result<void> DeleteFunctionUrlConfig(Context& cx, const svc::DeleteFunctionUrlConfigRequest& in, svc::DeleteFunctionUrlConfigOutput&) {
  FB_ASSIGN(ref, url_function(cx, in.FunctionName, in.Qualifier));
  return cx.write([&](store::Txn& tx) -> Result<void> {
    store::Key key = url_key(ref.scope, ref.name, ref.qualifier);
    auto url = tx.get_as<FunctionUrl>(key);
    if (!url) return fail(resource_missing());
    tx.erase(key);
    tx.erase(url_id_key(ref.scope, url->id));
    return {};
  });
}

Result<void> ListFunctionUrlConfigs(Context& cx, const svc::ListFunctionUrlConfigsRequest& in, svc::ListFunctionUrlConfigsResponse& out) {
  FB_ASSIGN(ref, request_function(cx, in.FunctionName));
  FB_ASSIGN(page, page_of(in.Marker, in.MaxItems));
  bool exists = false;
  std::string marker;
  out.FunctionUrlConfigs.reserve(cx.arena(), 0);
  cx.read([&](store::Reader& reader) {
    exists = reader.has(function_key(ref.scope, ref.name));
    if (!exists) return;
    marker = scan_page(reader, store::key(ref.scope, kUrls, ref.name), page, [&](std::string_view key, std::string_view bytes) {
      auto url = decode<FunctionUrl>(bytes);
      if (!url) return false;
      show_url(cx, {ref.scope, ref.name, store::key_parts(key)[1], false}, *url, out.FunctionUrlConfigs.add(cx.arena()));
      return true;
    });
  });
  if (!exists) return fail(not_found("Function does not exist"));
  if (!marker.empty()) out.NextMarker = cx.str(marker);
  return {};
}

}  // namespace fogbank::lambda
