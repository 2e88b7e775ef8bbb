#include "services/sns/signing.h"

#include "base/encoding.h"
#include "gateway/core.h"
#include "http/certificates.h"
#include "services/sns/errors.h"

namespace fogbank::sns {
namespace {

constexpr int kDays = 3650;
constexpr std::string_view kPrefix = "/SimpleNotificationService-";

store::Key signing_key() { return store::key(Scope{}.whole_partition(), kSigning); }

Result<SigningIdentity> make_identity() {
  auto key = asymmetric::PrivateKey::generate(asymmetric::Spec::rsa_2048);
  SigningIdentity out;
  out.pkcs8 = key.pkcs8().view();
  FB_ASSIGN(certificate, http::make_signing_certificate(out.pkcs8, "sns.amazonaws.com", kDays));
  out.certificate = std::move(certificate);
  return out;
}

void add(std::string& out, std::string_view name, std::string_view value) { append(out, name, '\n', value, '\n'); }

}  // namespace

Result<std::shared_ptr<const Signing::Identity>> Signing::identity(bool make) {
  std::lock_guard lock(mutex_);
  uint64_t epoch = core_.store().epoch();
  if (identity_ && epoch_ == epoch) return identity_;
  std::optional<SigningIdentity> record;
  core_.store().read([&](store::Reader& reader) { record = reader.get_as<SigningIdentity>(signing_key()); });
  if (!record) {
    if (!make) return std::shared_ptr<const Identity>();
    FB_ASSIGN(made, make_identity());
    auto written = core_.store().write([&](store::Txn& tx) -> Result<void> {
      record = tx.get_as<SigningIdentity>(signing_key());
      if (record) return {};
      record = made;
      tx.put_record(signing_key(), made);
      return {};
    });
    if (!written) return fail(std::move(written.error()));
  }
  auto key = asymmetric::PrivateKey::from_pkcs8(record->pkcs8);
  if (!key) return fail(damaged("signing key"));
  std::string path = cat(kPrefix, hex(md5(record->certificate)), ".pem");
  identity_ = std::make_shared<const Identity>(Identity{std::move(*key), record->certificate, std::move(path)});
  epoch_ = epoch;
  return identity_;
}

Result<std::string> Signing::certificate_path() {
  FB_ASSIGN(id, identity(true));
  return id->path;
}

std::optional<std::string> Signing::certificate(std::string_view path) {
  if (!path.starts_with(kPrefix)) return std::nullopt;
  auto id = identity(false);
  if (!id || !*id || (*id)->path != path) return std::nullopt;
  return (*id)->certificate;
}

Result<std::string> Signing::sign(const Notification& n, std::string_view text, std::string_view subscribe_url) {
  FB_ASSIGN(id, identity(true));
  Hash hash = n.signature_version == "2" ? Hash::sha256 : Hash::sha1;
  return base64(id->key.sign(asymmetric::Scheme::pkcs1, hash, canonical_text(n, text, subscribe_url), false));
}

std::string canonical_text(const Notification& n, std::string_view text, std::string_view subscribe_url) {
  std::string out;
  bool notification = n.type == "Notification";
  add(out, "Message", text);
  add(out, "MessageId", n.id);
  if (notification && n.has_subject) add(out, "Subject", n.subject);
  if (!notification) add(out, "SubscribeURL", subscribe_url);
  add(out, "Timestamp", iso8601(n.time, true));
  if (!notification) add(out, "Token", n.token);
  add(out, "TopicArn", n.topic_arn);
  add(out, "Type", n.type);
  return out;
}

}  // namespace fogbank::sns
