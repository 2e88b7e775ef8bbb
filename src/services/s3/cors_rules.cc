#include "services/s3/cors_rules.h"

#include "base/strings.h"
#include "services/s3/errors.h"

namespace fogbank::s3 {
namespace {

constexpr size_t kMaxRules = 100;

size_t stars(std::string_view text) { return size_t(std::count(text.begin(), text.end(), '*')); }

/// A pattern with at most one star.
bool fits(std::string_view pattern, std::string_view text) {
  size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == text;
  std::string_view head = pattern.substr(0, star), tail = pattern.substr(star + 1);
  return text.size() >= head.size() + tail.size() && text.starts_with(head) && text.ends_with(tail);
}

std::string joined(const List<Str>& list) {
  std::string out;
  for (const Str& s : list) append(out, out.empty() ? "" : ", ", s.view());
  return out;
}

const Str* matching_origin(const svc::CORSRule& rule, std::string_view origin) {
  for (const Str& o : rule.AllowedOrigins) if (fits(o, origin)) return &o;
  return nullptr;
}

/// Names of Access-Control-Request-Headers in lower case.
std::vector<std::string> header_names(std::string_view list) {
  std::vector<std::string> out;
  if (list.empty()) return out;
  for (std::string_view name : split(list, ',')) {
    name = trim(name);
    if (!name.empty()) out.push_back(lower(name));
  }
  return out;
}

bool headers_allowed(const svc::CORSRule& rule, std::string_view list) {
  for (const std::string& name : header_names(list)) {
    bool found = false;
    for (const Str& allowed : rule.AllowedHeaders) found = found || fits(lower(allowed), name);
    if (!found) return false;
  }
  return true;
}

Result<void> check_rule(const svc::CORSRule& rule) {
  if (rule.AllowedMethods.empty() || rule.AllowedOrigins.empty() || rule.ID.view().size() > 255) return fail(malformed_xml());
  for (const Str& m : rule.AllowedMethods)
    if (!is_cors_method(m)) return fail(invalid_request(cat("Found unsupported HTTP method in CORS config. Unsupported method is ", m.view())));
  for (const Str& o : rule.AllowedOrigins)
    if (stars(o) > 1) return fail(invalid_request(cat("AllowedOrigin \"", o.view(), "\" can not have more than one wildcard.")));
  for (const Str& h : rule.AllowedHeaders)
    if (stars(h) > 1) return fail(invalid_request(cat("AllowedHeader \"", h.view(), "\" can not have more than one wildcard.")));
  for (const Str& h : rule.ExposeHeaders)
    if (stars(h)) return fail(invalid_request(cat("ExposeHeader \"", h.view(), "\" contains wildcard. We currently do not support wildcard for ExposeHeader.")));
  return {};
}

}  // namespace

bool is_cors_method(std::string_view m) { return m == "GET" || m == "PUT" || m == "HEAD" || m == "POST" || m == "DELETE"; }

Result<void> check_cors(const svc::CORSConfiguration& cors) {
  if (cors.CORSRules.empty()) return fail(malformed_xml());
  if (cors.CORSRules.size() > kMaxRules) return fail(invalid_request("The number of CORS rules should not exceed allowed limit of 100 rules."));
  for (const auto& rule : cors.CORSRules) FB_TRY(check_rule(rule));
  return {};
}

const svc::CORSRule* matching_rule(const svc::CORSConfiguration& cors, const CorsRequest& r) {
  for (const auto& rule : cors.CORSRules) {
    bool method = false;
    for (const Str& m : rule.AllowedMethods) method = method || m.view() == r.method;
    if (method && matching_origin(rule, r.origin) && headers_allowed(rule, r.headers)) return &rule;
  }
  return nullptr;
}

std::string cors_headers(const svc::CORSRule& rule, const CorsRequest& r) {
  std::string out;
  const Str* origin = matching_origin(rule, r.origin);
  bool any = origin && origin->view() == "*";
  append(out, "Access-Control-Allow-Origin: ", any ? std::string_view("*") : r.origin, "\r\n");
  append(out, "Access-Control-Allow-Methods: ", joined(rule.AllowedMethods), "\r\n");
  std::string asked;
  for (const std::string& name : header_names(r.headers)) append(asked, asked.empty() ? "" : ", ", name);
  if (!asked.empty()) append(out, "Access-Control-Allow-Headers: ", asked, "\r\n");
  if (!rule.ExposeHeaders.empty()) append(out, "Access-Control-Expose-Headers: ", joined(rule.ExposeHeaders), "\r\n");
  if (rule.MaxAgeSeconds) append(out, "Access-Control-Max-Age: ", *rule.MaxAgeSeconds, "\r\n");
  if (!any) out += "Access-Control-Allow-Credentials: true\r\n";
  out += "Vary: Origin, Access-Control-Request-Headers, Access-Control-Request-Method\r\n";
  return out;
}

}  // namespace fogbank::s3
