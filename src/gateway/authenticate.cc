// Who is calling: SigV4 in headers or a presigned query, session tokens, development credentials, or nobody.
#include "auth/access_keys.h"
#include "auth/session_token.h"
#include "auth/sigv2_presigned.h"
#include "auth/sigv4.h"
#include "auth/sigv4_errors.h"
#include "base/encoding.h"
#include "base/partition.h"
#include "base/strings.h"
#include "gateway/body.h"
#include "gateway/chain.h"
#include "gateway/resolve.h"

namespace fogbank {
namespace {

auth::Style style_of(const Call& call) {
  if (call.service && std::string_view(call.service->folder).starts_with("s3")) return auth::Style::s3;   // S3 Control too
  switch (call.protocol) {
    case wire::Protocol::json_1_0: case wire::Protocol::json_1_1: case wire::Protocol::rpc_v2_cbor: return auth::Style::json;
    case wire::Protocol::rest_json: return auth::Style::rest_json;
    default: return auth::Style::query;
  }
}

/// Finds the secret behind a claim and remembers whose it is.
class Secrets : public auth::SecretSource {
 public:
  /// `outside`: the call came through the server's own door, not through one inside a sandbox.
  Secrets(Core& core, auth::Style style, bool outside) : core_(core), style_(style), outside_(outside) {}

  Result<std::string_view> secret_of(const auth::SignatureClaim& claim) override {
    // Development keys come first: a stray session token in the environment of a local tool does not matter then.
    // In a sandbox they are unknown: a function acts as its role or not at all.
    if (core_.settings().development_credentials && outside_) {
      if (auto account = auth::development_account(claim.access_key_id)) {
        principal = development(*account, claim.region);
        return auth::kDevelopmentSecret;
      }
    }
    if (!claim.token.empty()) return session(claim);
    credential_ = core_.identity().find_key(claim.access_key_id);
    if (!credential_) return fail(auth::unknown_key(style_, claim));
    principal = credential_->principal;
    return std::string_view(credential_->secret);
  }

  std::shared_ptr<const auth::Principal> principal;

 private:
  Result<std::string_view> session(const auth::SignatureClaim& claim) {
    auto opened = core_.sessions().open(claim.token, claim.access_key_id, core_.now());
    if (!opened) return fail(opened.error() == auth::TokenFault::expired ? auth::expired_token(style_, claim) : auth::invalid_token(style_, claim));
    session_ = std::move(*opened);
    principal = std::shared_ptr<const auth::Principal>(session_, &session_->principal);
    return std::string_view(session_->secret);
  }

  /// Credentials are of one partition; these are of whichever the request's Region belongs to.
  std::shared_ptr<const auth::Principal> development(const std::string& account, std::string_view region) {
    auto usual = core_.development_principal(account);
    std::string_view partition = partition_of_region(region);
    if (partition == usual->partition) return usual;
    auto p = std::make_shared<auth::Principal>(*usual);
    p->partition = partition;
    p->arn = cat("arn:", partition, std::string_view(usual->arn).substr(4 + usual->partition.size()));
    return p;
  }

