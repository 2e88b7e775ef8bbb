#include "services/iam/oidc.h"

#include "base/strings.h"
#include "services/iam/rules.h"

namespace fogbank::iam {
namespace {

constexpr std::string_view kScheme = "https://";
constexpr std::string_view kResource = "oidc-provider/";

bool host_character(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.'; }

/// Names of labels between dots; none empty, none with a hyphen at an end.
bool is_host(std::string_view host) {
  if (host.empty() || host.size() > 253 || !std::all_of(host.begin(), host.end(), host_character)) return false;
  for (std::string_view label : split(host, '.'))
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
  return true;
}

}  // namespace

store::Key oidc_key(const Scope& scope, std::string_view url) { return store::key(scope.global(), kOidcProviders, url); }

std::string oidc_arn(const Scope& scope, std::string_view url) { return make_arn(scope.global(), "iam", cat(kResource, url)); }

std::optional<std::string_view> parse_oidc_resource(std::string_view resource) {
  if (!resource.starts_with(kResource) || resource.size() == kResource.size()) return std::nullopt;
  return resource.substr(kResource.size());
}

std::optional<OidcProvider> find_oidc_provider(store::Reader& reader, const Scope& account, std::string_view issuer) {
  if (issuer.starts_with(kScheme)) issuer.remove_prefix(kScheme.size());
  return reader.get_as<OidcProvider>(oidc_key(account, issuer));
}

std::optional<OidcProviderByArn> oidc_provider_by_arn(store::Reader& reader, std::string_view text) {
  auto arn = parse_arn(text);
  if (!arn || arn->service != "iam" || !arn->region.empty() || !is_account_id(arn->account)) return std::nullopt;
  auto url = parse_oidc_resource(arn->resource);
  if (!url) return std::nullopt;
  OidcProviderByArn out{account_scope(arn->partition, arn->account), {}};
  auto provider = find_oidc_provider(reader, out.scope, *url);
  if (!provider) return std::nullopt;
  out.provider = std::move(*provider);
  return out;
}

Result<std::string> parse_issuer_url(std::string_view url) {
  size_t scheme_end = url.find("://");
  std::string_view rest = scheme_end == std::string_view::npos ? std::string_view() : url.substr(scheme_end + 3);
  if (rest.empty() || rest.front() == '/') return fail(validation_error("Invalid Open ID Connect Provider URL"));
  if (!starts_with_i(url, kScheme)) return fail(invalid_input("Invalid Open ID Connect Provider URL. The URL must begin with https://."));
  std::string_view host = rest.substr(0, rest.find_first_of("/?#"));
  // AWS knows no port. Here it is taken, so that an issuer on this machine needs no privileged one.
  if (size_t colon = host.find(':'); colon != std::string_view::npos) {
    auto port = parse_int(host.substr(colon + 1));
    if (!port || *port < 1 || *port > 65535) return fail(invalid_input("Invalid Open ID Connect Provider URL."));
    host = host.substr(0, colon);
  }
  bool clean = std::all_of(rest.begin(), rest.end(), [](char c) { return c > ' ' && c < 0x7f; });
  // No user (it would stand in what is taken for the host), no query, no fragment.
  if (!is_host(host) || !clean || rest.find_first_of("?#") != std::string_view::npos)
    return fail(invalid_input("Invalid Open ID Connect Provider URL."));
  return std::string(rest);
}

}  // namespace fogbank::iam
