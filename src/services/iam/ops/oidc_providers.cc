// CreateOpenIDConnectProvider, GetOpenIDConnectProvider, ListOpenIDConnectProviders, DeleteOpenIDConnectProvider,
// AddClientIDToOpenIDConnectProvider, RemoveClientIDFromOpenIDConnectProvider, UpdateOpenIDConnectProviderThumbprint, and their tags.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html and the like
#include "base/strings.h"
#include "gateway/context.h"
#include "gen/iam/operations.h"
#include "services/iam/answers.h"
#include "services/iam/counts.h"
#include "services/iam/oidc.h"
#include "services/iam/paging.h"
#include "services/iam/rules.h"

namespace fogbank::iam {
namespace {

ApiError no_such_provider(std::string_view arn) { return no_such_entity(cat("OpenIDConnect Provider not found for arn ", arn)); }

/// The account's own provider that an ARN names.
Result<OidcProvider> get_provider(store::Reader& reader, const Scope& scope, std::string_view text) {
  auto arn = parse_arn(text);
  if (!arn) return fail(validation_error("Invalid ARN:  Could not be parsed!"));
  if (arn->service != "iam" || !parse_oidc_resource(arn->resource)) return fail(invalid_input(cat("ARN ", text, " is not valid.")));
  auto found = oidc_provider_by_arn(reader, text);
  if (!found || found->scope != scope.global()) return fail(no_such_provider(text));
  return std::move(found->provider);
}

void put_provider(store::Txn& tx, const Scope& scope, const OidcProvider& p) { tx.put_record(oidc_key(scope, p.url), p); }

template <class F> Result<void> change(Context& cx, std::string_view arn, F f) {
  return cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(p, get_provider(tx, cx.scope(), arn));
    FB_TRY(f(p));
    put_provider(tx, cx.scope(), p);
    return {};
  });
}

Result<OidcProvider> read_provider(Context& cx, std::string_view arn) {
  Result<OidcProvider> p;
  cx.read([&](store::Reader& reader) { p = get_provider(reader, cx.scope(), arn); });
  return p;
}

/// Without duplicates; the limit's text is AWS's, although five are taken.
Result<std::vector<std::string>> thumbprints_of(const List<Str>& in) {
  if (in.size() > kThumbprintsPerOidcProvider) return fail(invalid_input("Thumbprint list must contain fewer than 5 entries."));
  std::vector<std::string> out;
  for (Str t : in) {
    std::string one = lower(t.view());
    if (std::find(out.begin(), out.end(), one) == out.end()) out.push_back(std::move(one));
  }
  return out;
}

/// Adding one that is there changes nothing.
Result<void> add_client_id(std::vector<std::string>& ids, std::string_view id) {
  if (std::find(ids.begin(), ids.end(), id) != ids.end()) return {};
  if (ids.size() >= kClientIdsPerOidcProvider)
    return fail(limit_exceeded(cat("Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: ", kClientIdsPerOidcProvider)));
  ids.emplace_back(id);
  return {};
}

void fill_texts(Context& cx, const std::vector<std::string>& in, List<Str>& out) {
  out.reserve(cx.arena(), uint32_t(in.size()));
  for (const auto& text : in) out.push(cx.arena(), cx.str(text));
}

/// All of the account's providers; there are at most kOidcProvidersPerAccount.
std::vector<std::string> provider_urls(store::Reader& reader, const Scope& scope) {
  std::vector<std::string> urls;
  reader.scan_prefix(store::key(scope.global(), kOidcProviders), [&](std::string_view key, std::string_view, store::Version) {
    urls.push_back(std::move(store::key_parts(key).at(0)));
    return true;
  });
  return urls;
}

}  // namespace

Result<void> CreateOpenIDConnectProvider(Context& cx, const svc::CreateOpenIDConnectProviderRequest& in, svc::CreateOpenIDConnectProviderResponse& out) {
  FB_ASSIGN(url, parse_issuer_url(in.Url));
  OidcProvider p;
  auto done = cx.write([&](store::Txn& tx) -> Result<void> {
    p = OidcProvider();
    p.url = url;
    p.created = cx.now();
    FB_ASSIGN(thumbprints, thumbprints_of(in.ThumbprintList));
    p.thumbprints = std::move(thumbprints);
    for (Str id : in.ClientIDList) FB_TRY(add_client_id(p.client_ids, id));
    FB_TRY(merge_tags(p.tags, tags_of(in.Tags), false));
    if (tx.has(oidc_key(cx.scope(), url))) return fail("EntityAlreadyExists", cat("Provider with url ", in.Url, " already exists."), 409);
    if (provider_urls(tx, cx.scope()).size() >= kOidcProvidersPerAccount)
      return fail(limit_exceeded(cat("Cannot exceed quota for OpenIdConnectProvidersPerAccount: ", kOidcProvidersPerAccount)));
    add_to_count(tx, cx.scope(), &AccountCounts::providers, 1);
    put_provider(tx, cx.scope(), p);
    return {};
  });
  FB_TRY(done);
  out.OpenIDConnectProviderArn = cx.str(oidc_arn(cx.scope(), url));
  if (!p.tags.empty()) fill_tags(cx, p.tags, out.Tags);
  return {};
}

