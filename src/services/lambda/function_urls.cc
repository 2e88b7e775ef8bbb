#include "services/lambda/function_urls.h"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <map>

#include "base/encoding.h"
#include "base/json_text.h"
#include "base/strings.h"
#include "gateway/core.h"
#include "wire/codec.h"

namespace fogbank::lambda {
namespace {

using wire::Document;

std::string_view without_port(std::string_view host) { return host.substr(0, host.find(':')); }

const wire::Shape& any_json() {
  static const wire::Shape shape = [] {
    wire::Shape s{};
    s.name = "Json";
    s.kind = wire::Kind::document;
    s.size = sizeof(Document);
    s.align = alignof(Document);
    s.payload = -1;
    return s;
  }();
  return shape;
}

bool textual(std::string_view type) {
  std::string t = lower(trim(type.substr(0, type.find(';'))));
  if (t.empty() || t.starts_with("text/")) return true;
  for (std::string_view known : {"application/json", "application/javascript", "application/xml"}) if (t == known) return true;
  return t.ends_with("+json") || t.ends_with("+xml");
}

/// "12/Mar/2020:19:03:58 +0000"
std::string clf_time(Millis t) {
  std::time_t seconds = t / 1000;
  std::tm tm;
  gmtime_r(&seconds, &tm);
  char out[40];
  std::strftime(out, sizeof out, "%d/%b/%Y:%H:%M:%S +0000", &tm);
  return out;
}

const Document* member(const Document& d, std::string_view name) {
  if (d.type != Document::Type::object) return nullptr;
  for (const auto& e : d.object) if (e.key == name) return &e.value;
  return nullptr;
}

std::string text_of(const Document& d) {
  switch (d.type) {
    case Document::Type::text: return std::string(d.text);
    case Document::Type::boolean: return d.boolean ? "true" : "false";
    case Document::Type::number: return d.integral ? std::to_string(d.integer) : format_double(d.number);
    default: return {};
  }
}

std::optional<Document> parse(std::string_view json, Arena& arena) {
  auto read = wire::from_json(any_json(), json, arena);
  if (!read) return std::nullopt;
  return *static_cast<const Document*>(*read);
}

/// statusCode, headers and cookies.
void read_head(const Document& d, UrlAnswer& out) {
  if (const Document* status = member(d, "statusCode")) {
    int64_t n = status->type == Document::Type::number && status->integral ? status->integer : parse_int(text_of(*status)).value_or(200);
    out.status = n >= 100 && n < 600 ? int(n) : 502;
  }
  if (const Document* headers = member(d, "headers"); headers && headers->type == Document::Type::object) {
    for (const auto& e : headers->object) {
      if (iequals(e.key, "content-type")) out.content_type = text_of(e.value);
      else if (!iequals(e.key, "content-length") && !iequals(e.key, "transfer-encoding") && !iequals(e.key, "connection")) out.headers.emplace_back(e.key, text_of(e.value));
    }
  }
  if (const Document* cookies = member(d, "cookies"); cookies && cookies->type == Document::Type::array)
    for (const auto& c : cookies->array) out.headers.emplace_back("Set-Cookie", text_of(c));
}

/// The request's header fields as the event has them: lower case, repeated ones joined, cookies apart.
struct EventHeaders {
  std::map<std::string, std::string> fields;
  std::vector<std::string> cookies;
};
EventHeaders event_headers(Context& cx, const UrlTarget& target, const Map<Str>& headers) {
  EventHeaders out;
  for (const auto& e : headers) {
    std::string_view name = e.key, value = e.value;
    std::string key = lower(name);
    if (key == "cookie") {
      for (std::string_view c : split(value, ';')) if (!trim(c).empty()) out.cookies.emplace_back(trim(c));
      continue;
    }
    if (key == "authorization" && target.url->auth_type == "AWS_IAM") continue;
    auto [it, fresh] = out.fields.emplace(key, value);
    if (!fresh) append(it->second, ",", value);
  }
  const RequestFacts& r = cx.request();
  out.fields["x-forwarded-for"] = r.source_ip;
  out.fields["x-forwarded-proto"] = r.tls ? "https" : "http";
  size_t colon = r.host.rfind(':');
  out.fields["x-forwarded-port"] = colon == std::string_view::npos ? (r.tls ? "443" : "80") : std::string(r.host.substr(colon + 1));
  if (!out.fields.contains("x-amzn-trace-id")) {
    char time[16];
    std::snprintf(time, sizeof time, "%08llx", static_cast<unsigned long long>(cx.now() / 1000));
    out.fields["x-amzn-trace-id"] = cat("Root=1-", time, '-', cx.random().hex(24));
  }
  return out;
}

void add_query(JsonText& j, std::string_view query) {
  std::map<std::string, std::string> parameters;
  for (std::string_view pair : split(query, '&')) {
    if (pair.empty()) continue;
    size_t eq = pair.find('=');
    std::string name = percent_decode(pair.substr(0, eq), true), value = eq == std::string_view::npos ? std::string() : percent_decode(pair.substr(eq + 1), true);
    auto [it, fresh] = parameters.emplace(name, value);
    if (!fresh) append(it->second, ",", value);
  }
  if (parameters.empty()) return;
  j.key("queryStringParameters").open();
  for (const auto& [name, value] : parameters) j.member(name, value);
  j.close();
}

void add_context(JsonText& j, Context& cx, const UrlTarget& target) {
  const RequestFacts& r = cx.request();
  const auth::Principal& who = cx.principal();
  j.key("requestContext").open();
  j.member("accountId", who.anonymous() ? std::string("anonymous") : target.ref.scope.account.str());   // the owner's
  j.member("apiId", target.url->id);
  if (target.url->auth_type == "AWS_IAM") {
    j.key("authorizer").open().key("iam").open();
    j.member("accessKey", who.access_key_id).member("accountId", who.account).member("callerId", who.user_id).key("cognitoIdentity").null();
    j.key("principalOrgId").null();
    j.member("userArn", who.arn).member("userId", who.user_id).close().close();
  }
  j.member("domainName", without_port(r.host)).member("domainPrefix", target.url->id);
  j.key("http").open().member("method", r.method).member("path", percent_decode(r.path)).member("protocol", "HTTP/1.1");
  j.member("sourceIp", r.source_ip).member("userAgent", r.user_agent).close();
  j.member("requestId", cx.request_id()).member("routeKey", "$default").member("stage", "$default");
  j.member("time", clf_time(cx.now())).member("timeEpoch", cx.now()).close();
}

bool listed(const std::vector<std::string>& list, std::string_view one) {
  return std::any_of(list.begin(), list.end(), [&](const std::string& s) { return s == "*" || iequals(s, one); });
}
std::string joined(const std::vector<std::string>& list) {
  std::string out;
  for (const auto& s : list) append(out, out.empty() ? "" : ", ", s);
  return out;
}

}  // namespace

std::optional<UrlHost> function_url_host(std::string_view host) {
  std::string h = lower(without_port(host));
  constexpr std::string_view kMark = ".lambda-url.";
  size_t at = h.find(kMark);
  if (at == std::string::npos || at == 0) return std::nullopt;
  std::string_view rest = std::string_view(h).substr(at + kMark.size());
  for (std::string_view tail : {".on.aws", ".localhost", ".localhost.localstack.cloud"})
    if (rest.ends_with(tail) && rest.find('.') == rest.size() - tail.size()) return UrlHost{h.substr(0, at), std::string(rest.substr(0, rest.size() - tail.size()))};
  return std::nullopt;
}

std::string function_url(const RequestFacts& request, std::string_view id, std::string_view region) {
  std::string_view name = without_port(request.host);
  if (name.ends_with(".amazonaws.com") || name.ends_with(".on.aws")) return cat("https://", id, ".lambda-url.", region, ".on.aws/");
  size_t colon = request.endpoint.rfind(':');
  std::string_view port = request.endpoint.substr(colon == std::string_view::npos ? request.endpoint.size() : colon);
  if (port.find('/') != std::string_view::npos) port = {};
  return cat(request.endpoint.starts_with("https:") ? "https://" : "http://", id, ".lambda-url.", region, ".localhost", port, "/");
}

std::optional<UrlTarget> find_url(State& state, store::Reader& reader, const Partition& partition, std::string_view host) {
  auto named = function_url_host(host);
  if (!named) return std::nullopt;
  Scope whole{partition, AccountId(), Region()};
  auto owner = state.url_owners.get(reader, url_id_key(whole, named->id));
  if (!owner || owner->region != named->region) return std::nullopt;
  UrlTarget t;
  t.ref = {{partition, AccountId(owner->account), Region(owner->region)}, owner->function, owner->qualifier, true};
  t.url = state.urls.get(reader, url_key(t.ref.scope, owner->function, owner->qualifier));
  if (!t.url) return std::nullopt;
  return t;
}

std::string url_event(Context& cx, const UrlTarget& target, const Map<Str>& given, std::string_view body) {
  const RequestFacts& r = cx.request();
  EventHeaders headers = event_headers(cx, target, given);
  JsonText j;
  j.open().member("version", "2.0").member("routeKey", "$default").member("rawPath", r.path).member("rawQueryString", r.query);
  if (!headers.cookies.empty()) {
    j.key("cookies").open_list();
    for (const auto& c : headers.cookies) j.text(c);
    j.close_list();
  }
  j.key("headers").open();
  for (const auto& [name, value] : headers.fields) j.member(name, value);
  j.close();
  add_query(j, r.query);
  add_context(j, cx, target);
  bool binary = !body.empty() && (!textual(cx.header("content-type")) || !valid_utf8(body));
  if (!body.empty()) j.member("body", binary ? base64(body) : std::string(body));
  j.member("isBase64Encoded", binary);
  return j.close().str();
}

std::optional<UrlAnswer> read_url_answer(std::string_view payload) {
  UrlAnswer out;
  if (payload.empty()) return out;
  Arena arena;
  auto d = parse(payload, arena);
  if (!d) return std::nullopt;
  if (!member(*d, "statusCode")) {
    out.body = d->type == Document::Type::text ? std::string(d->text) : std::string(payload);
    return out;
  }
  read_head(*d, out);
  const Document* body = member(*d, "body");
  if (!body || body->type == Document::Type::null) return out;
  const Document* encoded = member(*d, "isBase64Encoded");
  std::string text = body->type == Document::Type::text ? std::string(body->text) : text_of(*body);
  if (body->type == Document::Type::object || body->type == Document::Type::array) return std::nullopt;
  if (encoded && encoded->type == Document::Type::boolean && encoded->boolean) {
    auto bytes = unbase64(text);
    if (!bytes) return std::nullopt;
    text = std::move(*bytes);
  }
  out.body = std::move(text);
  return out;
}

std::optional<UrlAnswer> read_url_prelude(std::string_view json) {
  Arena arena;
  auto d = parse(json, arena);
  if (!d) return std::nullopt;
  UrlAnswer out;
  out.content_type = "application/octet-stream";
  read_head(*d, out);
  return out;
}

std::vector<std::pair<std::string, std::string>> cors_headers(const Cors& cors, std::string_view origin, bool preflight) {
  std::vector<std::pair<std::string, std::string>> out;
  if (origin.empty() || !listed(cors.allow_origins, origin)) return out;
  bool any = std::find(cors.allow_origins.begin(), cors.allow_origins.end(), "*") != cors.allow_origins.end();
  out.emplace_back("Access-Control-Allow-Origin", any && !cors.allow_credentials ? std::string("*") : std::string(origin));
  if (!any || cors.allow_credentials) out.emplace_back("Vary", "Origin");
  if (cors.allow_credentials) out.emplace_back("Access-Control-Allow-Credentials", "true");
  if (!preflight) {
    if (!cors.expose_headers.empty()) out.emplace_back("Access-Control-Expose-Headers", joined(cors.expose_headers));
    return out;
  }
  if (!cors.allow_methods.empty()) out.emplace_back("Access-Control-Allow-Methods", joined(cors.allow_methods));
  if (!cors.allow_headers.empty()) out.emplace_back("Access-Control-Allow-Headers", joined(cors.allow_headers));
  if (cors.max_age) out.emplace_back("Access-Control-Max-Age", std::to_string(*cors.max_age));
  return out;
}

ApiError url_forbidden() {
  return ApiError("AccessDeniedException",
                  "Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html", 403);
}

}  // namespace fogbank::lambda
