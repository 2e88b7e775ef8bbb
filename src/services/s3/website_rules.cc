#include "services/s3/website_rules.h"

#include "base/encoding.h"
#include "base/strings.h"
#include "services/s3/errors.h"

namespace fogbank::s3 {
namespace {

constexpr size_t kMaxRules = 50;

ApiError bad_protocol() {
  return invalid_request("Invalid protocol, protocol can be http or https. If not defined the protocol will be selected automatically.");
}
bool protocol_ok(Str p) { return !p || p == "http" || p == "https"; }

std::optional<int> three_digits(std::string_view text) {
  if (text.size() != 3) return std::nullopt;
  int n = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    n = n * 10 + (c - '0');
  }
  return n;
}

Result<void> check_rule(const svc::RoutingRule& rule) {
  if (!rule.Redirect) return fail(malformed_xml());
  const auto& to = *rule.Redirect;
  if (rule.Condition) {
    const auto& when = *rule.Condition;
    if (!when.HttpErrorCodeReturnedEquals && !when.KeyPrefixEquals)
      return fail(invalid_request("Condition cannot be empty. To redirect all requests without a condition, the condition element shouldn't be present."));
    if (Str code = when.HttpErrorCodeReturnedEquals) {
      auto n = three_digits(code);
      if (!n || *n < 400 || *n > 599) return fail(invalid_request(cat("The provided HTTP error code (", code.view(), ") is not valid. Valid codes are 4XX or 5XX.")));
    }
  }
  if (!protocol_ok(to.Protocol)) return fail(bad_protocol());
  if (to.ReplaceKeyPrefixWith && to.ReplaceKeyWith) return fail(invalid_request("You can only define ReplaceKeyPrefix or ReplaceKey but not both."));
  if (!to.HostName && !to.HttpRedirectCode && !to.Protocol && !to.ReplaceKeyPrefixWith && !to.ReplaceKeyWith) return fail(malformed_xml());
  if (Str code = to.HttpRedirectCode) {
    auto n = three_digits(code);
    if (!n || *n < 301 || *n > 399) return fail(invalid_request(cat("The provided HTTP redirect code (", code.view(), ") is not valid. Valid codes are 3XX except 300.")));
  }
  return {};
}

std::string html(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '&') out += "&amp;";
    else if (c == '<') out += "&lt;";
    else if (c == '>') out += "&gt;";
    else out += c;
  }
  return out;
}

std::string with_query(std::string location, std::string_view query) {
  if (!query.empty()) append(location, '?', query);
  return location;
}

bool applies(const svc::RoutingRule& rule, std::string_view key, int error) {
  const auto* when = rule.Condition.ptr;
  Str code = when ? when->HttpErrorCodeReturnedEquals : Str{};
  // A rule on an error waits for it; the others act before the object is looked for.
  if (code ? *three_digits(code) != error : error != 0) return false;
  return !when || !when->KeyPrefixEquals || key.starts_with(when->KeyPrefixEquals.view());
}

}  // namespace

Result<void> check_website(const svc::WebsiteConfiguration& w) {
  if (w.RedirectAllRequestsTo) {
    if (w.IndexDocument || w.ErrorDocument || w.RoutingRules)
      return fail(invalid_argument("RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules.", "RedirectAllRequestsTo", "not null"));
    if (!w.RedirectAllRequestsTo->HostName) return fail(malformed_xml());
    if (!protocol_ok(w.RedirectAllRequestsTo->Protocol)) return fail(bad_protocol());
    return {};
  }
  if (!w.IndexDocument)
    return fail(invalid_argument("A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty", "IndexDocument", "null"));
  Str suffix = w.IndexDocument->Suffix;
  if (suffix.empty() || suffix.view().find('/') != std::string_view::npos)
    return fail(invalid_argument("The IndexDocument Suffix is not well formed", "IndexDocument", suffix));
  if (w.ErrorDocument && w.ErrorDocument->Key.empty())
    return fail(invalid_argument("The ErrorDocument Key is not well formed", "ErrorDocument", w.ErrorDocument->Key));
  if (!w.RoutingRules) return {};
  if (w.RoutingRules.empty()) return fail(malformed_xml());
  if (w.RoutingRules.size() > kMaxRules)
    return fail(invalid_request(cat(w.RoutingRules.size(), " routing rules provided, the number of routing rules in a website configuration is limited to 50.")));
  for (const auto& rule : w.RoutingRules) FB_TRY(check_rule(rule));
  return {};
}

std::optional<Redirection> routed(const svc::WebsiteConfiguration& w, const SiteRequest& r, int error) {
  for (const auto& rule : w.RoutingRules) {
    if (!applies(rule, r.key, error)) continue;
    const auto& to = *rule.Redirect;
    std::string key(r.key);
    if (to.ReplaceKeyWith) key = to.ReplaceKeyWith.view();
    if (to.ReplaceKeyPrefixWith) {
      std::string_view prefix = rule.Condition ? rule.Condition->KeyPrefixEquals.view() : std::string_view();
      key = cat(to.ReplaceKeyPrefixWith.view(), r.key.substr(prefix.size()));
    }
    Redirection out;
    out.status = to.HttpRedirectCode ? *three_digits(to.HttpRedirectCode) : 301;
    out.location = with_query(cat(to.Protocol ? to.Protocol.view() : r.scheme, "://", to.HostName ? to.HostName.view() : r.host, '/', percent_encode(key, true)), r.query);
    return out;
  }
  return std::nullopt;
}

Redirection redirect_all(const svc::RedirectAllRequestsTo& to, const SiteRequest& r) {
  return {301, with_query(cat(to.Protocol ? to.Protocol.view() : r.scheme, "://", to.HostName.view(), '/', percent_encode(r.key, true)), r.query)};
}

std::string_view status_text(int status) {
  switch (status) {
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 400: return "Bad Request";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 412: return "Precondition Failed";
    case 416: return "Requested Range Not Satisfiable";
    case 503: return "Service Unavailable";
    default: return status >= 500 ? "Internal Server Error" : "Error";
  }
}

std::string error_page(const ApiError& e, std::string_view request_id, std::string_view host_id, const ApiError* document) {
  std::string title = cat(e.status, ' ', status_text(e.status));
  std::string out = cat("<html>\n<head><title>", title, "</title></head>\n<body>\n<h1>", title, "</h1>\n<ul>\n");
  auto item = [&](std::string_view name, std::string_view value) { append(out, "<li>", name, ": ", html(value), "</li>\n"); };
  auto error = [&](const ApiError& one) {
    item("Code", one.code);
    item("Message", one.message);
    for (const auto& [name, value] : one.members) item(name, value);
  };
  error(e);
  item("RequestId", request_id);
  item("HostId", host_id);
  out += "</ul>\n";
  if (document) {
    out += "<h3>An Error Occurred While Attempting to Retrieve a Custom Error Document</h3>\n<ul>\n";
    error(*document);
    out += "</ul>\n";
  }
  return out + "<hr/>\n</body>\n</html>\n";
}

}  // namespace fogbank::s3