Result<void> GetOpenIDConnectProvider(Context& cx, const svc::GetOpenIDConnectProviderRequest& in, svc::GetOpenIDConnectProviderResponse& out) {
  FB_ASSIGN(p, read_provider(cx, in.OpenIDConnectProviderArn));
  out.Url = cx.str(p.url);
  fill_texts(cx, p.client_ids, out.ClientIDList);
  fill_texts(cx, p.thumbprints, out.ThumbprintList);
  out.CreateDate = p.created;
  fill_tags(cx, p.tags, out.Tags);
  return {};
}

Result<void> ListOpenIDConnectProviders(Context& cx, const svc::ListOpenIDConnectProvidersRequest&, svc::ListOpenIDConnectProvidersResponse& out) {
  std::vector<std::string> urls;
  cx.read([&](store::Reader& reader) { urls = provider_urls(reader, cx.scope()); });
  out.OpenIDConnectProviderList.reserve(cx.arena(), uint32_t(urls.size()));
  for (const auto& url : urls) out.OpenIDConnectProviderList.add(cx.arena()).Arn = cx.str(oidc_arn(cx.scope(), url));
  return {};
}

// Documented to succeed for a provider that does not exist.
Result<void> DeleteOpenIDConnectProvider(Context& cx, const svc::DeleteOpenIDConnectProviderRequest& in, svc::DeleteOpenIDConnectProviderOutput&) {
  return cx.write([&](store::Txn& tx) -> Result<void> {
    auto p = get_provider(tx, cx.scope(), in.OpenIDConnectProviderArn);
    if (!p && p.error().code != "NoSuchEntity") return fail(std::move(p.error()));
    if (!p) return {};
    tx.erase(oidc_key(cx.scope(), p->url));
    add_to_count(tx, cx.scope(), &AccountCounts::providers, -1);
    return {};
  });
}

Result<void> AddClientIDToOpenIDConnectProvider(Context& cx, const svc::AddClientIDToOpenIDConnectProviderRequest& in,
                                                svc::AddClientIDToOpenIDConnectProviderOutput&) {
  return change(cx, in.OpenIDConnectProviderArn, [&](OidcProvider& p) { return add_client_id(p.client_ids, in.ClientID); });
}

// Removing one that is not there succeeds, as documented.
Result<void> RemoveClientIDFromOpenIDConnectProvider(Context& cx, const svc::RemoveClientIDFromOpenIDConnectProviderRequest& in,
                                                     svc::RemoveClientIDFromOpenIDConnectProviderOutput&) {
  return change(cx, in.OpenIDConnectProviderArn, [&](OidcProvider& p) -> Result<void> {
    std::erase(p.client_ids, in.ClientID.view());
    return {};
  });
}

Result<void> UpdateOpenIDConnectProviderThumbprint(Context& cx, const svc::UpdateOpenIDConnectProviderThumbprintRequest& in,
                                                   svc::UpdateOpenIDConnectProviderThumbprintOutput&) {
  return change(cx, in.OpenIDConnectProviderArn, [&](OidcProvider& p) -> Result<void> {
    FB_ASSIGN(thumbprints, thumbprints_of(in.ThumbprintList));
    p.thumbprints = std::move(thumbprints);
    return {};
  });
}

Result<void> TagOpenIDConnectProvider(Context& cx, const svc::TagOpenIDConnectProviderRequest& in, svc::TagOpenIDConnectProviderOutput&) {
  return change(cx, in.OpenIDConnectProviderArn, [&](OidcProvider& p) { return merge_tags(p.tags, tags_of(in.Tags), false); });
}

Result<void> UntagOpenIDConnectProvider(Context& cx, const svc::UntagOpenIDConnectProviderRequest& in, svc::UntagOpenIDConnectProviderOutput&) {
  return change(cx, in.OpenIDConnectProviderArn, [&](OidcProvider& p) -> Result<void> {
    remove_tags(p.tags, {in.TagKeys.begin(), in.TagKeys.end()}, false);
    return {};
  });
}

Result<void> ListOpenIDConnectProviderTags(Context& cx, const svc::ListOpenIDConnectProviderTagsRequest& in, svc::ListOpenIDConnectProviderTagsResponse& out) {
  FB_ASSIGN(p, read_provider(cx, in.OpenIDConnectProviderArn));
  out.Tags.reserve(cx.arena(), 1);
  return page_of(cx, in, out, p.tags, [](const Tag& t) { return t.key; }, [&](const Tag& t) {
    auto& to = out.Tags.add(cx.arena());
    to.Key = cx.str(t.key);
    to.Value = cx.str(t.value);
  });
}

}  // namespace fogbank::iam
