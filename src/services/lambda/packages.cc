#include "services/lambda/packages.h"

#include "auth/session_token.h"
#include "base/encoding.h"
#include "base/strings.h"
#include "gateway/authorise.h"
#include "gateway/core.h"
#include "gen/lambda/operations.h"
#include "services/lambda/code.h"
#include "services/lambda/errors.h"

namespace fogbank::lambda {
namespace {

constexpr std::string_view kKeyId = "PACKAGE";
constexpr Millis kLife = 600'000;

/// A token is a sealed session of nobody, whose account and name say which package it opens.
std::shared_ptr<const auth::Session> open_token(Core& core, std::string_view token) {
  auto session = core.sessions().open(token, kKeyId, core.now());
  return session ? *session : nullptr;
}

}  // namespace

std::string package_url(Context& cx, std::string_view account, std::string_view sha) {
  auth::Session session;
  session.principal.account = account;
  session.principal.name = sha;
  session.principal.access_key_id = kKeyId;
  session.principal.issued_at = cx.now();
  session.principal.expires_at = cx.now() + kLife;
  session.secret = cx.random().hex(40);
  session.epoch = cx.core().sessions().epoch();
  auto token = cx.core().sessions().seal(session, cx.random());
  if (!token) return {};
  return cat(cx.request().endpoint, "/_lambda/package?token=", percent_encode(*token));
}

Result<void> package(AuthoriseContext& cx, const wire::View& in) {
  if (!open_token(cx.core(), in.text("Token"))) return fail("AccessDenied", "Request has expired", 403);
  return {};
}

Result<void> DownloadPackage(Context& cx, const svc::PackageRequest& in, svc::PackageAnswer& out) {
  auto session = open_token(cx.core(), in.Token);
  if (!session) return fail("AccessDenied", "Request has expired", 403);
  std::optional<Code> code;
  cx.read([&](store::Reader& reader) { code = find_code(reader, cx.scope(), session->principal.account, session->principal.name); });
  if (!code) return fail(resource_missing());
  FB_TRY(cx.send_blob(code->blob, 0, code->size));
  out.ContentType = "application/zip";
  return {};
}

}  // namespace fogbank::lambda