  Core& core_;
  auth::Style style_;
  bool outside_;
  std::shared_ptr<const auth::Credential> credential_;
  std::shared_ptr<const auth::Session> session_;
};

// Global services are signed for us-east-1; their records have no Region.
void set_scopes(Call& call, std::string_view region) {
  call.caller.partition = Partition(call.principal->partition);
  call.caller.account = AccountId(call.principal->account);
  call.caller.region = Region(region.empty() ? std::string_view("us-east-1") : region);
  call.target = call.caller;
  if (call.service->home != ServiceInfo::Home::region) call.target.region = Region();
}

// The service named by a credential scope that is otherwise broken: the fourth part of Credential=AKID/date/region/service/….
std::string_view scope_service(const auth::RequestView& view) {
  std::string_view text = view.header("authorization").value_or("");
  size_t at = text.find("Credential=");
  if (at == std::string_view::npos) return {};
  text = text.substr(at + 11);
  auto parts = split(text.substr(0, text.find_first_of(", ")), '/');
  return parts.size() >= 4 ? parts[3] : std::string_view();
}

std::shared_ptr<const auth::Principal> nobody() {
  static const auto anonymous = std::make_shared<const auth::Principal>();
  return anonymous;
}

/// A session that some services do not know: GetSessionToken's without MFA, GetFederationToken's.
bool user_session(const auth::Principal& p) {
  bool plain = (p.kind == auth::PrincipalKind::user || p.kind == auth::PrincipalKind::root) && p.issued_at && !p.mfa;
  return plain || p.kind == auth::PrincipalKind::federated_user;
}

/// S3 takes x-amz-… parameters of a signed link for headers: presigners of some SDKs put them there. Checksums of a body that the signer did not
/// have, and what belongs to the signature itself, stay where they are.
void take_headers_from_query(Call& call) {
  static constexpr std::string_view kSignature[] = {"x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-expires", "x-amz-signedheaders", "x-amz-signature",
                                                    "x-amz-security-token", "x-amz-content-sha256", "x-amz-user-agent", "x-amz-sdk-checksum-algorithm"};
  if (call.facts.query.empty()) return;
  for (std::string_view pair : split(call.facts.query, '&')) {
    size_t equals = pair.find('=');
    std::string_view name = pair.substr(0, equals);
    if (equals == std::string_view::npos || !starts_with_i(name, "x-amz-") || starts_with_i(name, "x-amz-checksum-")) continue;
    auto same = [&](std::string_view other) { return iequals(name, other); };
    if (std::any_of(std::begin(kSignature), std::end(kSignature), same)) continue;
    if (std::any_of(call.headers.begin(), call.headers.end(), [&](const auto& h) { return same(h.name); })) continue;
    call.headers.push_back({call.arena.copy(lower(name)), call.arena.copy(percent_decode(pair.substr(equals + 1), false))});
  }
}

Result<void> authenticate_presigned_v2(Core& core, Call& call, const auth::PresignedV2& old, const auth::RequestView& view) {
  auth::SignatureClaim claim;
  claim.form = auth::Form::query;
  claim.access_key_id = old.access_key_id;
  claim.token = old.token;
  Secrets secrets(core, auth::Style::s3, call.facts.listener == 0);
  FB_ASSIGN(secret, secrets.secret_of(claim));
  if (auto given = view.header("authorization")) {
    return fail(ApiError("InvalidArgument", "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the "
                         "Authorization header should be specified", 400).with("ArgumentName", "Authorization").with("ArgumentValue", std::string(*given)));
  }
  auth::Clocks clocks{machine_now(), core.now()};
  auto checked = auth::check_presigned_v2(old, view, call.parts.path, secret, clocks);
  // A bucket's own path is signed with a slash behind it by those who mean it to be in the host.
  bool bucket_only = call.parts.path.find('/', 1) == std::string_view::npos && call.parts.path.size() > 1;
  if (!checked && bucket_only && auth::check_presigned_v2(old, view, cat(call.parts.path, '/'), secret, clocks)) checked = {};
  FB_TRY(checked);
  call.principal = secrets.principal;
  call.presigned = true;
  take_headers_from_query(call);
  set_scopes(call, {});
  return {};
}

}  // namespace

Result<void> Chain::resolve_head(Call& call) {
  auth::RequestView view{call.facts.method, call.facts.path, call.facts.query, call.headers};
  // Only the credential scope is needed here; what is wrong with the rest of the claim is said by authenticate().
  auto claim = auth::read_claim(view, auth::Style::query, call.arena);
  if (!claim && claim.error().code == "NotImplemented") return fail(std::move(claim.error()));  // Signature Version 4A
  HeadSignals signals;
  signals.method = call.facts.method;
  signals.host = call.facts.host;
  signals.path = call.facts.path;
  signals.query = call.facts.query;
  signals.headers = &call.headers;
  for (const auto& h : call.headers) {
    if (iequals(h.name, "x-amz-target")) signals.target = h.value;
    else if (iequals(h.name, "content-type")) signals.content_type = h.value;
    else if (iequals(h.name, "smithy-protocol")) signals.smithy_protocol = h.value;
  }
  signals.signing_name = claim ? claim->service : scope_service(view);
  ResolvedHead head = core_.resolver().resolve(signals);
  call.service = head.service;
  call.protocol = head.protocol;
  call.op = head.op;
  call.signing_service = signals.signing_name;
  if (!head.bucket_from_host.empty()) {
    call.path_storage = cat("/", head.bucket_from_host, call.facts.path);
    call.parts.path = call.path_storage;
  }
  if (head.op) return {};
  if (!head.service) {
    if (head.protocol == wire::Protocol::query && signals.signing_name.empty()) return {};  // its Action will tell
    if (!signals.signing_name.empty()) return fail("NotImplemented", cat("The service ", signals.signing_name, " is not served by Fogbank."), 501);
    return fail("MissingAuthenticationToken", "Missing Authentication Token", 403);
  }
  if (head.not_served) return fail("NotImplemented", cat(head.service->folder, ":", head.unknown_operation, " is not served by Fogbank."), 501);
  bool by_body = head.protocol == wire::Protocol::query || head.protocol == wire::Protocol::ec2;
  if (by_body) return {};
  if (head.protocol == wire::Protocol::rest_xml) {
    std::string_view path = call.parts.path;
    if (path.starts_with('/')) path.remove_prefix(1);
    if (path.ends_with('/') && path.find('/') == path.size() - 1) path.remove_suffix(1);
    const char* kind = path.empty() ? "SERVICE" : path.find('/') == std::string_view::npos ? "BUCKET" : "OBJECT";
    return fail(ApiError("MethodNotAllowed", "The specified method is not allowed against this resource.", 405).with("Method", std::string(call.facts.method)).with("ResourceType", kind));
  }
  return fail("UnknownOperationException", "", head.protocol == wire::Protocol::rest_json ? 404 : 400);
}

Result<void> Chain::authenticate(Call& call) {
  auth::Style style = style_of(call);
  auth::RequestView view{call.facts.method, call.facts.path, call.facts.query, call.headers};
  if (style == auth::Style::s3) {
    if (auto old = auth::read_presigned_v2(call.facts.query)) return authenticate_presigned_v2(core_, call, *old, view);
  }
  // What a function URL's caller sends as its authorization, if it is no signature, is for the function.
  bool is_signed = view.header("authorization").value_or("").starts_with("AWS4-") || call.facts.query.find("X-Amz-Signature=") != std::string_view::npos;
  bool for_function = std::string_view(call.op->wire->name) == "InvokeFunctionUrl" && !is_signed;
  if (call.op->identify || for_function) {  // its input tells
    call.principal = nobody();
    set_scopes(call, {});
    return {};
  }
  FB_ASSIGN(claim, auth::read_claim(view, style, call.arena));
  if (claim.form == auth::Form::none) {
    if (!call.op->anonymous && !call.op->wire->unsigned_allowed) return fail(auth::missing_token(style));
    call.principal = nobody();
    set_scopes(call, {});
    return {};
  }
  std::string body_hash;
  if (call.op->form != Form::body_in) body_hash = sha256_hex(call.packed_body.value_or(call.parts.body));
  auth::Terms terms;
  terms.style = style;
  terms.expected = {call.service->wire->signing_name, {}};
  if (call.signing_service == call.service->wire->endpoint_prefix) terms.expected.service = call.service->wire->endpoint_prefix;
  terms.payload_hash = auth::payload_line(claim, style, body_hash);
  terms.clocks = {machine_now(), core_.now()};
  Secrets secrets(core_, style, call.facts.listener == 0);
  FB_TRY(auth::verify(claim, view, terms, secrets));
  if (style == auth::Style::s3 && call.op->form != Form::body_in) {
    FB_TRY(auth::check_payload(claim.content_sha256, body_hash));
    FB_TRY(check_claimed_digests(call));
  }
  if (call.service->refuses_user_sessions && user_session(*secrets.principal)) return fail(auth::invalid_token(style, claim));
  call.principal = secrets.principal;
  call.presigned = claim.form == auth::Form::query;
  if (call.presigned && style == auth::Style::s3) take_headers_from_query(call);
  call.payload_hash = claim.content_sha256;
  if (call.op->form == Form::body_in && auth::is_aws_chunked(claim.content_sha256)) {
    FB_ASSIGN(secret, secrets.secret_of(claim));
    call.chunks = auth::chunk_signing(claim, view, terms.payload_hash, secret);
  }
  set_scopes(call, claim.region);
  return {};
}

Result<void> Chain::sign_in(Call& call, const BodySignature& s) {
  auth::SignatureClaim claim;
  claim.form = auth::Form::query;
  claim.access_key_id = s.access_key_id;
  claim.token = s.token;
  claim.signature = s.signature;
  Secrets secrets(core_, style_of(call), call.facts.listener == 0);
  FB_ASSIGN(secret, secrets.secret_of(claim));
  std::string expected = s.version_2 ? auth::sign_text_v2(secret, s.text)
                                     : auth::sign_text(auth::signing_key(secret, s.date, s.region, s.service), s.text);
  if (!equal_constant_time(expected, s.signature)) return fail(auth::signature_mismatch(style_of(call), claim, s.text, {}));
  call.principal = secrets.principal;
  call.presigned = true;
  set_scopes(call, s.region);
  return {};
}

}  // namespace fogbank
